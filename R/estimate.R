# From held-out pointwise values to an estimate.

# The estimate is the mean of contributions, one a row (for the plug-in value: the row's log
# ratio), each from a critic that never saw it; `fold` says which critic. Rows scatter about
# their fold's mean, and folds' critics about the truth: the variance is that of a mean with a
# random effect for each fold, by moments. Where the folds scatter no more than their rows
# explain, it is that of independent rows; where they do, it has as many degrees of freedom
# as there are folds, less one; and with the variance of what was added, which has none to
# speak of, by Satterthwaite's approximation.
#
# In folds where independence was kept the contribution is 0, which is a choice and no
# certainty: rows scatter there as the trained critic's do, `trained`, within what n rows can
# tell of one, log(n): a critic that was not kept may be wild.
#
# `critics`: standard errors of what each fold's critic adds to all of its rows alike, as far as
# they are known, which folds' scatter has too. `error`: that of what was added to all alike.
# `weights`: sampling weights; means are then ratios of sums, and their variance is linearised.
# `groups`: which rows belong together, as numbers from 1; what scatters then is not rows but sums
# over groups. `unsettled`: whether folds scatter more than that; `own_error`: the standard error
# without that of what was added.
estimate_mean <- function(contribution, fold, trained = contribution, error = 0,
                          weights = rep(1, length(contribution)), groups = NULL, critics = 0) {
  n <- effective_groups(groups, weights, length(contribution))
  share <- weights / sum(weights)
  size <- as.numeric(tapply(share, fold, sum))
  fold_means <- function(v) as.numeric(tapply(share * v, fold, sum)) / pmax(size, 1e-300)
  estimate <- sum(share * contribution)
  by_fold <- fold_means(contribution)
  not_kept <- which(trained != contribution)
  trained[not_kept] <- pmin(pmax(trained[not_kept], -log(n)), log(n))
  scatter <- trained - fold_means(trained)[fold] + by_fold[fold]
  deviation <- share * (scatter - sum(share * scatter))
  if (!is.null(groups)) deviation <- rowsum(deviation, groups)
  rows <- sum(deviation^2) * n / (n - 1) + sum((size * critics)^2)
  folds <- sum((size * (by_fold - estimate))^2) * length(size) / (length(size) - 1)
  # No scatter at all: nothing was learnt that could have erred, and that is no certainty.
  if (isTRUE(max(rows, folds) + error == 0)) rows <- folds <- NA_real_
  list(estimate = estimate, std_error = sqrt(max(rows, folds) + error^2),
       own_error = sqrt(max(rows, folds)), unsettled = isTRUE(folds > rows),
       df = if (isTRUE(folds > rows)) (length(size) - 1) * (1 + error^2 / folds)^2
            else if (is.null(groups)) Inf
            else (n - 1) * (1 + error^2 / rows)^2)
}

# `least`: what the quantity can't be below; `most`: an `entropy` that it can't exceed, and the
# standard `error` of that.
NO_ENTROPY <- c(entropy = Inf, error = 0)

student_interval <- function(estimate, std_error, df, level, least = -Inf, most = NO_ENTROPY) {
  quantile <- stats::qt((1 + level) / 2, df)
  below <- min(estimate, least)
  above <- max(estimate, most[["entropy"]] + quantile * most[["error"]])
  c(max(estimate - quantile * std_error, below), min(estimate + quantile * std_error, above))
}

# Mutual information is not negative, nor are total correlations; a debiased value estimates them.
least_of <- function(value) if (value == "debiased") 0 else -Inf
