# Tests of independence given z, by the score test of what z doesn't say of x and y: their residuals
# on z. Where z is discrete, rows are permuted within each of its values, which is exact whatever
# the residuals are, so that z may stand beside x's and dependence that z turns round is seen. Where
# it is not, all residuals are permuted, which is as good as the regressions are; beside z they
# would show what these have left of it. Where x's residuals don't depend on z, nor do they on y and
# z together if x and y are independent given z, and the other way round: so it takes something left
# of z in both for the test to find what isn't there.

conditional_test <- function(data, settings) {
  blocks <- split_given(data$x, data$given)
  z <- blocks$z
  on_z <- regressions_on(z, seq_len(data$n))
  strata <- row_keys(z)
  free <- function(block) {
    own <- residuals_apply(residuals_fit(block, on_z), block, z)
    few <- if (is.null(strata)) which(apply(block, 2, has_few_values))
    if (length(few) > 0) own[, few] <- quantile_residuals(block[, few, drop = FALSE], on_z, z)
    own
  }
  x <- free(blocks$x)
  y <- free(data$y)
  if (!is.null(strata)) x <- cbind(x, z)
  depends_on_z <- function(block) rejects_independence(block, z, seq_len(data$n))
  z_left <- is.null(strata) && depends_on_z(x) && depends_on_z(y)
  scored <- score_test(x, y, settings$permutations + 1, settings$control$threads,
                       function(j) permutations_of(data$n, j, strata))
  permuted <- harmonic(scored)
  out <- permutation_result(
    settings, scored, permuted,
    data.frame(test = "score", share = 1, p.value = permutation_p(permuted)), NULL,
    paste0("given z, by score test of permuted residuals",
           if (!is.null(strata)) paste(", within", length(unique(strata)), "values of z")))
  c(out, z_left = z_left)
}

# Of columns with few values: normal quantiles of where a value lies in its distribution given z, at
# random within its step (Dunn and Smyth 1996), by regressions of each step on z. Plain residuals of
# these would still show z.
quantile_residuals <- function(block, on_z, z) {
  n <- nrow(block)
  z <- scores_apply(on_z$scores, z)
  apply(block, 2, function(column) {
    values <- sort(unique(column))
    steps <- vapply(values[-length(values)], function(value) {
      below <- as.numeric(column[on_z$rows] <= value)
      ridge_apply(best_ridge(on_z$ridges, below, squared_loss(below))$regression, z)
    }, numeric(n))
    steps <- pmin(pmax(steps, 0.5 / n), 1 - 0.5 / n)
    steps <- t(apply(cbind(0, matrix(steps, n), 1), 1, cummax))
    at <- match(column, values)
    low <- steps[cbind(seq_len(n), at)]
    high <- steps[cbind(seq_len(n), at + 1)]
    stats::qnorm(pmin(pmax(low + stats::runif(n) * (high - low), 0.1 / n), 1 - 0.1 / n))
  })
}
