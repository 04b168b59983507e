# The sequential test: bets on blocks of rows, in the order in which they come, by critics that were
# trained on the rows before.

# So many rows, in whole blocks, train before the first bet. A new critic is trained when the past has grown by this share: training is dear, and few more rows
# change little.
FIRST_TRAINING <- 40
RETRAIN_AFTER <- 0.25
BETS <- c(1, 1 / 2, 1 / 4, 1 / 8) # powers of the ratio: critics of few rows are too sure

sequential_test <- function(data, settings) {
  size <- settings$block
  starts <- sequential_starts(nrow(data$x) %/% size, first_bet(size))
  sizes <- diff(c(0, starts, nrow(data$x) %/% size)) * size
  tasks <- forward_tasks(seq_len(sum(sizes)), sizes)
  fits <- map_fits(tasks, function(task, control, progress) {
    critic <- train_on(data, task, settings, control, progress)
    blocks <- split(task$test, (seq_along(task$test) - 1) %/% size)
    list(log_e = vapply(blocks, function(rows) {
           block_log_e(scored_pairs(critic, data, rows))
         }, BETS),
         mi = if (critic$score < 0) critic_pairs(critic, data$x[task$test, , drop = FALSE],
                                                 data$y[task$test, , drop = FALSE])
              else numeric(length(task$test)))
  }, settings$control)
  # A mixture of the bets' products, each of which is a martingale, is one too.
  logs <- apply(do.call(cbind, lapply(fits, `[[`, "log_e")), 1, cumsum)
  log_e <- row_log_sums(matrix(logs, ncol = length(BETS))) - log(length(BETS))
  path <- data.frame(rows = size * c(starts[1], starts[1] + seq_along(log_e)),
                     e.value = exp(c(0, log_e)))
  most <- max(path$e.value)
  list(statistic = c("max e" = most), parameter = c(blocks = length(log_e)),
       p.value = min(1, 1 / most), estimate = c(mi = mean(unlist(lapply(fits, `[[`, "mi")))),
       method = "Sequential test of independence, by bets of a critic", path = path)
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
