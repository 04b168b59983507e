# How near is mi_anchor(x, y), as it comes, to known truths? The tasks of mi_tasks() beside a
# Gaussian formula and nearest neighbours (KSG); intervals, lower limits and remarks too.
#
#   Rscript bench/accuracy.R [rows, default 2000] [seeds, default 1] [suites, roles, tasks,
#                             default all]
#
# (0 seeds: only the tables) adds runs to bench/results/accuracy_tasks.csv (those that are there
# aren't done again) and writes bench/results/accuracy_tasks.md. Seeds from 101 on: estimates were
# not developed on them, but seed 101 decided how much the correction counts in standard errors.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
arguments <- commandArgs(trailingOnly = TRUE)
n <- if (length(arguments) > 0) as.numeric(arguments[1]) else 2000
seeds <- 100 + seq_len(if (length(arguments) > 1) as.numeric(arguments[2]) else 1)
tasks <- mi_tasks()
if (length(arguments) > 2) {
  wanted <- arguments[-(1:2)]
  tasks <- tasks[tasks$suite %in% wanted | tasks$role %in% wanted | tasks$task %in% wanted, ]
}
file <- "bench/results/accuracy_tasks.csv"
if (requireNamespace("future.apply", quietly = TRUE)) {
  future::plan(future::multisession, workers = 2)
}

numeric_only <- function(estimator) {
  force(estimator)
  function(x, y) {
    columns <- function(block) {
      if (!is.data.frame(block)) return(block)
      stats::model.matrix(~ ., block)[, -1, drop = FALSE]
    }
    estimator(columns(x), columns(y))
  }
}
if (length(seeds) > 0) {
  mi_benchmark(tasks$task, n = n, seeds = seeds, file = file,
               estimators = list(anchor = mi_anchor,
                                 gaussian = numeric_only(estimator_gaussian(scores = TRUE)),
                                 ksg = numeric_only(estimator_ksg())))
}

runs <- read.csv(file)
class(runs) <- c("mi_benchmark", "data.frame")
all_tasks <- mi_tasks()
runs$suite <- all_tasks$suite[match(runs$task, all_tasks$task)]
role <- all_tasks$role[match(runs$task, all_tasks$task)]
runs$suite <- ifelse(is.na(role), runs$suite, paste0(runs$suite, ", ", role))
overall <- do.call(rbind, lapply(split(runs, runs$suite), function(part) {
  class(part) <- c("mi_benchmark", "data.frame")
  cbind(suite = part$suite[1], summary(part))
}))
# Widths of intervals, those of someone who knows the ratio being 1; none where x and y are
# independent, of which that one is certain.
anchor <- as.data.frame(runs[runs$estimator == "anchor", ])
width <- with(anchor, tapply(ifelse(oracle_error > 0, std_error / oracle_error, NA),
                             paste(suite, n), stats::median, na.rm = TRUE))
# The errors of all three in a line.
called <- c(bmi = "the 40 of Beyond Normal", independence = "independent columns",
            "probes, development" = "our own, for development",
            "probes, report" = "our own, for the report",
            staircase = "Gaussian and cubed, 2 to 10 nats")
of <- function(estimator) overall[overall$estimator == estimator, ]
beside <- function(estimator) {
  other <- of(estimator)
  other$mean_absolute_error[match(paste(of("anchor")$suite, of("anchor")$n),
                                  paste(other$suite, other$n))]
}
glance <- with(of("anchor"), data.frame(
  tasks = called[suite], rows = as.integer(n), runs, mi_anchor = mean_absolute_error,
  "Gaussian formula" = beside("gaussian"), "nearest neighbours" = beside("ksg"),
  "who knows the ratio" = of_oracle,
  "intervals that hold" = sprintf("%.0f %%", 100 * covered),
  "their width" = width[paste(suite, n)],
  "furthest off" = sprintf("%s, by %s", worst, formatC(its_error, digits = 2, format = "fg")),
  check.names = FALSE))
as_table <- function(data, digits = 3) {
  data[] <- lapply(data, function(column) {
    if (is.integer(column)) return(format(column, scientific = FALSE, trim = TRUE))
    if (!is.double(column)) return(as.character(column))
    ifelse(is.finite(column), formatC(column, digits = digits, format = "fg"), "")
  })
  markdown(data)
}
groups <- split(anchor, list(anchor$n, anchor$task), drop = TRUE)
by_task <- do.call(rbind, lapply(groups, function(g) {
  data.frame(n = g$n[1], task = g$task[1], truth = g$mi[1], estimate = mean(g$estimate),
             error = mean(abs(g$estimate - g$mi)), std_error = mean(g$std_error),
             covered = mean(g$conf_low <= g$mi & g$conf_high >= g$mi),
             oracle_error = mean(g$oracle_error), lower = mean(g$lower), runs = nrow(g),
             warned = sum(g$warned), seconds = stats::median(g$seconds))
}))
# Where the nearer of the two others is nearer, by more than 0.02.
errors <- tapply(abs(runs$estimate - runs$mi), list(paste(runs$n, runs$task), runs$estimator), mean)
nearest <- pmin(errors[, "gaussian"], errors[, "ksg"], na.rm = TRUE)
beaten <- which(errors[, "anchor"] > nearest + 0.02)
others <- if (length(beaten) == 0) "Nowhere." else as_table(data.frame(
  n = as.integer(sub(" .*", "", rownames(errors)[beaten])),
  task = sub(".* ", "", rownames(errors)[beaten]), error = errors[beaten, "anchor"],
  of_gaussian = errors[beaten, "gaussian"], of_ksg = errors[beaten, "ksg"]))
off <- abs(anchor$estimate - anchor$mi)
remarked <- function(which) paste(sum(anchor$warned & which), "of", sum(which))
writeLines(c(
  "Estimates of mi_anchor(x, y), as it comes, beside known truths (nats); by bench/accuracy.R.",
  "Mean absolute errors, and 95 % intervals of mi_anchor() that hold the truth, with their median",
  "width, that of who knows the ratio being 1:", "",
  as_table(glance, 2),
  paste0("Of all fits of mi_anchor() that are off by more than 0.1, ", remarked(off > 0.1),
         " carry a remark; of those within 0.03, ", remarked(off < 0.03), "."), "",
  "## By suite", "",
  "`of_oracle`: what someone who knows the ratio errs by on the same rows. `covered`: intervals",
  "that hold the truth; `lower_above`: lower limits that exceed it; `warned_off`, `warned_near`:",
  "remarks of distrust among fits that are off by more than 0.1, and within 0.03.", "",
  as_table(overall),
  "Where the Gaussian formula or nearest neighbours (`ksg`) are nearer by more than 0.02:",
  "", others, "## By task", "", as_table(by_task)),
  "bench/results/accuracy_tasks.md")
cat(as_table(glance, 2), sep = "\n")
