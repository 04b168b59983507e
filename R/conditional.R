# Conditional mutual information I(X; Y | Z). Its critic is the log of
#
#   p(x, y | z) / (p(x | z) p(y | z)) = [p(x, z, y) / (p(x, z) p(y))] / [p(z, y) / (p(z) p(y))],
#
# two ratios that the trainer finds as they are, on the same rows: `joint` and `marginal`. The
# quotient stays the same where x and y are replaced by functions that are one-to-one for each z.
# Residuals are such functions, and where y's no longer depend on z the second ratio is 1: then
# there is one critic of the conditional ratio, and no large numbers that are subtracted from one
# another.
#
# Blocks come as the trainer's other ones do: z's columns stand behind x's.

conditional_spec <- function(given, conditioning) {
  list(kind = "conditional", given = given, conditioning = conditioning)
}

is_conditional_critic <- function(trained) identical(trained$spec$kind, "conditional")

fit_conditional <- function(x, y, task, spec, critic, objective, control, standardise,
                            progress = NULL) {
  trained <- list(spec = spec)
  blocks <- split_given(x, spec$given)
  if (spec$conditioning == "residuals") {
    on_z <- regressions_on(blocks$z, task$train)
    trained$residuals <- list(x = residuals_fit(blocks$x, on_z), y = residuals_fit(y, on_z))
  }
  blocks <- conditional_blocks(trained, x, y)
  fit <- function(x, critic) {
    fit_critic(x, blocks$y, task, critic, objective, control, standardise, progress)
  }
  with_z <- cbind(blocks$x, blocks$z)
  # Where residuals no longer depend on z, it is only in the way: what scores better, by what is
  # quick to fit. There is nothing to subtract then.
  critic <- of_rows(critic, length(task$train))
  quick <- without_networks(critic)
  marginal <- fit(blocks$z, quick)
  joint <- fit(with_z, quick)
  alone <- if (!is.null(trained$residuals)) fit(blocks$x, quick)
  trained$sees_z <- !isTRUE(alone$score < joint$score - min(0, marginal$score))
  if (!trained$sees_z) {
    marginal <- as_independence(marginal)
    joint <- alone
  }
  if (!identical(quick, critic)) {
    if (trained$sees_z) marginal <- fit(blocks$z, critic)
    joint <- fit(if (trained$sees_z) with_z else blocks$x, critic)
  }
  if (!isTRUE(marginal$score < 0)) marginal <- as_independence(marginal)
  trained$marginal <- marginal
  trained$joint <- joint
  trained[c("best_step", "steps", "stop")] <- joint[c("best_step", "steps", "stop")]
  trained$score <- joint$score - marginal$score
  trained
}

split_given <- function(x, given) {
  z <- ncol(x) - given + seq_len(given)
  list(x = x[, -z, drop = FALSE], z = x[, z, drop = FALSE])
}

# What the two critics look at.
conditional_blocks <- function(trained, x, y) {
  blocks <- c(split_given(x, trained$spec$given), list(y = y))
  if (is.null(trained$residuals)) return(blocks)
  for (side in c("x", "y")) {
    blocks[[side]] <- residuals_apply(trained$residuals[[side]], blocks[[side]], blocks$z)
  }
  blocks
}

# Something of a critic; of a conditional one, that of the joint critic less that of the marginal
# one: log ratios, scores, and what was learnt by heart.
of_ratio <- function(trained, x, y, of) {
  if (is_conditional_critic(trained)) conditional_difference(trained, x, y, of)
  else of(trained, x, y)
}

conditional_difference <- function(trained, x, y, of) {
  blocks <- conditional_blocks(trained, x, y)
  of_joint <- if (trained$sees_z) cbind(blocks$x, blocks$z) else blocks$x
  of(trained$joint, of_joint, blocks$y) - of(trained$marginal, blocks$z, blocks$y)
}

# ---- residuals ----------------------------------------------------------------------------

# Of columns of a block given z: normal scores less their regression on functions of z, divided by
# a scale that is a function of z too, both by ridge regression on the training rows. Which
# functions, and how much ridge, is what fits each of these rows best when it is left out. Columns
# with few values are left as they are: their residuals would be no simpler.

RESIDUAL_BASES <- list(character(), c("squares", "products"), c("squares", "products", "waves"))

# What regressions on z need, whatever is regressed: rows, their normal scores of z, bases of these.
regressions_on <- function(z, rows) {
  rows <- head_rows(rows, MOST_REGRESSED)
  z <- z[rows, , drop = FALSE]
  scores <- scores_fit(z, seq_along(rows))
  z <- scores_apply(scores, z)
  # not if no column is regressed
  delayedAssign("ridges", lapply(RESIDUAL_BASES, function(basis) {
    ridge_fit(z, features_of(seq_len(ncol(z)), basis))
  }))
  environment()
}

residuals_fit <- function(block, on_z) {
  block <- block[on_z$rows, , drop = FALSE]
  several <- which(!apply(block, 2, has_few_values))
  if (length(several) == 0) return(NULL)
  scores <- scores_fit(block[, several, drop = FALSE], seq_len(nrow(block)))
  s <- scores_apply(scores, block[, several, drop = FALSE])
  columns <- lapply(seq_along(several), function(j) {
    location_scale(on_z$ridges, s[, j])[c("location", "scale")]
  })
  list(several = several, scores = scores, scores_z = on_z$scores, columns = columns)
}

residuals_apply <- function(residuals, block, z) {
  if (is.null(residuals)) return(block)
  zs <- scores_apply(residuals$scores_z, z)
  s <- scores_apply(residuals$scores, block[, residuals$several, drop = FALSE])
  for (j in seq_along(residuals$several)) {
    column <- residuals$columns[[j]]
    block[, residuals$several[j]] <- (s[, j] - ridge_apply(column$location, zs)) /
      scale_of(ridge_apply(column$scale, zs))
  }
  block
}
