# How the defaults for the anchor weight nu and for networks' learning rate, weight decay and
# batch were chosen: a separable critic alone, on Gaussian pairs and on a category that x shows
# for certain. Prints the mean relative error of the estimate, its standard deviation over data
# sets, and seconds, and writes the table to bench/results/defaults.md.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")

arguments <- commandArgs(trailingOnly = TRUE)
seeds <- if (length(arguments) > 0) as.integer(arguments[1]) else 2

gaussian <- function(d, rho) function(n = 5000) {
  x <- matrix(rnorm(n * d), n)
  list(x = x, y = rho * x + sqrt(1 - rho^2) * matrix(rnorm(n * d), n),
       truth = -d / 2 * log(1 - rho^2))
}
category <- function(n = 600) {
  y <- factor(sample(letters[1:3], n, TRUE))
  list(x = as.integer(y) + 0.05 * rnorm(n), y = y, truth = log(3))
}
tasks <- list("1 column, 0.14" = gaussian(1, 0.5), "1 column, 2.00" = gaussian(1, 0.9908),
              "5 columns, 0.72" = gaussian(5, 0.5),
              "5 columns, 4.15" = gaussian(5, 0.9), "20 columns, 2.88" = gaussian(20, 0.5),
              "category, 1.10" = category)
trials <- rbind(
  expand.grid(nu = c(1, 3, 10, 30), weight_decay = c(0.01, 1), learn_rate = 0.001, batch = 128),
  expand.grid(nu = 10, weight_decay = c(0.3, 1), learn_rate = 0.003, batch = c(128, 256)),
  data.frame(nu = 10, weight_decay = 1, learn_rate = 0.001, batch = 256))

one <- function(trial, task, seed) {
  set.seed(seed)
  data <- tasks[[task]]()
  of <- trials[trial, ]
  control <- mi_control(weight_decay = of$weight_decay, learn_rate = of$learn_rate,
                        batch_size = of$batch, threads = 1)
  seconds <- system.time(
    fit <- mi_anchor(data$x, data$y, critic = critic_separable(),
                     objective = objective_anchor(nu = of$nu), control = control))[[3]]
  c(fit$estimate / data$truth - 1, seconds)
}

jobs <- expand.grid(trial = seq_len(nrow(trials)), task = seq_along(tasks),
                    seed = seq_len(seeds))
cores <- if (.Platform$OS.type == "unix") 2 else 1
runs <- parallel::mcmapply(one, jobs$trial, jobs$task, jobs$seed, mc.cores = cores,
                           mc.preschedule = FALSE)
jobs$error <- runs[1, ]
jobs$seconds <- runs[2, ]
cell <- function(trial, task) {
  errors <- jobs$error[jobs$trial == trial & jobs$task == task]
  sprintf("%+.0f %% (%.0f)", 100 * mean(errors), 100 * sd(errors))
}
cells <- lapply(seq_along(tasks), function(task) {
  vapply(seq_len(nrow(trials)), cell, "", task)
})
table <- data.frame(trials, cells, round(tapply(jobs$seconds, jobs$trial, sum)))
names(table) <- c("nu", "weight decay", "learning rate", "batch", names(tasks), "seconds")
lines <- c(
  sprintf("Separable critic alone, %d data sets: mean relative error, in brackets its", seeds),
  "standard deviation over data sets. Columns: the task and its truth in nats; seconds for all.",
  "", markdown(table))
writeLines(lines)
dir.create("bench/results", showWarnings = FALSE)
writeLines(lines, "bench/results/defaults.md")
