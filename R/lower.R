# A lower limit that needs no trust in the critic. For a critic s that is fixed before the rows are
# seen, the anchored bound never exceeds the mutual information, whatever s is (Ryu et al. 2025;
# spec: D = (K + nu) / K (H(z) - loss) for the log score). The larger nu, the nearer it comes. nu
# and a shift of s are decided on the choosing rows of each fold, so that both are fixed when the
# held-out rows come. A fold's bound is a mean over blocks of rows; the limit is that of the mean
# of all blocks by Student's t, see lower_limit().
#
# Student's t wants means that are about normal. With nu = Inf (Nguyen, Wainwright, Jordan 2010)
# they are not where ratios are large: what lowers the bound is exp s of independent pairs, most of
# it in pairs so rare that there may be none. 2,000 rows of 10 Gaussian columns, 8 nats: that limit
# of the true log ratio is above the truth in a quarter of data sets (bench/lower.R). So nu is at
# most a fifth of the pairs that there are.

LOWER_BLOCK <- 50
LOWER_NUS <- 7^(0:6)
PAIRS_FOR_NU <- 5

# Of so many held-out rows in all, so many of them in a fold.
lower_nus <- function(rows, in_fold) {
  LOWER_NUS[LOWER_NUS <= rows * min(LOWER_BLOCK, in_fold) / PAIRS_FOR_NU]
}

lower_blocks <- function(rows) row_blocks(rows, LOWER_BLOCK)

# The bounds of each of some matrices, all scores being less by `shift`.
matrix_bounds <- function(matrices, nu, shift) {
  objective <- objective_anchor(nu = nu)
  vapply(matrices, function(s) {
    loss <- .Call(ffi_contrastive_loss, s - shift, objective, NULL)$value
    anchor_bound(loss, objective$core, nrow(s))
  }, 1)
}

# Bounds of one fold's blocks of held-out rows, and the blocks' sizes, from matrices of choosing and
# of held-out rows; `rows`: how many are held out in all folds.
MOST_BOUNDED <- 10000

lower_fit <- function(choosing, held, rows) {
  shifts <- c(0, 0.05, 0.2)
  sizes <- vapply(held, nrow, 1)
  choices <- expand.grid(nu = lower_nus(rows, sum(sizes)), shift = shifts)
  by_choice <- vapply(seq_len(nrow(choices)), function(i) {
    matrix_bounds(choosing, choices$nu[i], choices$shift[i])
  }, numeric(length(choosing)))
  by_choice <- matrix(by_choice, length(choosing), nrow(choices)) # of one block too
  error <- if (nrow(by_choice) > 1) apply(by_choice, 2, stats::sd) / sqrt(nrow(by_choice)) else 0
  best <- which.max(colMeans(by_choice) - 2 * error) # what a limit will do
  choice <- choices[if (length(best) == 0) 1 else best, ] # none is a number
  data.frame(value = matrix_bounds(held, choice$nu, choice$shift), size = sizes)
}

no_bound <- function() data.frame(value = NA_real_, size = 1)

# Blocks of a fold are independent given its critic. Those of several are taken to be so too,
# though their critics saw one another's rows. A bound below 0 says no more than 0 does.
lower_limit <- function(bounds, level) {
  if (anyNA(bounds$value)) return(NA_real_)
  share <- bounds$size / sum(bounds$size)
  blocks <- length(share)
  if (blocks < 2 || !all(is.finite(bounds$value))) return(0)
  mean <- sum(share * bounds$value)
  error <- sqrt(sum((share * (bounds$value - mean))^2) * blocks / (blocks - 1))
  limit <- mean - stats::qt(level, blocks - 1) * error
  if (limit > 1e-9) limit else 0 # not rounding
}

lower_text <- function(fit) {
  paste0(formatC(fit$lower, digits = 4, format = "f"), " ", fit$settings$units, ", with ",
         format(100 * fit$conf_level), " % confidence, however wrong the critic")
}
