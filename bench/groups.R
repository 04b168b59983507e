# Rows that belong together: with `groups` and without, what do estimates and intervals say? Each
# group has a share of its own in x and in y (`icc` of their variance); rows are Gaussian pairs of a
# known mutual information, of all groups alike, so the truth is that of any row.
#
#   Rscript bench/groups.R [data sets, default 20]
#
# writes bench/results/groups.md, in an hour on two cores.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
arguments <- commandArgs(trailingOnly = TRUE)
sets <- if (length(arguments) > 0) as.numeric(arguments[1]) else 20
future::plan(future::multisession, workers = 2)

sizes <- list(`100 of 1 to 9` = rep(1:9, length.out = 100), `40 of 25` = rep(25, 40))
settings <- expand.grid(sizes = names(sizes), rho = c(0, 0.5), icc = c(0, 0.3, 0.8),
                        stringsAsFactors = FALSE)

draw <- function(size, rho, icc) {
  group <- rep(seq_along(size), size)
  part <- function() sqrt(icc) * rnorm(length(size))[group] + sqrt(1 - icc) * rnorm(length(group))
  x <- part()
  list(x = x, y = rho * x + sqrt(1 - rho^2) * part(), group = group)
}

# Estimate, ends of the interval and lower limit.
answers <- function(data, seed, ...) {
  set.seed(seed)
  fit <- suppressMessages(mi_anchor(data$x, data$y, ...))
  c(coef(fit), confint(fit), fit$lower)
}

one_set <- function(setting, seed) {
  set.seed(seed)
  data <- draw(sizes[[setting$sizes]], setting$rho, setting$icc)
  rbind(answers(data, seed, groups = data$group), answers(data, seed))
}

shown <- function(v) formatC(v, format = "f", digits = 2)
of_setting <- function(i) {
  setting <- settings[i, ]
  truth <- abs(log(1 - setting$rho^2)) / 2
  found <- simplify2array(lapply(seq_len(sets), function(set) one_set(setting, 1000 * i + set)))
  ways <- lapply(c(with = 1, without = 2), function(way) {
    v <- matrix(found[way, , ], ncol = sets)
    covers <- v[2, ] <= truth & truth <= v[3, ]
    c(mean = shown(mean(v[1, ])),
      `rms error` = formatC(sqrt(mean((v[1, ] - truth)^2)), format = "f", digits = 3),
      covers = shown(mean(!is.na(covers) & covers)),
      `limit above` = if (way == 2) shown(mean(v[4, ] > truth)))
  })
  data.frame(groups = setting$sizes, icc = setting$icc, truth = shown(truth),
             as.list(unlist(ways)), check.names = FALSE)
}

table <- do.call(rbind, future.apply::future_lapply(
  seq_len(nrow(settings)), of_setting, future.seed = TRUE, future.packages = "anchormi"))
writeLines(c(
  sprintf("Of %d data sets each, by bench/groups.R: x and y of groups of rows with", sets),
  "intraclass correlation `icc`, one column each. `with` the argument `groups` and `without` it:",
  "mean and root mean square error of the estimate (nats), share of 95 % intervals that cover the",
  "truth, and of lower limits above it (with groups no limit is given).", "",
  markdown(table)), "bench/results/groups.md")
