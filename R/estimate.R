# From held-out pointwise values to an estimate.

# The plug-in estimate is the mean of the log ratio over pairs. `pmi` holds one value a
# row, each from a critic that never saw it. The error is that of a mean: it doesn't count
# what the critics got wrong.
estimate_plugin <- function(pmi) {
  list(estimate = mean(pmi), std_error = stats::sd(pmi) / sqrt(length(pmi)))
}

normal_interval <- function(estimate, std_error, level) {
  estimate + c(-1, 1) * stats::qnorm((1 + level) / 2) * std_error
}
