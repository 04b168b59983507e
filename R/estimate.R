# From held-out pointwise values to an estimate.

# The plug-in estimate is the mean of the log ratio over pairs. `pmi` holds one value a row,
# each from a critic that never saw it; `fold` says which critic. Rows scatter about their
# fold's mean, and folds' critics about the truth: the variance is that of a mean with a
# random effect for each fold, by moments. Where the folds scatter no more than their rows
# explain, it is that of independent rows.
estimate_plugin <- function(pmi, fold) {
  n <- length(pmi)
  size <- tabulate(fold)
  by_fold <- as.numeric(tapply(pmi, fold, mean))
  rows <- stats::var(pmi) / n
  folds <- sum((size / n * (by_fold - mean(pmi)))^2) * length(size) / (length(size) - 1)
  list(estimate = mean(pmi), std_error = sqrt(max(rows, folds)))
}

normal_interval <- function(estimate, std_error, level) {
  estimate + c(-1, 1) * stats::qnorm((1 + level) / 2) * std_error
}
