# The sequential test: bets on blocks of rows, in the order in which they come, by critics that were
# trained on the rows before.

# So many rows, in whole blocks, come before the first bet. A new critic is trained when the past
# has grown by this share: training is dear, and few more rows change little.
FIRST_TRAINING <- 40
RETRAIN_AFTER <- 0.25
BETS <- c(1, 1 / 2, 1 / 4, 1 / 8) # powers of the ratio: critics of few rows are too sure
CHANCE <- 2 # standard errors

sequential_test <- function(data, settings) {
  size <- settings$block
  blocks <- nrow(data$x) %/% size
  starts <- sequential_starts(blocks, first_bet(size))
  tasks <- forward_tasks(seq_len(blocks * size), diff(c(0, starts, blocks)) * size)
  fits <- map_fits(tasks, function(task, control, progress) {
    critic <- if (!is.null(settings$critic)) train_on(data, task, settings, control, progress)
    blocks <- split(task$test, (seq_along(task$test) - 1) %/% size)
    lapply(blocks, function(rows) {
      scores <- if (!is.null(critic)) scored_pairs(critic, data, rows)
      list(log_e = c(block_log_e(score_bet(data, rows)), if (!is.null(critic)) block_log_e(scores)),
           bound = if (!is.null(critic)) held_out_bound(scores))
    })
  }, settings$control)
  fits <- do.call(c, fits)
  # A mixture of the bets' products, each of which is a martingale, is one too.
  logs <- apply(do.call(cbind, lapply(fits, `[[`, "log_e")), 1, cumsum)
  logs <- matrix(logs, length(fits))
  log_e <- row_log_sums(logs) - log(ncol(logs))
  path <- data.frame(rows = size * (starts[1]:blocks), e.value = exp(pmin(c(0, log_e), 700)))
  most <- max(path$e.value)
  mi <- unlist(lapply(fits, `[[`, "bound"))
  list(statistic = c("max e" = most), parameter = c(blocks = length(log_e)),
       p.value = min(1, 1 / most), estimate = if (!is.null(mi)) c(mi = mean(mi)),
       method = paste("Sequential test of independence, by bets of",
                      if (is.null(settings$critic)) "the score test" else "a critic"), path = path)
}

# What the score test would bet: the bilinear critic to which the gradient points, by the past's
# correlations of features, less what chance makes them. Features are scaled with the block's
# rows, but whatever their order is.
score_bet <- function(data, rows) {
  past <- seq_len(rows[1] - 1)
  f <- score_features(data$x[seq_len(max(rows)), , drop = FALSE])$features
  g <- score_features(data$y[seq_len(max(rows)), , drop = FALSE])$features
  r <- crossprod(f[past, , drop = FALSE], g[past, , drop = FALSE]) / length(past)
  weights <- sign(r) * pmax(abs(r) - CHANCE / sqrt(length(past)), 0)
  f[rows, , drop = FALSE] %*% weights %*% t(g[rows, , drop = FALSE])
}

first_bet <- function(size) ceiling(FIRST_TRAINING / size)

# After how many blocks critics are trained, the first of them after `starts`.
sequential_starts <- function(blocks, starts) {
  repeat {
    following <- max(starts) + max(1, floor(RETRAIN_AFTER * max(starts)))
    if (following >= blocks) return(starts)
    starts <- c(starts, following)
  }
}

# Logarithms of a block's e-values, one for each bet: of all pairs' scores, the sum over the
# pairs as they are against those of x with y shifted in a cycle, of which that is one. Over the
# shifts of any order of y the mean of the e-values is 1.
block_log_e <- function(scores) {
  size <- nrow(scores)
  shift <- (col(scores) - row(scores)) %% size # 0 first
  sums <- as.vector(rowsum(as.vector(scores), as.vector(shift)))
  vapply(BETS, function(bet) {
    log(size) - log(sum(exp(bet * (sums - max(sums))))) + bet * (sums[1] - max(sums))
  }, 1)
}
