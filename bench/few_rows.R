# Few rows, weak dependence: what the default call says beside the truth, beside what someone says
# who knows the ratio (the mean of the true pointwise values), and how often its interval holds.
#
#   Rscript bench/few_rows.R [seeds, default 20]
#
# writes bench/results/few_rows.md. Seeds from 501 on, which nothing was developed on.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
arguments <- commandArgs(trailingOnly = TRUE)
seeds <- 500 + seq_len(if (length(arguments) > 0) as.numeric(arguments[1]) else 20)

# y is normal given x, with a mean and a standard deviation that are functions of x; y's own
# density by quadrature over x, its entropy by another over y.
given_x <- function(location, scale) {
  at <- seq(-8, 8, by = 0.01)
  weight <- dnorm(at) / sum(dnorm(at))
  own <- function(y) vapply(y, function(y) sum(weight * dnorm(y, location(at), scale(at))), 1)
  grid <- sinh(seq(-8, 8, by = 0.01)) # fine about 0, and far out
  p <- own(grid)
  steps <- diff(grid)
  surprise <- ifelse(p > 0, -p * log(p), 0)
  entropy <- sum(steps * (surprise[-1] + surprise[-length(p)]) / 2)
  list(mi = entropy - (1 + log(2 * pi)) / 2 - sum(weight * log(scale(at))), draw = function(n) {
    x <- rnorm(n)
    y <- location(x) + scale(x) * rnorm(n)
    list(x = x, y = y, pmi = dnorm(y, location(x), scale(x), log = TRUE) - log(own(y)))
  })
}
# d + d columns, of which the first `of` pairs correlate.
correlated <- function(d, of, rho) {
  list(mi = of * log(1 / (1 - rho^2)) / 2, draw = function(n) {
    x <- matrix(rnorm(n * d), n)
    y <- matrix(rnorm(n * d), n)
    first <- seq_len(of)
    y[, first] <- rho * x[, first] + sqrt(1 - rho^2) * y[, first]
    pmi <- dnorm(y[, first], rho * x[, first], sqrt(1 - rho^2), log = TRUE) -
      dnorm(y[, first], log = TRUE)
    list(x = x, y = y, pmi = rowSums(matrix(pmi, n)))
  })
}
tasks <- list("one pair, correlation 0.3" = correlated(1, 1, 0.3),
              "2 of 2 pairs, correlation 0.3" = correlated(2, 2, 0.3),
              "2 of 5 pairs, correlation 0.4" = correlated(5, 2, 0.4),
              "parabola" = given_x(function(x) 0.4 * x^2, function(x) 1 + 0 * x),
              "scale" = given_x(function(x) 0 * x, function(x) exp(x / 2)),
              "independence, 2 + 2 columns" = correlated(2, 1, 0),
              "independence, 10 + 10 columns" = correlated(10, 1, 0))

jobs <- expand.grid(task = names(tasks), n = c(100, 200, 500), seed = seeds,
                    stringsAsFactors = FALSE)
run <- function(j) {
  job <- jobs[j, ]
  set.seed(job$seed)
  data <- tasks[[job$task]]$draw(job$n)
  seconds <- system.time(fit <- mi_anchor(data$x, data$y))[["elapsed"]]
  data.frame(job, truth = tasks[[job$task]]$mi, oracle = mean(data$pmi), estimate = fit$estimate,
             std_error = fit$std_error, low = fit$conf_int[1], high = fit$conf_int[2],
             lower = fit$lower, seconds = seconds)
}
future::plan(future::multisession, workers = 2)
runs <- do.call(rbind, future.apply::future_lapply(
  seq_len(nrow(jobs)), run, future.seed = TRUE, future.packages = "anchormi"))

number <- function(x) formatC(x, digits = 3, format = "f")
lines <- markdown(do.call(rbind, lapply(split(runs, list(runs$n, factor(runs$task, names(tasks)))),
                                        function(g) {
  data.frame(task = g$task[1], rows = g$n[1], truth = number(g$truth[1]),
             oracle = number(mean(g$oracle)), estimate = number(mean(g$estimate)),
             sd = number(sd(g$estimate)), error = number(mean(abs(g$estimate - g$truth))),
             oracle_error = number(mean(abs(g$oracle - g$truth))),
             std_error = number(mean(g$std_error)),
             covered = number(mean(g$low <= g$truth & g$truth <= g$high)),
             lower = number(mean(g$lower)), above = sum(g$lower > g$truth),
             seconds = number(median(g$seconds)))
})))
lines <- c(sprintf(
  "Weak dependence in few rows, %d data sets each (bench/few_rows.R, %s): truth, and the means of",
  length(seeds), Sys.Date()),
  "what an oracle says who knows the ratio and of the default call's estimate, their mean absolute",
  "errors, how often the 95 % interval holds the truth, the mean lower limit and how often it is",
  "above the truth. Nats.", "", lines)
writeLines(lines, "bench/results/few_rows.md")
writeLines(lines)
