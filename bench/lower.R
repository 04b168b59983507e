# Does the lower limit hold where ratios are large? Gaussian pairs of 10 columns and critics that
# are known: the true log ratio, and that plus a half. For each nu of the anchored bound, the share
# of data sets in which its limit (95 %, Student's t of blocks of 50 rows) is above the truth; nu =
# Inf is the one-step form of Nguyen, Wainwright, Jordan (2010). R/lower.R takes no nu above a fifth
# of the pairs that there are ("taken").
#
#   Rscript bench/lower.R [data sets, default 300]
#
# writes bench/results/lower.md, in five minutes on one core.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
internal <- asNamespace("anchormi")
arguments <- commandArgs(trailingOnly = TRUE)
sets <- if (length(arguments) > 0) as.numeric(arguments[1]) else 300
d <- 10
block <- internal$LOWER_BLOCK
nus <- c(internal$LOWER_NUS[-(1:2)], Inf)

bound <- function(s, nu) {
  if (is.finite(nu)) return(internal$matrix_bounds(list(s), nu, 0))
  mean(diag(s)) + 1 - (sum(exp(s)) - sum(exp(diag(s)))) / (block * (block - 1))
}

bounds_of_block <- function(mi, off) {
  rho <- sqrt(1 - exp(-2 * mi / d))
  x <- matrix(rnorm(block * d), block)
  y <- rho * x + sqrt(1 - rho^2) * matrix(rnorm(block * d), block)
  own <- outer(rowSums(x^2), rowSums(y^2), "+") / 2
  s <- mi + off + (rho * tcrossprod(x, y) - rho^2 * own) / (1 - rho^2)
  vapply(nus, function(nu) bound(s, nu), 1)
}

limits <- function(n, mi, off) {
  blocks <- replicate(n / block, bounds_of_block(mi, off))
  apply(blocks, 1, function(value) {
    internal$lower_limit(data.frame(value = value, size = block), 0.95)
  })
}

settings <- expand.grid(off = c(0, 0.5), mi = c(2, 4, 6, 8, 10), n = c(200, 500, 2000))
set.seed(1)
rows <- lapply(seq_len(nrow(settings)), function(i) {
  at <- settings[i, ]
  found <- replicate(sets, limits(at$n, at$mi, at$off))
  share <- formatC(rowMeans(found > at$mi), format = "f", digits = 2)
  taken <- match(max(internal$lower_nus(at$n, block)), nus)
  data.frame(rows = at$n, truth = at$mi, critic = if (at$off > 0) "plus 0.5" else "true",
             as.list(stats::setNames(share, paste("nu", nus))), taken = paste("nu", nus[taken]),
             of_truth = formatC(mean(found[taken, ]) / at$mi, format = "f", digits = 2),
             check.names = FALSE)
})
writeLines(c(
  sprintf("Share of %d data sets whose lower limit is above the truth (nats; at most 0.05", sets),
  "wanted), by the nu of the anchored bound, for critics that are known; by bench/lower.R.",
  "`taken`: the largest that R/lower.R takes of so many rows; `of_truth`: its mean limit as a",
  "share of the truth.", "",
  markdown(do.call(rbind, rows))), "bench/results/lower.md")
