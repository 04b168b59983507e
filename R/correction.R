# What "debiased" adds to the plug-in value: what it costs to have learnt from few rows.

# The plug-in's mean over training rows less that over held-out ones (`gap`) is how much was learnt
# by heart. In the classical case (few parameters, no penalty) the truth lies half-way, for the one
# mean errs by as much as the other, in opposite directions. Of two parts of it more is known: of
# the Gaussian copula's own (`optimism`) what it costs (`directions`), and of the networks' how much
# costs nothing (`idle`). All of one fold; `weights` are its held-out rows'.
MOST_REREAD <- 2000

# The theory of directions counts independent rows: where rows are grouped it says nothing.
learnt_by_heart <- function(trained, x, y, task, held, weights, debiased, threads) {
  gap <- trained_mean(trained, x, y, task) - stats::weighted.mean(held$pairs, weights)
  idle <- of_stack(trained, x, y, idle_optimism, task, weights)
  costs <- function(...) {
    of <- direction_costs(...)
    # of a difference each stack's own
    if (is_conditional_critic(trained)) of[["halving"]] <- min(of[c("halving", "directions")])
    of
  }
  of <- if (is.null(task$apart)) {
    of_stack(trained, x, y, costs, task, weights, debiased, threads, otherwise = NO_COSTS,
             errors = "left_out_error")
  } else {
    NO_COSTS
  }
  c(gap = gap, idle = idle, of)
}

# What a function says of a stack; of other critics, for which there is no such thing, `otherwise`.
# Of a conditional critic's two stacks it is the difference, but for those elements that are
# `errors`: it isn't known how much of them cancels, so their squares add up.
of_stack <- function(trained, x, y, what, ..., otherwise = 0, errors = NULL) {
  squares <- 0
  out <- of_ratio(trained, x, y, function(critic, x, y) {
    found <- if (is_stack(critic)) what(critic, x, y, ...) else otherwise
    squares <<- squares + found[errors]^2
    found
  })
  out[errors] <- sqrt(squares)
  out
}

trained_mean <- function(trained, x, y, task) {
  of_ratio(trained, x, y, function(critic, x, y) {
    mean_of <- function(critic, rows) {
      reread(function(x, y) critic_pairs(critic, x, y), x, y, rows)
    }
    if (!is_stack(critic)) return(mean_of(critic, task$train))
    mean(vapply(seq_along(critic$turns), function(t) {
      mean_of(turn_alone(critic, t), task$turns[[t]]$train)
    }, 1))
  })
}

# The mean of `pairs`, a function of rows, over training rows.
reread <- function(pairs, x, y, train) {
  rows <- head_rows(train, MOST_REREAD)
  mean(pairs(x[rows, , drop = FALSE], y[rows, , drop = FALSE]))
}

# What directions cost that were found in few rows, in nats, by as much as the stack leans on them.
# `optimism`: how much of the gap is the Gaussian copula's own. `directions`: on new rows variates
# correlate less than they would along the true directions, and not as their copula has it: mutual
# information by the correlations freed of their inflation, less what the copula says of held-out
# rows where it scores best. (Of nonlinear features no such theory holds: what their correlations
# lose on held-out rows says too much.) Where columns are not Gaussian together the copula scores
# best with a smaller weight than its held-out moments let expect: theory holds by as much, from 0
# to 1. `doubt`: how far what directions cost may be wrong, by a quarter where theory holds, and by
# all of it where it doesn't. `halving`: what they would cost by what more they do of half of the
# rows. `left_out` and its error: of weak correlations, below. Of estimates that aren't
# `debiased` the optimism alone, for what their notes say.
NO_COSTS <- c(optimism = 0, directions = 0, doubt = 0, halving = 0, left_out = 0,
              left_out_error = 0)

# What corrections() takes of each fold, where there is nothing to correct.
NOTHING_LEARNT <- c(gap = 0, idle = 0, NO_COSTS, lacking = 0, lacking_error = 0, unseen = 0)

direction_costs <- function(stack, x, y, task, weights, debiased = TRUE, threads = 1) {
  all_rows <- nrow(x) * effective_rows(weights) / length(weights)
  rowMeans(vapply(seq_along(stack$turns), function(t) {
    turn <- stack$turns[[t]]
    gaussian <- turn$forms$gaussian
    leans <- leaning(stack, turn)
    if (is.null(gaussian) || leans == 0) return(NO_COSTS)
    trained <- variate_moments(turn, x, y, head_rows(task$turns[[t]]$train, MOST_REREAD))
    held <- variate_moments(turn, x, y, task$test, weights)
    optimism <- min(leans, gaussian$scale) *
      (inner_mean(gaussian, trained) - inner_mean(gaussian, held))
    if (!debiased) return(replace(NO_COSTS, "optimism", optimism))
    best <- gaussian_bound(gaussian, held)
    theory <- min(1, gaussian$scale / best[["scale"]], na.rm = TRUE)
    share <- if (gaussian$scale > 0) min(1, leans / gaussian$scale) else 0
    cost <- share * theory * (gaussian$mi - best[["bound"]])
    by_halves <- if (cost > 0) {
      halves_bound(turn, x, y, task$turns[[t]]$train, task$test, weights)
    }
    c(optimism = optimism, directions = cost, doubt = (1 - 3 / 4 * theory) * cost,
      halving = if (is.null(by_halves)) cost
                else HALVING * share * theory * (best[["bound"]] - by_halves),
      share * theory * left_out(turn, x, y, task$turns[[t]]$train, all_rows, threads))
  }, NO_COSTS))
}

# The bound of Gaussian copulas of either half of the training rows, of the same columns and in the
# same way; NULL where there are too many.
#
# Theory takes it that more rows would find the same functions, better. Where columns are functions
# of a few numbers and not Gaussian together, correlations beyond these numbers' own are many, and
# all of them would cost. But what cost falls like 1/n is as much again with half of the rows, and a
# little less as copulas that cost much score best with a smaller weight (HALVING: so that Gaussian
# columns' is not cut short).
HALVING <- 1.25

halves_bound <- function(turn, x, y, train, test, weights) {
  gaussian <- turn$forms$gaussian
  columns <- list(x = gaussian$columns_x, y = gaussian$columns_y)
  if (prod(lengths(columns)) > MOST_CORRELATIONS ||
      sum(lengths(columns)) > MOST_OF_ROWS * length(train) / 2) return(NULL)
  scored <- function(scores, block, rows) scores_apply(scores, block[rows, , drop = FALSE])
  halves <- lapply(split(train, seq_along(train) %% 2), function(half) {
    form <- gaussian_fits(scored(turn$scores_x, x, half), scored(turn$scores_y, y, half), columns,
                          list(if (isTRUE(gaussian$alike)) canonical_all else canonical_edge))[[1]]
    if (is.null(form)) return(0)
    turn$forms$gaussian <- form
    gaussian_bound(form, variate_moments(turn, x, y, test, weights))[["bound"]]
  })
  mean(unlist(halves))
}

# What a Gaussian copula of all columns has beyond those variates that stood out, nats: many weak
# correlations can be seen together that can't be told apart. By the sample's mutual information
# less what it is where there is none but all else is as it was, common scale included: rows of y
# change their signs. `left_out_error` is how that scatters, of the mean over turns and folds: they
# see all pairs of rows, which are worth `all_rows`, so that it falls as for more rows.
#
# Signs go by the row's number, so that a row that was drawn twice has one; by its square, so that
# they are no wave that rows in some order could go with.
MOST_CORRELATIONS <- 1e5   # pairs of columns
MOST_TOGETHER_SEEN <- 0.35 # columns of both sides, as a share of the rows
ENOUGH_ROWS <- c(10000, 20) # or so many a column, which leave little to chance
SIGN_PATTERNS <- sqrt(c(2, 3, 5, 7, 11, 13, 17, 19))

left_out <- function(turn, x, y, rows, all_rows, threads = 1) {
  none <- NO_COSTS[c("left_out", "left_out_error")]
  columns <- c(length(turn$scores_x), length(turn$scores_y))
  train <- head_rows(rows, max(ENOUGH_ROWS * c(1, sum(columns))))
  if (prod(columns) > MOST_CORRELATIONS || sum(columns) > MOST_TOGETHER_SEEN * length(train)) {
    return(none)
  }
  scored <- function(scores, block) {
    scores_apply(scores, block[train, , drop = FALSE])[, seq_along(scores), drop = FALSE]
  }
  zx <- scored(turn$scores_x, x)
  zy <- scored(turn$scores_y, y)
  of_x <- whitening(crossprod(zx) / nrow(zx))
  of_y <- whitening(crossprod(zy) / nrow(zy))
  rank <- min(attr(of_x, "rank"), attr(of_y, "rank"))
  if (columns_of(turn$forms$gaussian$x) >= rank) return(none) # all variates were taken
  signs <- 1 - 2 * (floor(outer(train^2, SIGN_PATTERNS)) %% 2)
  found <- apply(cbind(1, signs), 2, function(by_row) {
    sample_mi(zx, by_row * zy, of_x, of_y, threads)
  })
  c(left_out = found[1] - mean(found[-1]) - turn$forms$gaussian$mi,
    left_out_error = min(1, length(rows) / all_rows) * stats::sd(found[-1]))
}

# Of Gaussian columns, with matrices that whiten them.
sample_mi <- function(zx, zy, whitening_x, whitening_y, threads = 1) {
  covariance <- quick_crossprod(zx, zy, threads) / nrow(zx)
  gaussian_mi(pmin(svd(whitening_x %*% covariance %*% whitening_y, 0, 0)$d, MOST_CORRELATION))
}

# Second moments of the Gaussian copula's variates, in these rows.
variate_moments <- function(turn, x, y, rows, weights = rep(1, length(rows))) {
  moments <- 0
  for (chunk in chunks(length(rows))) {
    here <- rows[chunk]
    v <- variates(turn$forms$gaussian, scores_apply(turn$scores_x, x[here, , drop = FALSE]),
                  scores_apply(turn$scores_y, y[here, , drop = FALSE]))
    w <- weights[chunk]
    moments <- moments + cbind(xy = colSums(w * v$x * v$y), xx = colSums(w * v$x^2),
                               yy = colSums(w * v$y^2))
  }
  moments / sum(weights)
}

# The mean of the Gaussian copula's log ratio over rows with these moments.
inner_mean <- function(gaussian, moments) {
  rho <- gaussian$rho
  product <- rho * moments[, "xy"] - rho^2 * (moments[, "xx"] + moments[, "yy"]) / 2
  sum(product / (1 - rho^2) - log1p(-rho^2) / 2)
}

# The weight (`scale`) at which that log ratio scores best where variates are Gaussian with these
# moments, and what it says of them there (`bound`): its mean over pairs less the log mean of its
# exponential over independent ones (Donsker-Varadhan), which is a determinant for each pair of
# variates, `1 + sum + rest`.
MOST_SCALE <- 3 # as of weights that are fitted

gaussian_bound <- function(gaussian, moments) {
  rho <- gaussian$rho
  xx <- rho^2 / (1 - rho^2) * moments[, "xx"]
  yy <- rho^2 / (1 - rho^2) * moments[, "yy"]
  rest <- xx * yy * (1 - 1 / rho^2)
  mean <- sum(rho / (1 - rho^2) * moments[, "xy"] - (xx + yy) / 2)
  determinants <- function(s) 1 + s * (xx + yy) + s^2 * rest
  slope <- function(s) {
    if (any(determinants(s) <= 0)) return(-1e300) # its exponential has no mean
    mean + sum((xx + yy + 2 * s * rest) / determinants(s)) / 2
  }
  scale <- if (slope(0) <= 0) 0
           else if (slope(MOST_SCALE) >= 0) MOST_SCALE
           else stats::uniroot(slope, c(0, MOST_SCALE), tol = 1e-6)$root
  c(scale = scale, bound = scale * mean + sum(log(determinants(scale))) / 2)
}

# How much a stack leans on the Gaussian copula: its weight, and those of what has its directions:
# the Student copula, mixtures of its variates, and networks that begin at it.
leaning <- function(stack, turn) {
  mixed <- turn$forms$mixture
  of_variates <- !is.null(mixed) && ncol(mixed$weights_x) < nrow(mixed$weights_x)
  networks <- vapply(turn$members, `[[`, "", "name")
  networks <- Filter(function(n) identical(beginning(n, turn$forms), turn$forms$gaussian), networks)
  alike <- c("gaussian", "student", if (of_variates) "mixture", networks)
  sum(stack$weights[intersect(alike, names(stack$weights))])
}

# How much of the gap is that of networks and costs nothing, where turns are averaged, which
# networks are not: they train in the first. What costs is half of theirs, and less the less they
# brought the choosing rows: networks of many columns learn much by heart for next to nothing.
idle_optimism <- function(stack, x, y, task, weights) {
  if (!isTRUE(stack$brought > 0)) return(0)
  stack$weights[intersect(names(stack$weights), names(closed_form_table()))] <- 0
  stack$turns <- stack$turns[1]
  pairs <- function(x, y) critic_pairs(stack, x, y)
  held <- pairs(x[task$test, , drop = FALSE], y[task$test, , drop = FALSE])
  gap <- reread(pairs, x, y, task$turns[[1]]$train) - stats::weighted.mean(held, weights)
  if (gap <= 0) return(0)
  gap - gap / 2 * stack$brought / (stack$brought + gap)
}

# What is added to an estimate, and the standard error of that, one row a reason, by means over
# folds.
#
# What noisy directions cost the Gaussian copula is known from theory, as far as columns are that,
# and its error is `doubt`. No more of it than trials allow beside what was learnt by heart of them,
# or by `halving`: where columns are not Gaussian it can be anything. Half of what that takes off is
# error.
#
# What weak correlations have that were left out counts by as much as it is more than chance (James
# and Stein); its error counts whether or not it does. Where there are some, it is for their sake
# that other parts of the stack learn by heart, so that what is added for the rest of the gap
# (below) is the same thing once more: the larger of the two counts.
#
# Of the rest of the gap there is no theory but the classical one, by which half of it is what it
# costs; in trials half was the nearest too, of none, a quarter, a half, three quarters and all.
# Where turns were averaged, which learn less than half as much by heart but are wrong by nearly as
# much, all of it was, but for the networks'. Less of it the more of what was learnt is gap: for
# independent x and y all of it is. The error goes by all of the gap, `idle` included: where critics
# learn much by heart they have not learnt all there is, and may lack more than half of it. It is
# all of it where all was added. Where half was, half would do with 2,000 rows of most tasks, but of
# 10,000, where regressions and edges come out a little too small, not much less than all.
#
# The same of what networks lack by their learning curve (`lacking`), of which the gap says nothing:
# half of it is added, for it may fall faster than is taken there, and all of it is error; no more
# than was found.
#
# Whatever was found, there is no less than none, and no more than the entropy (`most`) of either
# side, where it is discrete: the `limits`.
MOST_LOST <- 1.5  # of the optimism
GAP_ERROR <- 0.85 # of the gap

corrections <- function(estimate, gap, idle = 0, optimism = 0, directions = 0,
                        doubt = directions / 4, halving = directions, left_out = 0,
                        left_out_error = 0, lacking = 0, lacking_error = lacking, unseen = 0,
                        averaged = FALSE, most = Inf) {
  if (!isTRUE(estimate > 0)) {
    return(correction_table(unseen, limits = max(0, -estimate[is.finite(estimate)])))
  }
  allowed <- min(max(0, directions), MOST_LOST * max(0, optimism))
  cost <- min(allowed, max(0, halving))
  cost_error <- if (allowed > 0) max(cost / directions * abs(doubt), (allowed - cost) / 2) else 0
  found <- estimate + cost
  shrunk <- function(gap) max(0, gap) * found / (found + max(0, gap))
  bounded <- function(lacking) min(max(0, lacking), found)
  rest <- gap - optimism - idle
  by_heart <- (if (averaged) 1 else 1 / 2) * shrunk(rest)
  by_heart_error <- (if (averaged) 1 else GAP_ERROR) * shrunk(rest + idle)
  more <- if (left_out > left_out_error) left_out - left_out_error^2 / left_out else 0
  added <- c(cost, max(0, more - by_heart), by_heart, bounded(lacking) / 2)
  error <- c(cost_error, left_out_error, by_heart_error, bounded(lacking_error))
  correction_table(unseen, min(0, most - estimate - sum(added)), added, error)
}

# `added` and its `error`: of directions, weak correlations, optimism and the learning curve.
correction_table <- function(unseen, limits, added = numeric(4), error = numeric(4)) {
  data.frame(of = c("directions", "weak correlations", "optimism", "learning curve",
                    "independence", "limits"),
             added = c(added, 0, limits), error = c(error, unseen / 2, 0))
}

# The standard error of all that was added.
added_error <- function(corrections) sqrt(sum(corrections$error^2))

# The entropy of x or y (not of z), nats, or the smaller where both are discrete, with the
# correction of Miller and Madow for rare values, and its standard error. Where rows (of the same
# group: one) are fewer than ten a value there may be others, and nothing is known.
least_entropy <- function(data) {
  own <- seq_len(ncol(data$x) - data$given)
  count <- effective_groups(data$groups, data$weights, data$n)
  of_block <- function(block) {
    key <- row_keys(block)
    if (is.null(key)) return(NO_ENTROPY)
    weights <- row_weights(data$weights, data$n)
    share <- tapply(weights, key, sum) / sum(weights)
    share <- share[share > 0]
    if (ROWS_PER_VALUE * length(share) > count) return(NO_ENTROPY)
    entropy <- -sum(share * log(share))
    c(entropy = min(log(length(share)), entropy + (length(share) - 1) / (2 * count)),
      error = sqrt(sum(share * (log(share) + entropy)^2) / count))
  }
  x <- of_block(data$x[, own, drop = FALSE])
  y <- of_block(data$y)
  if (x[["entropy"]] < y[["entropy"]]) x else y
}
