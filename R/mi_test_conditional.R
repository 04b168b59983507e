# Tests of independence given z, by the score test of what z doesn't say of x and y: their residuals
# on z. Where z is discrete, rows are permuted within each of its values, which is exact whatever
# the residuals are, so that z may stand beside x's and dependence that z turns round is seen. Where
# it is not, all residuals are permuted, which is as good as the regressions are; beside z they
# would show what these have left of it.

conditional_test <- function(data, settings) {
  blocks <- split_given(data$x, data$given)
  rows <- seq_len(data$n)
  free <- function(block) residuals_apply(residuals_fit(block, blocks$z, rows), block, blocks$z)
  strata <- strata_of(blocks$z)
  x <- free(blocks$x)
  if (!is.null(strata)) x <- cbind(x, blocks$z)
  scored <- score_test(x, free(data$y), settings$permutations, settings$control$threads, strata)
  permuted <- harmonic(scored, attr(scored, "counts"))
  permutation_result(settings, scored, permuted,
                     data.frame(test = "score", share = 1, p.value = permutation_p(permuted)), NULL,
                     paste("given z, by score test of residuals,", if (is.null(strata)) "permuted"
                           else paste("permuted within", nlevels(strata), "values of z")))
}

# Which value of z each row has, if values have ten rows on the average; else NULL.
strata_of <- function(z) {
  key <- do.call(paste, lapply(seq_len(ncol(z)), function(j) z[, j]))
  if (length(unique(key)) * 10 <= length(key)) factor(key)
}
