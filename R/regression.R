# The log density ratio of a regression of one side's columns y_1, ..., y_q, few or only one, on the
# other side:
#
#   y_j = f_j(x) + s_j(x) e_j,   sum_j log p_j(e_j | e_1, ..., e_(j-1)) - log s_j(x) - log p(y),
#
# with f and s by ridge regression (ridge.R), errors that may correlate, of distributions of any
# shape (density.R), and p(y) as the regression has it, over x as they come. Few rows say more of it
# than of anything that has to learn from scratch that y goes with one function of x; and where
# noise is skewed, has heavy tails or ends at once, no inner product of functions of x and of y is
# near.

MOST_OF <- 5           # columns that are regressed
AVERAGED <- 4000       # rows, for p(y) where y is one column
MARGIN_KNOTS <- 200    # of p(y) there
LIKELY_AVERAGED <- 100 # of rows that are averaged for more than one, those that y goes with
MOST_AVERAGED <- 1000
MOST_COMPARED <- c(500, 100)   # rows that choose, and rows for p(y), of more than one
FIRST_REGRESSED <- 1000 # rows, of several columns
MOST_SMOOTHED <- c(400, 1 / 2) # features, in all and a row
SMOOTHING <- 10^(-6:0)         # ridges, times the features' variance

# The form of the regression that scores best, of y on x or of x on y; made efficient, if that
# scores better.
choose_regression <- function(fold) {
  found <- Filter(Negate(is.null), lapply(c("y", "x"), best_regression, fold = fold))
  if (length(found) == 0) return(NULL)
  best <- found[[which.min(vapply(found, function(one) one$form$score, 1))]]
  regression <- best$regression
  count <- length(regression$fits)
  if (count > 1) {
    averaged <- min(LIKELY_AVERAGED * exp(-best$form$score), MOST_AVERAGED)
    fold$weighing <- head_rows(fold$weighing, MOST_COMPARED[1])
    all <- regressions_of(fold, regression$of, MOST_REGRESSED %/% count)
    regression <- Find(function(one) one$kind == regression$kind, all)
    if (is.null(regression)) return(NULL)
    best <- scored_regression(regression, averaged, fold)
  }
  regression$fits <- all_efficient(regression$fits, regression$target)
  if (identical(regression$fits, best$regression$fits)) return(best$form)
  stepped <- scored_regression(regression, if (count > 1) averaged else AVERAGED, fold)
  if (stepped$form$score < best$form$score) stepped$form else best$form
}

# Of normal scores or of values as they are, whichever score better. Several columns take longer:
# first it is the kind of which more is explained, by fewer rows, and only if it scores better than
# what was found before.
best_regression <- function(fold, of) {
  z <- fold[[paste0("z", of)]]
  if (ncol(z) > MOST_OF || any(apply(z, 2, has_few_values))) return(NULL)
  least <- 0
  averaged <- AVERAGED
  if (ncol(z) == 1) {
    found <- regressions_of(fold, of, MOST_REGRESSED)
  } else {
    found <- regressions_of(fold, of, FIRST_REGRESSED)
    found <- utils::head(found[order(-vapply(found, explained, 1))], 1)
    fold$weighing <- head_rows(fold$weighing, MOST_COMPARED[1])
    averaged <- MOST_COMPARED[2]
    least <- fold$score
  }
  best <- NULL
  for (regression in found) {
    tried <- scored_regression(regression, averaged, fold)
    if (tried$form$score < min(least, best$form$score)) best <- tried
  }
  best
}

# With its form, which has its score.
scored_regression <- function(regression, averaged, fold) {
  form <- regression_form(regression, averaged)
  score <- forms_weighed(list(regression = form), fold)$score
  list(regression = regression, form = c(form, score = score))
}

# What normal noise would make of it, nats.
explained <- function(found) {
  sum(vapply(found$fits, function(fit) {
    -log(stats::sd(fit$residuals)) - mean(log(fit$spread))
  }, 1)) + sum(log(apply(found$target, 2, stats::sd)))
}

# The `fits` of a side's columns (`target`) as scores, and those as values, by so many rows.
regressions_of <- function(fold, of, most) {
  on <- setdiff(c("x", "y"), of)
  count <- ncol(fold[[paste0("z", of)]])
  rows <- head_rows(fold$train, most)
  screened <- fold$screened[[on]]
  seen <- scores_and_values(fold, on, rows, union(screened$most, screened$some))
  targets <- scores_and_values(fold, of, rows, seq_len(count))
  ridges <- ridges_of(seen$as, screened)
  found <- lapply(names(targets$as), function(kind) {
    target <- targets$as[[kind]]
    if (!isTRUE(all(apply(target, 2, stats::sd) > 0))) return(NULL)
    of_kind <- vapply(ridges, function(ridge) ridge$kind == kind, NA)
    tried <- ridges[order(!of_kind)]
    fits <- lapply(seq_len(count), function(j) location_scale(tried, target[, j]))
    says <- vapply(fits, function(fit) {
      !is.null(fit$location$slopes) || !is.null(fit$scale$slopes)
    }, NA)
    residuals <- vapply(fits, `[[`, numeric(length(rows)), "residuals")
    if (!any(says) || !own_noise(residuals)) return(NULL)
    list(of = of, kind = kind, values_of = if (kind == "values") targets$values,
         values_on = values_used(seen$values, fits), fits = fits, target = target)
  })
  Filter(Negate(is.null), found)
}

# With the distribution of what is left, and that of the columns themselves: of one column where
# its values are dense, of more by rows that are averaged when it is asked for.
regression_form <- function(found, averaged) {
  of_fits <- function(what) vapply(found$fits, `[[`, numeric(nrow(found$target)), what)
  form <- c(found[c("of", "kind", "values_of", "values_on")],
            list(locations = lapply(found$fits, `[[`, "location"),
                 scales = lapply(found$fits, `[[`, "scale"),
                 noise = noise_fit(of_fits("residuals"))))
  averaged <- head_rows(seq_len(nrow(found$target)), averaged)
  form$averaged <- list(f = of_fits("left_out")[averaged, , drop = FALSE],
                        s = of_fits("spread")[averaged, , drop = FALSE])
  if (ncol(found$target) == 1) {
    at <- knots_among(found$target, MARGIN_KNOTS)
    form$margin <- list(at = at, score = margin_averaged(form, cbind(at)))
    form$averaged <- NULL
  }
  form
}

# Of residuals, columns: each column's slopes on those before it and the density of the rest.
noise_fit <- function(residuals) {
  lapply(noise_rests(residuals), function(of) {
    list(slopes = of$slopes, density = density_fit(of$rest))
  })
}

noise_rests <- function(residuals) {
  lapply(seq_len(ncol(residuals)), function(j) {
    before <- residuals[, seq_len(j - 1), drop = FALSE]
    slopes <- noise_slopes(before, residuals[, j])
    list(slopes = slopes, rest = residuals[, j] - drop(before %*% slopes))
  })
}

# Whether columns have noise of their own: not if one is a copy of others, in whatever units.
OWN_NOISE <- 1e-6 # standard deviations, of half of the rows

own_noise <- function(residuals) {
  if (ncol(residuals) == 1) return(isTRUE(stats::sd(residuals) > 0))
  spreads <- vapply(noise_rests(residuals), function(of) stats::IQR(of$rest), 1)
  isTRUE(all(spreads > OWN_NOISE * apply(residuals, 2, stats::sd)))
}

noise_slopes <- function(before, residuals) {
  slopes <- if (ncol(before) > 0) qr.coef(qr(before), residuals) else numeric()
  ifelse(is.na(slopes), 0, slopes)
}

noise_log <- function(noise, residuals) {
  out <- 0
  for (j in seq_along(noise)) {
    before <- residuals[, seq_len(j - 1), drop = FALSE]
    rest <- residuals[, j] - drop(before %*% noise[[j]]$slopes)
    out <- out + density_log(noise[[j]]$density, rest)
  }
  out
}

# Log p(y) of the rows of `y`, as the mean over rows of x.
margin_averaged <- function(form, y) {
  room <- max(1, MOST_CELLS %/% (nrow(form$averaged$f) * ncol(y)))
  unlist(lapply(chunks(nrow(y), room), function(rows) {
    given <- density_given(form, form$averaged$f, form$averaged$s, y[rows, , drop = FALSE])
    log(colMeans(exp(given)))
  }))
}

# Log densities of each row of `y` (columns) where f and s are these (rows).
density_given <- function(form, f, s, y) {
  residuals <- lapply(seq_len(ncol(y)), function(j) (rep(y[, j], each = nrow(f)) - f[, j]) / s[, j])
  matrix(noise_log(form$noise, do.call(cbind, residuals)) - rowSums(log(s)), nrow(f))
}

# Least squares are right for normal noise. A step of Newton's method from there towards the
# greatest likelihood, by the density of what is left, makes the fit as good as if the noise's
# distribution were known (adaptive estimation: Stone 1975, Bickel 1982): of f plus the score over
# its information, regressed as the column was. Where noise ends at once the likelihood has that
# edge, blurred by the error of f, so that steps go from wide kernels to narrow ones; each stays if
# residuals are likelier by more than chance (each given the others: they move together, so that
# with many columns for the rows it takes rows that didn't fit to tell, as above). Of several
# columns each in turn, less what it has in common with the noise of those before.
STEP_WIDTHS <- c(0.5, 0.25, 0.12, 0.06, 0.03) # usual distances

all_efficient <- function(fits, target) {
  before <- matrix(0, nrow(target), 0)
  for (j in seq_along(fits)) {
    fit <- fits[[j]]
    common <- drop(before %*% noise_slopes(before, fit$residuals))
    fit$residuals <- fit$residuals - common
    fit <- efficient(fit, target[, j] - fit$spread * common)
    fit$residuals <- fit$residuals + common
    before <- cbind(before, fit$residuals, deparse.level = 0)
    fits[[j]] <- fit
  }
  fits
}

efficient <- function(fit, target) {
  if (is.null(fit$ridge)) return(fit)
  likelihood <- left_out_log(fit$residuals, STEP_WIDTHS)
  for (width in STEP_WIDTHS) {
    score <- location_score(fit$residuals, width)
    towards <- fit$left_out + fit$spread * score / mean(score^2)
    step <- best_ridge(list(fit$ridge), towards, squared_loss(towards))
    residuals <- (target - step$left_out) / fit$spread
    if (!isTRUE(stats::sd(residuals) > 0)) next
    now <- left_out_log(residuals, STEP_WIDTHS)
    if (!beyond_chance(now - likelihood)) next
    likelihood <- now
    fit$location <- step$regression
    fit[c("left_out", "residuals")] <- list(step$left_out, residuals)
  }
  fit
}

# Rows of a side `as` normal scores and, unless tails are too heavy, as values, of some columns;
# with what makes `values` of scores.
scores_and_values <- function(fold, side, rows, columns) {
  z <- fold[[paste0("z", side)]][rows, , drop = FALSE]
  scores <- fold[[paste0("scores_", side)]]
  back <- values_fit(scores, z, cbind(seq_along(scores) %in% columns))
  if (!isTRUE(back$alike > ALIKE[1])) return(list(as = list(scores = z)))
  list(as = list(scores = z, values = as_values(back$knots, z)), values = back$knots)
}

# Of all columns' knots those that fits need; of the others one stands for all.
values_used <- function(values, fits) {
  regressions <- unlist(lapply(fits, `[`, c("location", "scale")), recursive = FALSE)
  of_values <- Filter(function(ridge) identical(ridge$kind, "values"), regressions)
  if (length(of_values) == 0) return(NULL)
  columns <- unlist(lapply(of_values, function(ridge) ridge$features[c("columns", "pairs")]))
  values[-columns] <- list(list(at = 0, score = 0))
  values
}

# Of columns; squares and products; and smooth functions of columns that stand out, and of pairs of
# them that interact, as splines have it.
ridges_of <- function(as, screened) {
  room <- floor(min(MOST_SMOOTHED * c(1, nrow(as[[1]]))))
  ridge <- function(kind, columns, basis, smooth = FALSE) {
    features <- features_of(columns, basis, screened$pairs, FINEST, room)
    features <- fewer_waves(list(features), room)
    if (is.null(features)) return(NULL)
    c(ridge_fit(as[[kind]], features[[1]], smooth, SMOOTHING), kind = kind)
  }
  plain <- lapply(names(as), ridge, screened$most, character())
  curved <- lapply(names(as), ridge, screened$some, c("squares", "products"))
  splines <- list(ridge("scores", screened$some, "waves", smooth = TRUE),
                  if (ncol(screened$pairs) > 0) {
                    ridge("scores", screened$some, c("waves", "pairs"), smooth = TRUE)
                  })
  Filter(Negate(is.null), c(plain, curved, splines))
}

# What a form says of rows: f, s, y and log p(y).
regression_of <- function(form, zx, zy) {
  sides <- if (form$of == "y") list(on = zx, of = zy) else list(on = zy, of = zx)
  kinds <- unlist(lapply(c(form$locations, form$scales), `[[`, "kind"))
  seen <- list(scores = sides$on)
  if ("values" %in% kinds) seen$values <- as_values(form$values_on, sides$on)
  predicted <- function(regressions) {
    of_each <- lapply(regressions, function(ridge) {
      ridge_apply(ridge, seen[[ridge$kind %||% "scores"]])
    })
    do.call(cbind, of_each)
  }
  y <- if (form$kind == "values") as_values(form$values_of, sides$of) else sides$of
  list(f = predicted(form$locations), s = scale_of(predicted(form$scales)), y = y,
       margin = if (is.null(form$margin)) margin_averaged(form, y)
                else interpolate(form$margin, y[, 1]))
}

regression_pairs <- function(form, zx, zy) {
  of <- regression_of(form, zx, zy)
  limited(noise_log(form$noise, (of$y - of$f) / of$s) - rowSums(log(of$s)) - of$margin)
}

regression_blocks <- function(form, zx, zy, blocks) {
  of <- regression_of(form, zx, zy)
  lapply(blocks, function(rows) {
    given <- density_given(form, of$f[rows, , drop = FALSE], of$s[rows, , drop = FALSE],
                           of$y[rows, , drop = FALSE])
    log_ratio <- limited(given - rep(of$margin[rows], each = length(rows)))
    if (form$of == "y") log_ratio else t(log_ratio)
  })
}
