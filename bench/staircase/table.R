# The staircase's tables: from what run.R left in bench/results to staircase.md there.
source("bench/staircase/protocol.R")
source("bench/markdown.R")
known <- read.csv(file)
published <- read.csv("bench/staircase/published.csv") # Lee and Rhee's stored runs, summarised
# Ryu et al. 2025, read off their figure; its Gaussian panel is not cubed in fact.
paper <- list(
  separable = list(anchor = c(2.00, 4.05, 6.01, 8.17, 10.19),
                   infonce = c(1.75, 3.32, 4.48, 5.22, 5.62),
                   nwj = c(1.85, 3.38, 4.50, 5.60, 5.75), js = c(1.27, 3.15, 4.85, NA, NA),
                   chi2_ratio = c(1.40, 2.28, 2.76, 3.04, 3.23)),
  joint = list(anchor = c(1.90, 3.88, 5.78, 7.78, 9.72), infonce = c(1.90, 3.47, 4.63, 5.37, 5.75),
               nwj = c(1.9, 3.88, 5.75, NA, 8.2), js = c(1.42, 3.34, 5.22, 7.13, 9.05),
               chi2_ratio = c(1.81, 3.66, 5.28, 7.09, 8.77)))

wide <- function(rows, what) {
  numbers <- vapply(levels_bits, function(level) {
    at <- rows[[what]][rows$level == level]
    if (length(at) == 0 || is.na(at[1])) "" else formatC(at[1], digits = 2, format = "f")
  }, "")
  stats::setNames(as.list(numbers), paste(levels_bits, "bits"))
}
# What an oracle who knows the ratio gets from a batch: the variance of the log ratio over 64.
oracle <- function(d) {
  rho2 <- 1 - exp(-2 * levels_bits * log(2) / d)
  data.frame(level = levels_bits, mse = d * rho2 * log2_of^2 / batch)
}
default_value <- function(name) ffi$allowed_values(objectives[[name]])[1]

lines <- c(
  "Bits; truth 2 to 10 by columns. Protocol: see bench/staircase/run.R. `value`: what is averaged;",
  "\"paper\": Ryu et al. 2025, read off their figure; \"Lee and Rhee\": their stored runs.",
  "Critics: separable ones have three hidden layers of 256 and joint ones two, unless they are",
  "called separable2 and joint3.", "")

# The anchored log score, by depth and seed.
anchors <- known[known$objective %in% c("anchor", "anchor_nu10") & known$weights == "last" &
                   known$value == "plugin" & known$data != "cubic10", ]
rows <- do.call(rbind, lapply(split(anchors, key(anchors)), function(of) {
  off <- abs(of$mean - of$level)
  data.frame(data = of$data[1], critic = of$critic[1], objective = of$objective[1],
             seed = of$seed[1], wide(of, "mean"),
             `furthest off` = formatC(max(off), digits = 2, format = "f"), check.names = FALSE)
}))
nu1 <- anchors$objective == "anchor"
within <- function(which) {
  paste(sum(abs(anchors$mean - anchors$level)[which] < 0.5), "of", sum(which))
}
lines <- c(lines, "## The anchored log score: means by depth of the critic and by seed", "",
  paste("The mean is within 0.5 bit of the truth in", within(nu1), "cells with nu = 1, in",
        within(!nu1), "with nu = 10."), "",
  markdown(rows[order(rows$data, rows$critic, rows$objective, rows$seed), ]))
known <- known[known$seed == 1, ]
for (data in settings$data) for (critic in c("separable", "joint")) {
  here <- known[known$data == data & known$critic == critic & known$weights == "last", ]
  if (nrow(here) == 0) next
  lines <- c(lines, paste0("## ", data, ", ", critic, " critic: means"), "")
  rows <- do.call(rbind, lapply(unique(here$objective), function(o) {
    of <- here[here$objective == o, ]
    shown <- unique(c(default_value(o), intersect("plugin", of$value)))
    do.call(rbind, lapply(shown, function(v) {
      data.frame(objective = o, value = v, wide(of[of$value == v, ], "mean"), check.names = FALSE)
    }))
  }))
  if (data == "gaussian10") for (o in names(paper[[critic]])) {
    of <- data.frame(level = levels_bits, mean = paper[[critic]][[o]])
    rows <- rbind(rows, data.frame(objective = o, value = "paper", wide(of, "mean"),
                                   check.names = FALSE))
  }
  theirs <- if (data == "gaussian20") {
    published[published$data == "gaussian" & published$critic == critic, ]
  }
  for (e in unique(theirs$estimator)) {
    of <- theirs[theirs$estimator == e, ]
    rows <- rbind(rows, data.frame(objective = e, value = "Lee and Rhee", check.names = FALSE,
      wide(data.frame(level = of$true_mi_bits, mean = of$mean_bits), "mean")))
  }
  lines <- c(lines, markdown(rows), paste0("## ", data, ", ", critic,
    " critic: mean squared errors of a batch's value, least first at 10 bits"), "")

  rows <- here[here$value == vapply(here$objective, default_value, ""), ]
  averaged <- known[known$data == data & known$critic == critic & known$weights == "averaged" &
                      known$value == "plugin" & known$objective == "anchor", ]
  d <- settings$d[settings$data == data]
  table <- rbind(
    data.frame(objective = "oracle", weights = "", wide(oracle(d), "mse"), check.names = FALSE),
    do.call(rbind, lapply(unique(rows$objective), function(o) {
      data.frame(objective = o, weights = "last", wide(rows[rows$objective == o, ], "mse"),
                 check.names = FALSE)
    })))
  if (nrow(averaged)) {
    smooth <- rows[rows$objective == "anchor", ]
    table <- rbind(table,
      data.frame(objective = "anchor", weights = "averaged", wide(averaged, "mse"),
                 check.names = FALSE),
      data.frame(objective = "anchor, values smoothed", weights = "last",
                 wide(smooth, "mse_smooth"), check.names = FALSE),
      data.frame(objective = "anchor, values smoothed", weights = "averaged",
                 wide(averaged, "mse_smooth"), check.names = FALSE),
      data.frame(objective = "anchor, variance alone", weights = "last", wide(smooth, "var"),
                 check.names = FALSE))
  }
  for (e in unique(theirs$estimator)) {
    of <- theirs[theirs$estimator == e, ]
    table <- rbind(table, data.frame(objective = paste(e, "(Lee and Rhee)"), weights = "last",
      check.names = FALSE, wide(data.frame(level = of$true_mi_bits, mse = of$mse), "mse")))
  }
  at10 <- suppressWarnings(as.numeric(table[["10 bits"]]))
  lines <- c(lines, markdown(table[order(at10, na.last = TRUE), ]))
}
writeLines(lines, "bench/results/staircase.md")
writeLines(lines)
