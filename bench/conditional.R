# Conditional mutual information beside known truths: by residuals, as mi_anchor(x, y, z) does by
# default, and by the difference of two estimates.
#
#   Rscript bench/conditional.R [rows, default 2000] [seeds, default 3] [tasks, default all]
#
# adds runs to bench/results/conditional.csv (those that are there aren't done again) and writes the
# table beside it.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
arguments <- commandArgs(trailingOnly = TRUE)
n <- if (length(arguments) > 0) as.numeric(arguments[1]) else 2000
seeds <- 300 + seq_len(if (length(arguments) > 1) as.numeric(arguments[2]) else 3)
file <- "bench/results/conditional.csv"

normals <- function(n, d) matrix(rnorm(n * d), n)
of_correlation <- function(rho) -log(1 - rho^2) / 2
# Two noises of correlation rho, which may differ by row.
noise <- function(n, rho) {
  a <- rnorm(n)
  list(x = a, y = rho * a + sqrt(1 - rho^2) * rnorm(n))
}
task <- function(truth, sample) list(truth = truth, sample = sample)
tasks <- list(
  gaussian_1 = task(of_correlation(0.7), function(n) {
    z <- normals(n, 1)
    e <- noise(n, 0.7)
    list(x = z + e$x, y = z + e$y, z = z)
  }),
  gaussian_5 = task(2 * of_correlation(0.7), function(n) {
    z <- normals(n, 5)
    mixed <- z %*% matrix(c(1, 1, 0, 0, 0, 0, 0, 1, 1, 1), 5)
    a <- noise(n, 0.7)
    b <- noise(n, 0.7)
    list(x = mixed + cbind(a$x, b$x), y = mixed + cbind(a$y, b$y), z = z)
  }),
  gaussian_20 = task(of_correlation(0.7), function(n) {
    z <- normals(n, 20)
    e <- noise(n, 0.7)
    list(x = rowSums(z) / 3 + e$x, y = rowSums(z[, 1:10]) / 2 + e$y, z = z)
  }),
  post_nonlinear = task(of_correlation(0.7), function(n) {
    z <- normals(n, 1)
    e <- noise(n, 0.7)
    list(x = (z + e$x)^3, y = exp(z + e$y), z = sinh(z))
  }),
  curved = task(of_correlation(0.7), function(n) {
    z <- normals(n, 1)
    e <- noise(n, 0.7)
    list(x = z^2 + e$x, y = 2 * sin(2 * z) + e$y, z = z)
  }),
  product = task(of_correlation(0.7), function(n) {
    z <- normals(n, 2)
    e <- noise(n, 0.7)
    list(x = z[, 1] * z[, 2] + e$x, y = z[, 1] * z[, 2] + z[, 1] + e$y, z = z)
  }),
  scale = task(of_correlation(0.7), function(n) {
    z <- normals(n, 1)
    e <- noise(n, 0.7)
    list(x = exp(z / 2) * e$x, y = z + exp(-z / 2) * e$y, z = z)
  }),
  groups = task(mean(of_correlation(c(0.9, 0, -0.8))), function(n) {
    z <- factor(sample(3, n, TRUE))
    e <- noise(n, c(0.9, 0, -0.8)[z])
    list(x = 2 * as.integer(z) + e$x, y = e$y - 2 * as.integer(z), z = z)
  }),
  moderated = task(integrate(function(z) of_correlation(0.9 * sin(z)) * dnorm(z), -8, 8)$value,
                   function(n) {
    z <- normals(n, 1)
    e <- noise(n, 0.9 * sin(z))
    list(x = e$x + z, y = e$y - z, z = z)
  }),
  xor = task(log(2), function(n) {
    x <- normals(n, 1)
    z <- normals(n, 1)
    list(x = x, y = sign(x * z) * abs(rnorm(n)), z = z)
  }),
  independent_z = task(of_correlation(0.7), function(n) {
    e <- noise(n, 0.7)
    list(x = e$x, y = e$y, z = normals(n, 3))
  }),
  label = task(NA, function(n) {
    z <- rnorm(n)
    x <- rnorm(n)
    p <- plogis(2 * x + 2 * z)
    list(x = x, y = factor(rbinom(n, 1, p)), z = z)
  }),
  null_chain = task(0, function(n) {
    z <- normals(n, 1)
    list(x = z + rnorm(n), y = z + rnorm(n), z = z)
  }),
  null_curved = task(0, function(n) {
    z <- normals(n, 1)
    list(x = z^2 + rnorm(n) / 2, y = cos(2 * z) + rnorm(n) / 2, z = z)
  }),
  null_scale = task(0, function(n) {
    z <- normals(n, 1)
    list(x = exp(z) * rnorm(n), y = exp(z) * rnorm(n), z = z)
  }),
  null_groups = task(0, function(n) {
    z <- factor(sample(4, n, TRUE))
    list(x = as.integer(z) + rnorm(n), y = as.integer(z)^2 / 4 + rnorm(n), z = z)
  }),
  null_10 = task(0, function(n) {
    z <- normals(n, 10)
    list(x = z[, 1:3] + normals(n, 3), y = z[, 1:3] + normals(n, 3), z = z)
  }))
# y's entropy given z, less that given x too.
tasks$label$truth <- local({
  h <- function(p) -p * log(p) - (1 - p) * log(1 - p)
  at <- seq(-6, 6, by = 0.05)
  weight <- dnorm(at) / sum(dnorm(at))
  p <- plogis(outer(2 * at, 2 * at, "+")) # x by z
  given_z <- colSums(weight * p)
  sum(weight * h(given_z)) - sum(outer(weight, weight) * h(p))
})

wanted <- if (length(arguments) > 2) arguments[-(1:2)] else names(tasks)
done <- if (file.exists(file)) read.csv(file) else NULL
for (seed in seeds) for (name in wanted) for (by in c("residuals", "difference")) {
  if (any(done$task == name & done$n == n & done$seed == seed & done$by == by)) next
  set.seed(seed)
  data <- tasks[[name]]$sample(n)
  seconds <- system.time(fit <- mi_anchor(data$x, data$y, data$z, conditioning = by))[["elapsed"]]
  done <- rbind(done, data.frame(
    task = name, n = n, seed = seed, by = by, truth = tasks[[name]]$truth,
    estimate = fit$estimate, std_error = fit$std_error, low = fit$conf_int[1],
    high = fit$conf_int[2], warned = length(fit$distrust) > 0, seconds = seconds))
  write.csv(done, file, row.names = FALSE)
  message(name, " ", by, " ", seed, ": ", signif(fit$estimate, 3), " for ",
          signif(tasks[[name]]$truth, 3), " in ", round(seconds), " s")
}

number <- function(x) formatC(x, digits = 3, format = "f")
table_of <- function(groups) do.call(rbind, lapply(groups, function(g) {
  data.frame(task = g$task[1], rows = g$n[1], by = g$by[1], runs = nrow(g),
             truth = number(mean(g$truth)), estimate = number(mean(g$estimate)),
             mean_absolute_error = number(mean(abs(g$estimate - g$truth))),
             std_error = number(mean(g$std_error, na.rm = TRUE)),
             covered = number(mean(is.na(g$low) | (g$low <= g$truth & g$truth <= g$high))),
             seconds = round(stats::median(g$seconds)))
}))
in_order <- factor(done$task, names(tasks))
by_task <- table_of(split(done, list(done$by, in_order, done$n), drop = TRUE))
overall <- table_of(split(transform(done, task = "all"), list(done$by, done$n), drop = TRUE))
writeLines(c(
  "Estimates of I(X; Y | Z) beside known truths (nats), by bench/conditional.R: by residuals,",
  "which is the default, and by difference.", "", markdown(rbind(overall, by_task))),
  "bench/results/conditional.md")
cat(markdown(overall), sep = "\n")
