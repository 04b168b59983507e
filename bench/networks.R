# How the joint networks of critic_auto() were chosen: each alone, on tasks of mi_tasks() for
# development. Prints by how much the held-out mean log ratio falls short of the true one's, of the
# same rows, in nats, and seconds; and writes the table to bench/results/networks_<rows>.md.
#
#   Rscript bench/networks.R [rows, default 2000] [seeds, default 2]
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")

arguments <- as.numeric(commandArgs(trailingOnly = TRUE))
n <- if (length(arguments) > 0) arguments[1] else 2000
seeds <- seq_len(if (length(arguments) > 1) arguments[2] else 2)
tasks <- c("mixture-1v1", "extremes-2", "shift-4", "sign-2v1", "product-2v1")
widths <- list("64-64" = c(64, 64), "32-32-32-32" = rep(32, 4))
trial <- function(widths, activation, learn_rate, weight_decay, drops) {
  data.frame(widths, activation, learn_rate, weight_decay, drops)
}
trials <- rbind(
  trial("64-64", "silu", 0.001, 1, 0:1),
  trial("64-64", "silu", 0.005, 0.1, 0:1),
  trial("32-32-32-32", "silu", 0.005, 0.1, 0:2),
  trial("32-32-32-32", "silu", 0.005, c(0, 0.5), 1),
  trial("64-64", "relu", 0.005, 0, 0:1),
  trial("32-32-32-32", "relu", 0.005, 0, 0:2),
  trial("32-32-32-32", "relu", 0.005, 0.1, 1))

one <- function(i, task, seed) {
  set.seed(seed)
  drawn <- mi_sample(task, n)
  of <- trials[i, ]
  control <- mi_control(batch_size = 32, check_every = 50, patience = 10, drops = of$drops,
                        learn_rate = of$learn_rate, weight_decay = of$weight_decay, threads = 1)
  seconds <- system.time(
    fit <- mi_anchor(drawn$x, drawn$y, critic = critic_joint(widths[[of$widths]], of$activation),
                     control = control, value = "plugin", folds = 3))[[3]]
  c(mean(drawn$pmi) - coef(fit), seconds)
}
jobs <- expand.grid(trial = seq_len(nrow(trials)), task = tasks, seed = seeds,
                    stringsAsFactors = FALSE)
cores <- if (.Platform$OS.type == "unix") 2 else 1
runs <- parallel::mcmapply(one, jobs$trial, jobs$task, jobs$seed, mc.cores = cores,
                           mc.preschedule = FALSE)
shortfall <- tapply(runs[1, ], list(jobs$trial, jobs$task), mean)[, tasks]
lines <- c(
  sprintf("Joint critics alone, %d rows, %d data sets a task, three folds: by how much the", n,
          length(seeds)),
  "held-out mean log ratio falls short of the true one's (nats). Batches of 32.", "",
  markdown(data.frame(trials, round(cbind(shortfall, mean = rowMeans(shortfall)), 4),
                      seconds = round(tapply(runs[2, ], jobs$trial, sum)),
                      check.names = FALSE)))
writeLines(lines)
writeLines(lines, sprintf("bench/results/networks_%d.md", n))
