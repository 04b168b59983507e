# The truths of mi_tasks() beside the mean of the true pointwise values over many draws, and
# its standard error. Truths without a closed form were taken from such a run.
#
#   Rscript bench/tasks.R [draws in thousands, default 1000] [pattern of task ids]
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
arguments <- commandArgs(trailingOnly = TRUE)
draws <- 1000 * if (length(arguments) > 0) as.numeric(arguments[1]) else 1000
tasks <- mi_tasks()
if (length(arguments) > 1) tasks <- tasks[grepl(arguments[2], tasks$task), ]

mean_pmi <- function(task) {
  set.seed(1)
  # rows with hundreds of columns are drawn for two of them: fewer will do
  columns <- sum(tasks[tasks$task == task, c("dim_x", "dim_y")])
  chunk <- min(20000, ceiling(2e6 / columns))
  count <- max(2, if (columns > 100) 20 else ceiling(draws / chunk))
  moments <- rowSums(vapply(seq_len(count), function(i) {
    pmi <- mi_sample(task, chunk)$pmi
    c(sum(pmi), sum(pmi^2))
  }, c(0, 0))) / (count * chunk)
  c(mean = moments[1], error = sqrt(max(moments[2] - moments[1]^2, 0) / (count * chunk)))
}
cores <- if (.Platform$OS.type == "unix") getOption("mc.cores", 2) else 1
found <- do.call(rbind, parallel::mclapply(tasks$task, mean_pmi, mc.cores = cores,
                                           mc.preschedule = FALSE))
out <- c("Truths of mi_tasks(), nats, beside the mean of the true pointwise values and its",
         "standard error; by bench/tasks.R.", "",
         "| task | suite | truth | mean of draws | standard error |", "|---|---|---|---|---|",
         sprintf("| %s | %s | %.5f | %.5f | %.5f |", tasks$task, tasks$suite, tasks$mi,
                 found[, 1], found[, 2]))
writeLines(out)
if (length(arguments) < 2) writeLines(out, "bench/results/tasks.md")
