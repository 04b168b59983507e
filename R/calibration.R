# Are the critic's ratios what they say? Where it says r, a pair must be r times as frequent among
# held-out rows as among independent pairs of them. Counted in bins of the log ratio.

CALIBRATION_BREAKS <- c(-Inf, seq(-5, 10, by = 0.5), Inf)

# Counts of one fold's held-out rows, from log ratios of blocks of them: pairs of both kinds in each
# bin, and `said`, the sum over the independent ones of the ratio that the critic gives them.
calibration_counts <- function(matrices) {
  bins <- seq_len(length(CALIBRATION_BREAKS) - 1)
  bin_of <- function(s) factor(.bincode(s, CALIBRATION_BREAKS, right = FALSE), bins)
  out <- data.frame(bin = bins, rows = 0, independent = 0, said = 0)
  for (s in matrices) {
    apart <- s[row(s) != col(s)]
    apart <- apart[!is.na(apart)]
    at <- bin_of(apart)
    said <- tapply(exp(pmin(apart, 700)), at, sum)
    out$rows <- out$rows + tabulate(bin_of(diag(s)), length(bins))
    out$independent <- out$independent + tabulate(at, length(bins))
    out$said <- out$said + ifelse(is.na(said), 0, said)
  }
  out
}

# All folds' counts as log ratios said and found, with an interval for what was found, of bins
# that have at least five of each kind.
calibration_table <- function(counts, level) {
  sums <- stats::aggregate(counts[c("rows", "independent", "said")], counts["bin"], sum)
  all_rows <- sum(sums$rows)
  all_independent <- sum(sums$independent)
  sums <- sums[sums$rows >= 5 & sums$independent >= 5, ]
  found <- log(sums$rows / all_rows) - log(sums$independent / all_independent)
  # Rows are independent; independent pairs share rows, so count for no more than rows do.
  error <- sqrt(1 / sums$rows - 1 / all_rows + 1 / pmin(sums$independent, all_rows))
  wide <- stats::qnorm((1 + level) / 2) * error
  data.frame(said = log(sums$said / sums$independent), found = found, low = found - wide,
             high = found + wide, rows = sums$rows)
}
