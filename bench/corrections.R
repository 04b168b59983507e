# What does each part of the correction bring (fit$corrections)? The default call on the 40 tasks
# and on those of our own for development: errors and coverage as it comes, without each part, and
# with twice as much of what is halved.
#
#   Rscript bench/corrections.R [rows, default 2000] [seeds, default 1]
#
# (0 seeds: only the tables) adds runs to bench/results/corrections.csv (those that are there aren't
# done again) and writes bench/results/corrections.md. Seeds from 401 on, on which the parts were
# decided.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
arguments <- as.numeric(commandArgs(trailingOnly = TRUE))
n <- if (length(arguments) > 0) arguments[1] else 2000
seeds <- 400 + seq_len(if (length(arguments) > 1) arguments[2] else 1)
file <- "bench/results/corrections.csv"
tasks <- mi_tasks()
tasks <- tasks[tasks$suite == "bmi" | tasks$role %in% "development", ]

run <- function(j) {
  set.seed(jobs$seed[j])
  drawn <- mi_sample(jobs$task[j], jobs$n[j])
  fit <- mi_anchor(drawn$x, drawn$y)
  data.frame(jobs[j, ], truth = tasks$mi[match(jobs$task[j], tasks$task)],
             estimate = fit$estimate, std_error = fit$std_error, df = fit$df, fit$corrections)
}
done <- if (file.exists(file)) read.csv(file)
jobs <- expand.grid(task = tasks$task, n = n, seed = seeds, stringsAsFactors = FALSE)
id <- function(runs) paste(runs$task, runs$n, runs$seed)
jobs <- jobs[!id(jobs) %in% id(done), ]
future::plan(future::multisession, workers = 2)
new <- do.call(rbind, future.apply::future_lapply(
  seq_len(nrow(jobs)), run, future.seed = TRUE, future.packages = "anchormi",
  future.scheduling = Inf))
runs <- rbind(done, new)
write.csv(runs, file, row.names = FALSE)

# One row a fit, with what is added to it and what that errs by where a part counts `times` as much
# as it does.
with_part <- function(fits, part, times) {
  changed <- fits$of == part
  moved <- tapply(ifelse(changed, (times - 1) * fits$added, 0), id(fits), sum)
  less <- tapply(ifelse(changed & times == 0, fits$error^2, 0), id(fits), sum)
  one <- fits[!duplicated(id(fits)), ]
  one$estimate <- one$estimate + moved[id(one)]
  one$std_error <- sqrt(pmax(one$std_error^2 - less[id(one)], 0))
  one
}
described <- function(what, one) {
  off <- one$estimate - one$truth
  held <- abs(off) <= qt(0.975, one$df) * one$std_error
  number <- function(v) formatC(v, digits = 4, format = "f")
  data.frame(estimate = what, error = number(mean(abs(off))), bias = number(mean(off)),
             most = number(max(abs(off))), covered = sprintf("%.1f %%", 100 * mean(held)),
             std_error = number(mean(one$std_error)))
}
parts <- c("directions", "weak correlations", "optimism", "learning curve", "limits")
# Older runs don't have all of them.
parts_of <- function(fits) intersect(parts, fits$of)
table_of <- function(fits) {
  rbind(described("as it comes", with_part(fits, parts[1], 1)),
        do.call(rbind, lapply(parts_of(fits), function(part) {
          described(paste("without", part), with_part(fits, part, 0))
        })),
        do.call(rbind, lapply(c("optimism", "learning curve"), function(part) {
          described(paste("twice as much for", part), with_part(fits, part, 2))
        })))
}
lines <- unlist(lapply(split(runs, runs$n), function(fits) {
  affected <- vapply(parts_of(fits), function(p) sum(fits$added[fits$of == p] != 0), 1)
  once <- fits$task[!duplicated(id(fits))]
  of_forty <- sum(once %in% tasks$task[tasks$suite == "bmi"])
  c(sprintf("%d rows, %d fits of the 40 tasks and %d of our own (%s)", fits$n[1], of_forty,
            length(once) - of_forty, paste0(names(affected), " in ", affected, collapse = ", ")),
    "", markdown(table_of(fits)))
}))
writeLines(c(
  "What each part of the correction brings, nats: mean error (absolute), bias, largest error, 95 %",
  "intervals that hold the truth, and mean standard error of the default call on the 40 tasks and",
  "on those of our own for development; by bench/corrections.R. The error of a part goes with it",
  "where it is left out. Of what is halved, twice as much is all of it.", "", lines),
  "bench/results/corrections.md")
cat(readLines("bench/results/corrections.md"), sep = "\n")
