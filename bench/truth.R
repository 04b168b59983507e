# Estimates beside known truths: Gaussian pairs, y = rho x + sqrt(1 - rho^2) e in d columns,
# mutual information -(d / 2) log(1 - rho^2), the bilinear and the separable critic. Prints a
# table and writes it to
# bench/results/truth.md. `Rscript bench/truth.R 5` runs 5 seeds instead of 20.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")

arguments <- commandArgs(trailingOnly = TRUE)
seeds <- if (length(arguments) > 0) as.integer(arguments[1]) else 20
n <- 5000
settings <- data.frame(d = c(1, 1, 1, 1, 5, 5, 5, 20, 20),
                       rho = c(0, 0.1, 0.5, 0.9, 0, 0.5, 0.9, 0, 0.5))

critics <- list(critic_bilinear(), critic_separable())

one_fit <- function(d, rho, seed) {
  set.seed(seed)
  x <- matrix(rnorm(n * d), n)
  y <- rho * x + sqrt(1 - rho^2) * matrix(rnorm(n * d), n)
  seconds <- system.time({
    fit <- mi_anchor(x, y, critic = critics, control = mi_control(threads = 1))
  })[[3]]
  data.frame(d, rho, seed, truth = d / 2 * abs(log(1 - rho^2)), estimate = fit$estimate,
             std_error = fit$std_error, low = fit$conf_int[1], high = fit$conf_int[2], seconds)
}

jobs <- merge(settings, data.frame(seed = seq_len(seeds)))
cores <- if (.Platform$OS.type == "unix") 2 else 1
runs <- parallel::mcmapply(one_fit, jobs$d, jobs$rho, jobs$seed, SIMPLIFY = FALSE,
                           mc.cores = cores, mc.preschedule = FALSE)
runs <- do.call(rbind, runs)
runs$right <- abs(runs$estimate - runs$truth) <= pmax(3 * runs$std_error, 0.1 * runs$truth)
runs$covers <- runs$low <= runs$truth & runs$truth <= runs$high

rows <- split(runs, list(runs$rho, runs$d), drop = TRUE)
table <- do.call(rbind, lapply(rows, function(r) {
  data.frame(d = r$d[1], rho = r$rho[1], truth = r$truth[1], mean = mean(r$estimate),
             sd = sd(r$estimate), std_error = mean(r$std_error), lowest = min(r$estimate),
             highest = max(r$estimate), right = sum(r$right), covers = sum(r$covers),
             seconds = median(r$seconds))
}))

lines <- c(
  sprintf("n = %d, %d seeds, bilinear and separable critic, one thread, %s.", n, seeds,
          R.version.string),
  "`right`: within 3 standard errors or 10 % of the truth, whichever is larger; `covers`: the",
  "95 % interval holds the truth; `seconds`: median time of a fit, two running at once.", "",
  markdown(data.frame(table[1:2], lapply(table[3:8], sprintf, fmt = "%.3f"), table[9:10],
                      seconds = sprintf("%.1f", table$seconds))))
writeLines(lines)
dir.create("bench/results", showWarnings = FALSE)
writeLines(lines, "bench/results/truth.md")
worst <- runs[order(-abs(runs$estimate - runs$truth) / pmax(runs$std_error, 1e-3)), ]
cat("\nThe five furthest from the truth, in standard errors:\n")
print(head(worst, 5), digits = 3, row.names = FALSE)
cat(sum(table$right >= 0.9 * seeds), "of", nrow(table),
    "settings are right in at least 90 % of the seeds\n")
