# What mi_anchor(x, y) costs: seconds, and memory beyond the data, for n = 500 ... 1e6 rows of 20 +
# 20 columns and for d = 1 ... 1,000 columns a side, Gaussian pairs of 2 nats (one dependent column
# in ten, at least one), and of a sine, from which networks learn for long. Every fit runs in a
# process of its own, whose largest size is taken from it (Linux). Prints a table, and writes it
# to bench/results/cost.md.
#   Rscript bench/speed/cost.R [largest n]
arguments <- commandArgs(trailingOnly = TRUE)
library_here <- normalizePath("build/library", mustWork = FALSE)

# Runs in the process: prints seconds, megabytes of the data, and those that the fit added to
# the process's largest size.
one <- function(n, d, data) {
  peak <- function() {
    status <- readLines("/proc/self/status")
    as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) / 1024
  }
  set.seed(1)
  x <- matrix(rnorm(n * d), n)
  y <- matrix(rnorm(n * d), n)
  if (data == "sine") {
    y[, 1] <- sin(3 * x[, 1]) + 0.2 * y[, 1]
  } else {
    dependent <- max(1, d %/% 10)
    rho <- sqrt(1 - exp(-4 / dependent))
    for (j in seq_len(dependent)) y[, j] <- rho * x[, j] + sqrt(1 - rho^2) * y[, j]
  }
  invisible(gc(full = TRUE))
  writeLines("5", "/proc/self/clear_refs") # the largest size from here on
  before <- peak()
  seconds <- system.time(fit <- anchormi::mi_anchor(x, y))[[3]]
  cat(sprintf("result,%s,%d,%d,%.2f,%.0f,%.0f,%.4f,%.4f\n", data, n, d, seconds,
              2 * 8 * n * d / 2^20, peak() - before, fit$estimate, fit$std_error))
}
.libPaths(c(library_here, .libPaths()))
if (identical(arguments[1], "one")) {
  one(as.integer(arguments[2]), as.integer(arguments[3]), arguments[4])
  quit()
}

source("bench/markdown.R")
source("bench/speed/machine.R")
largest <- if (length(arguments) > 0) as.numeric(arguments[1]) else 1e6
jobs <- rbind(data.frame(n = c(500, 2000, 1e4, 1e5, 1e6), d = 20, data = "Gaussian"),
              data.frame(n = 1e4, d = c(1, 10, 100, 1000), data = "Gaussian"),
              data.frame(n = c(500, 2000, 1e4), d = 3, data = "sine"))
jobs <- jobs[jobs$n <= largest, ]
runs <- do.call(rbind, lapply(seq_len(nrow(jobs)), function(i) {
  out <- system2("Rscript", c("bench/speed/cost.R", "one", sprintf("%.0f", jobs$n[i]), jobs$d[i],
                              jobs$data[i]), stdout = TRUE)
  line <- grep("^result,", out, value = TRUE)
  cat(line, "\n")
  utils::read.csv(text = line, header = FALSE)[-1]
}))
names(runs) <- c("dependence", "rows", "columns a side", "seconds", "data, MB", "beyond it, MB",
                 "estimate", "standard error")
runs$seconds <- sprintf("%.1f", runs$seconds)
runs[["microseconds a row"]] <- signif(1e6 * as.numeric(runs$seconds) / runs$rows, 2)
lines <- c(paste0(Sys.Date(), ", `Rscript bench/speed/cost.R`: `mi_anchor(x, y)`, ",
                  "Gaussian pairs of 2 nats, or y1 = sin(3 x1) + noise; ",
                  anchormi::mi_control()$threads, " threads."),
           paste0("Processor: ", processor(), ", instruction set ",
                  anchormi::mi_system_info()$isa, "."), "",
           markdown(runs))
writeLines(lines)
writeLines(lines, "bench/results/cost.md")
