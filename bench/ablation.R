# What does each part of the default bring? critic_auto() with one part left out, networks alone,
# closed forms alone, and the plain recipe of the literature, on tasks of mi_tasks() for
# development; and what is added to the held-out mean.
#
#   Rscript bench/ablation.R [rows, default 2000] [seeds, default 1]
#
# adds runs to bench/results/ablation.csv and writes bench/results/ablation.md.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
arguments <- as.numeric(commandArgs(trailingOnly = TRUE))
n <- if (length(arguments) > 0) arguments[1] else 2000
seeds <- seq_len(if (length(arguments) > 1) arguments[2] else 1)
file <- "bench/results/ablation.csv"
if (requireNamespace("future.apply", quietly = TRUE)) {
  future::plan(future::multisession, workers = 2)
}
tasks <- c("multinormal-dense-25-25-0.5", "student-identity-5-5-2",
           "spiral-multinormal-sparse-5-5-2-2.0", "part-5v5", "needle-10v1", "sign-2v1",
           "extremes-2")
networks <- eval(formals(critic_auto)$networks)
closed_forms <- eval(formals(critic_auto)$closed_forms)
with_critic <- function(...) {
  critic <- critic_auto(...)
  function(x, y) mi_anchor(x, y, critic = critic)
}
without_form <- lapply(setNames(closed_forms, paste("without", closed_forms)), function(name) {
  with_critic(closed_forms = setdiff(closed_forms, name))
})
without_network <- lapply(setNames(networks, paste("without", networks)), function(name) {
  with_critic(networks = setdiff(networks, name))
})
estimators <- c(list(
  default = function(x, y) mi_anchor(x, y),
  "not debiased" = function(x, y) mi_anchor(x, y, value = "plugin")),
  without_form, without_network, list(
  "closed forms alone" = with_critic(networks = character()),
  "paper's recipe, stopped early" = function(x, y) mi_anchor(x, y, preset = "paper")))
runs <- mi_benchmark(tasks, estimators, n = n, seeds = seeds, file = file)

errors <- tapply(runs$estimate - runs$mi, list(runs$estimator, runs$task), mean)
order <- names(estimators)
rows <- data.frame(estimator = order,
                   mean_absolute_error = rowMeans(abs(errors[order, ])),
                   errors[order, tasks],
                   seconds = tapply(runs$seconds, runs$estimator, median)[order],
                   check.names = FALSE)
rows[-1] <- lapply(rows[-1], function(column) formatC(column, digits = 2, format = "f"))
writeLines(c(
  paste0("Mean errors (estimate less truth, nats) of the default and of what is left of it ",
         "without a part, n = ", n, ", ", length(seeds), " seed(s); by bench/ablation.R."), "",
  markdown(rows)), "bench/results/ablation.md")
cat(readLines("bench/results/ablation.md"), sep = "\n")
