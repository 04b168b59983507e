# What a fit reports: from critics and held-out rows to one contribution a row, whose mean is
# the estimate. Contributions are linearised: their scatter is the estimate's. A new value:
# a function here, a line in value_table, its name in objective_table where it is allowed.

# Held-out rows with what a value may look at, for one fold.
#   pairs    log ratio of each row's pair (up to what the objective leaves open)
#   blocks   list of row numbers: rows of a block serve one another as independent candidates
#   matrix   function of a block: log ratios of all its pairs
#   loss     function of a block: the objective's loss, its gradient, each row's share
held_out <- function(trained, objective, x, y, batch, threads = 1) {
  blocks <- row_blocks(seq_len(nrow(x)), batch)
  list(pairs = critic_pairs(trained, x, y, threads), blocks = blocks,
       matrix = function(block) {
         critic_matrix(trained, x[block, , drop = FALSE], y[block, , drop = FALSE])
       },
       loss = function(block, of = objective) {
         scores <- critic_matrix(trained, x[block, , drop = FALSE], y[block, , drop = FALSE],
                                 raw = TRUE)
         .Call(ffi_contrastive_loss, scores, of, NULL)
       })
}

value_plugin <- function(held, objective) held$pairs

# Donsker-Varadhan: mean s - log mean exp s over independent pairs, there of f(s).
value_normalised <- function(held, objective, f = identity) {
  means <- independent_means(held, f)
  log_mean <- means$shift + log(means$mean)
  held$pairs - log_mean - (means$by_row + means$by_column) / means$mean + 2
}

# Nguyen, Wainwright, Jordan: mean s - mean exp s over independent pairs + 1.
value_one_step <- function(held, objective) {
  means <- independent_means(held, identity)
  held$pairs + 1 - exp(means$shift) * (means$by_row + means$by_column - means$mean)
}

# Donsker-Varadhan with the ratio clipped (Song and Ermon 2020).
value_smile <- function(held, objective) {
  tau <- objective$arguments$tau
  value_normalised(held, objective, function(s) pmin(pmax(s, -tau), tau))
}

# A lower bound from the loss: of I where the normaliser is sound, at most log K where it is
# InfoNCE's.
value_bound <- function(held, objective) {
  out <- numeric(length(held$pairs))
  for (block in held$blocks) {
    out[block] <- switch(objective$core$kind,
      anchor = anchor_bound(as_both(held$loss(block, log_scored(objective))),
                            objective$core, length(block)),
      pairwise_logistic = logistic_bound(held$matrix(block), objective$core$nu),
      weighted_by_batch = multilabel_bound(held$matrix(block), objective$core$alpha),
      -as_both(held$loss(block)))
  }
  out
}

# Bounds are on the log score's scale; any critic has that loss.
log_scored <- function(objective) {
  objective$core$score <- score_log()
  objective
}

# Rows' losses, and beside them what a row does as the others' candidate: the derivative by
# its weight among candidates, which is that by its scores.
as_both <- function(loss) {
  off <- loss$gradient
  if (length(dim(off)) == 3) off <- off[, , 1]
  diag(off) <- 0
  loss$rows + nrow(off) * (colSums(off) - mean(colSums(off)))
}

# (K + nu) / K (H(z) - loss), H(z) the entropy of the class. In the form without an anchor
# in which the pair stands against k others, there are k + 1 classes.
anchor_bound <- function(loss, core, b) {
  k <- if (core$k == 0) b - 1 else min(core$k, b - 1)
  if (core$nu == 0) return(log(k + (core$negatives == 2)) - loss)
  (k + core$nu) / k * (class_entropy(k, core$nu) - loss)
}

class_entropy <- function(k, nu) log(k + nu) - nu / (k + nu) * log(nu)

# The same with K = 1, where independent pairs come one by one.
logistic_bound <- function(s, nu) {
  pairs <- softplus(log(nu) - diag(s)) / (1 + nu)
  independent <- nu / (1 + nu) * softplus(s - log(nu))
  diag(independent) <- NA
  by_row <- rowMeans(independent, na.rm = TRUE)
  by_column <- colMeans(independent, na.rm = TRUE)
  (1 + nu) * (class_entropy(1, nu) - (pairs + by_row + by_column - mean(by_row)))
}

softplus <- function(x) pmax(x, 0) + log1p(exp(-abs(x)))

# One normaliser for the block; each row's part in it is linearised.
multilabel_bound <- function(s, alpha) {
  b <- nrow(s)
  shift <- max(if (alpha == 0) s[row(s) != col(s)] else s)
  others <- (b - alpha) / (b * (b - 1)) * exp(s - shift)
  diag(others) <- 0
  pair <- if (alpha == 0) 0 else alpha / b * exp(diag(s) - shift)
  part <- pair + rowSums(others)
  as_candidate <- colSums(others) - mean(colSums(others))
  diag(s) - shift - log(mean(part)) - (part + as_candidate) / mean(part) + 1
}

# Dorent, Golland, Wells 2025: the least KL divergence that a Jensen-Shannon divergence
# allows, at the lower bound of the latter from logistic regression.
value_jsd_lb <- function(held, objective) {
  means <- independent_means(held, softplus, exponential = FALSE)
  js_rows <- log(2) - (softplus(-held$pairs) + means$by_row + means$by_column - means$mean) / 2
  js <- mean(js_rows)
  least <- least_kl(js)
  least$value + least$slope * (js_rows - js)
}

# The least KL(p, q), in nats, over all p and q of a Jensen-Shannon divergence. It is attained
# by p on one point and q with exp(-KL) there.
least_kl <- function(js) {
  js_of <- function(kl) log(2) - (log1p(exp(-kl)) + exp(-kl) * (kl + log1p(exp(-kl)))) / 2
  slope_of <- function(kl) 2 / (exp(-kl) * (kl + log1p(exp(-kl))))
  if (js <= 0) return(list(value = 0, slope = 0))
  most <- 700
  if (js >= js_of(most)) return(list(value = most, slope = 0))
  kl <- stats::uniroot(function(kl) js_of(kl) - js, c(0, most), tol = 1e-12)$root
  list(value = kl, slope = slope_of(kl))
}

# Means over independent pairs of exp(f(s)) (less a shift of its exponent), or of f(s): over
# all, and for each row as x and as y of its block.
independent_means <- function(held, f, exponential = TRUE) {
  n <- length(held$pairs)
  of_blocks <- lapply(held$blocks, function(block) {
    s <- f(held$matrix(block))
    diag(s) <- NA
    s
  })
  shift <- if (exponential) max(vapply(of_blocks, max, 1, na.rm = TRUE)) else 0
  by_row <- by_column <- numeric(n)
  for (i in seq_along(held$blocks)) {
    terms <- if (exponential) exp(of_blocks[[i]] - shift) else of_blocks[[i]]
    by_row[held$blocks[[i]]] <- rowMeans(terms, na.rm = TRUE)
    by_column[held$blocks[[i]]] <- colMeans(terms, na.rm = TRUE)
  }
  list(by_row = by_row, by_column = by_column, mean = mean(by_row), shift = shift)
}

value_table <- list(
  plugin = list(of = value_plugin, is = "plug-in: mean of the log ratio"),
  debiased = list(of = value_plugin,
                  is = "debiased: mean of the log ratio and what too few rows cost it"),
  normalised = list(of = value_normalised,
                    is = "normalised: mean of s less log mean of exp(s), a lower bound"),
  one_step = list(of = value_one_step,
                  is = "one-step: mean of s less mean of exp(s) plus 1, a lower bound"),
  smile = list(of = value_smile, is = "SMILE: normalised, with clipped ratios"),
  bound = list(of = value_bound, is = "lower bound from the loss"),
  jsd_lb = list(of = value_jsd_lb, is = "lower bound from the Jensen-Shannon divergence"))

# What an objective can give, its default first; `of_pairs`: what needs independent pairs, too.
allowed_values <- function(objective, stack = FALSE, of_pairs = TRUE) {
  values <- if (finds_ratio(objective)) objective_table[[objective$name]]$values else "bound"
  if (!of_pairs) values <- "plugin"
  if (stack) union("debiased", values)
  else if (can_stack(objective)) union(values, "debiased")
  else values
}

# Which value to report; an error if the objective can't give it. `no_pairs`: why independent pairs
# can't be had, or NULL.
check_value <- function(value, objective, stack = FALSE, no_pairs = NULL, call = caller_env()) {
  allowed <- allowed_values(objective, stack, is.null(no_pairs))
  if (is.null(value)) return(allowed[1])
  value <- check_choice(value, names(value_table), arg = "value", call = call)
  if (!value %in% allowed) {
    open <- recovers(objective)
    why <- switch(open,
      x = paste("It finds the log ratio only up to a function of x: the critic's mean",
                "estimates nothing, and only a bound is known."),
      constant = paste("It finds the log ratio only up to a constant, which the plug-in",
                       "value would add to the estimate."),
      skewed = paste("It finds a skewed ratio, to a mixture of the joint distribution and",
                     "independence: the critic's mean estimates nothing."),
      ratio = no_pairs)
    abort_input(c("{.arg value} must be {.or {.val {allowed}}} with {format(objective)}.",
                  x = "It is {.val {value}}.", i = why), call = call)
  }
  value
}

# One line on what the number is, for people.
describe_value <- function(fit) {
  objective <- fit$settings$objective
  is <- value_table[[fit$settings$value]]$is
  if (recovers(objective) == "skewed" && objective$core$alpha != 1) {
    is <- "less the loss, which is no bound: it can exceed the mutual information"
  }
  if (fit$settings$value == "bound" && recovers(objective) == "x" &&
      objective$core$kind == "anchor") {
    k <- held_out_classes(fit)
    is <- paste0(k, "-way Jensen-Shannon divergence: a lower bound, at most log ", k, " = ",
                 formatC(log(k), digits = 2, format = "f"))
  }
  is
}

# Classes of the held-out problems of an objective without an anchor; of the largest block.
held_out_classes <- function(fit) {
  core <- fit$settings$objective$core
  rows <- max(fit$folds$test)
  b <- ceiling(rows / max(1, rows %/% fit_batch(fit)))
  (if (core$k == 0) b - 1 else min(core$k, b - 1)) + (core$negatives == 2)
}
