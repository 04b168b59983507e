# Does mi_test() keep its level, and how often does it find dependence, beside distance covariance
# (energy), HSIC (dHSIC) and permuted nearest-neighbour mutual information (FNN)?
#
#   Rscript bench/independence.R [data sets a power cell, default 300] [a quick level cell, default
#                                 2000] [a slow level cell, default 300]
#
# (a fifth as many of 1,000 rows; 0: only the tables) adds cells to bench/results/independence.csv
# (those that are there aren't done again) and writes independence.md beside it. Each data set has
# its own seed; all tests see the same ones. The level of an exact test doesn't depend on the number
# of permutations, so that 199 do for it here.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
arguments <- as.numeric(commandArgs(trailingOnly = TRUE))
count <- function(i, default) if (length(arguments) >= i) arguments[i] else default
sets <- c(power = count(1, 300), quick = count(2, 2000), slow = count(3, 300))
file <- "bench/results/independence.csv"
permutations <- 199
one_thread <- mi_control(threads = 1)

# ---- data ---------------------------------------------------------------------------------

normal <- function(n, d) matrix(rnorm(n * d), n)
# Two blocks that share a scale but do not correlate.
student <- function(n, d, df) {
  scale <- sqrt(df / rchisq(n, df))
  list(x = scale * normal(n, d), y = scale * normal(n, d))
}

nulls <- list(
  "normal 1+1" = function(n) list(x = rnorm(n), y = rnorm(n)),
  "normal 10+10" = function(n) list(x = normal(n, 10), y = normal(n, 10)),
  "normal 50+50" = function(n) list(x = normal(n, 50), y = normal(n, 50)),
  "counts 1+1" = function(n) list(x = rpois(n, 0.7), y = rpois(n, 0.7)),
  "Cauchy 2+2" = function(n) list(x = matrix(rcauchy(2 * n), n), y = matrix(rcauchy(2 * n), n)))

alternatives <- list(
  linear = function(n) {
    x <- rnorm(n)
    list(x = x, y = 0.25 * x + rnorm(n))
  },
  sine = function(n) {
    x <- runif(n, -1, 1)
    list(x = x, y = sin(4 * pi * x) + 1.3 * rnorm(n))
  },
  circle = function(n) {
    angle <- runif(n, 0, 2 * pi)
    list(x = cos(angle) + 0.45 * rnorm(n), y = sin(angle) + 0.45 * rnorm(n))
  },
  checkerboard = function(n) {
    i <- sample(0:3, n, TRUE)
    j <- 2 * sample(0:1, n, TRUE) + i %% 2
    list(x = i + runif(n) + 0.35 * rnorm(n), y = j + runif(n) + 0.35 * rnorm(n))
  },
  spiral = function(n) {
    radius <- sqrt(runif(n))
    angle <- 4 * pi * radius
    list(x = radius * cos(angle) + 0.17 * rnorm(n), y = radius * sin(angle) + 0.17 * rnorm(n))
  },
  "multiplicative noise" = function(n) {
    x <- rnorm(n)
    list(x = x, y = (abs(x) + 1.3) * rnorm(n))
  },
  "common scale 1+1" = function(n) student(n, 1, 4),
  "common scale 3+3" = function(n) student(n, 3, 7),
  "2 of 50 columns" = function(n) {
    x <- normal(n, 50)
    y <- normal(n, 50)
    y[, 1:2] <- 0.35 * x[, 1:2] + y[, 1:2]
    list(x = x, y = y)
  },
  "all of 10 columns" = function(n) {
    x <- normal(n, 10)
    list(x = x, y = 0.16 * x + normal(n, 10))
  },
  "sign of a product" = function(n) {
    x <- normal(n, 2)
    list(x = x, y = 0.6 * sign(x[, 1] * x[, 2]) + rnorm(n))
  },
  "sign of a product of 3" = function(n) {
    x <- normal(n, 3)
    list(x = x, y = 2 * sign(x[, 1] * x[, 2] * x[, 3]) + rnorm(n))
  },
  "fine spiral" = function(n) {
    radius <- sqrt(runif(n))
    angle <- 8 * pi * radius
    list(x = radius * cos(angle) + 0.03 * rnorm(n), y = radius * sin(angle) + 0.03 * rnorm(n))
  })

# Given z: `rho` is the correlation of what z doesn't say. No test keeps its level whatever z does;
# the last of these are what regressions on few functions of z can't take away.
linked <- function(n, rho) {
  x <- rnorm(n)
  list(x = x, y = rho * x + sqrt(1 - rho^2) * rnorm(n))
}
given <- function(rho) list(
  "chain" = function(n) {
    z <- rnorm(n)
    e <- linked(n, rho)
    list(x = z + e$x, y = z + e$y, z = z)
  },
  "curved" = function(n) {
    z <- rnorm(n)
    e <- linked(n, rho)
    list(x = z^2 + e$x, y = 2 * sin(z) + z^2 + e$y, z = z)
  },
  "scales" = function(n) {
    z <- rnorm(n)
    e <- linked(n, rho)
    list(x = exp(z) * e$x, y = z + exp(z / 2) * e$y, z = z)
  },
  "5 columns" = function(n) {
    z <- normal(n, 5)
    e <- linked(n, rho)
    list(x = rowSums(z) / 2 + e$x, y = z[, 1] * z[, 2] + z[, 3] + e$y, z = z)
  },
  "20 columns" = function(n) {
    z <- normal(n, 20)
    e <- linked(n, rho)
    list(x = rowSums(z) / 4 + e$x, y = rowSums(z[, 1:10]) / 3 + e$y, z = z)
  },
  "groups" = function(n) {
    z <- sample(4, n, TRUE)
    e <- linked(n, rho)
    list(x = z + e$x, y = z^2 + (2.5 - z) * e$y, z = factor(z))
  },
  "wiggly" = function(n) {
    z <- runif(n)
    e <- linked(n, rho)
    list(x = 2 * sin(20 * z) + e$x, y = 2 * sin(20 * z) + e$y, z = z)
  },
  "product of 3" = function(n) {
    z <- normal(n, 3)
    e <- linked(n, rho)
    p <- sign(z[, 1] * z[, 2] * z[, 3])
    list(x = p + e$x, y = p + e$y, z = z)
  })

# ---- tests --------------------------------------------------------------------------------

p_of <- function(...) function(x, y) mi_test(x, y, control = one_thread, ...)$p.value
ours <- list("mi_test" = p_of(permutations = permutations),
             "score test" = p_of(critic = NULL, permutations = permutations),
             "sequential" = p_of(type = "sequential"))
others <- list(
  energy = function(x, y) energy::dcov.test(x, y, R = permutations)$p.value,
  dHSIC = function(x, y) {
    dHSIC::dhsic.test(as.matrix(x), as.matrix(y), method = "permutation", B = permutations)$p.value
  },
  FNN = function(x, y) {
    y <- as.matrix(y)
    value <- function(rows) FNN::mutinfo(as.matrix(x), y[rows, , drop = FALSE], k = 5)
    observed <- value(seq_len(nrow(y)))
    (1 + sum(replicate(permutations, value(sample(nrow(y)))) >= observed)) / (1 + permutations)
  })
for (package in names(others)) {
  if (!requireNamespace(package, quietly = TRUE)) {
    message("The package ", package, " is not installed: left out.")
    others[[package]] <- NULL
  }
}

# ---- runs ---------------------------------------------------------------------------------

# One row a cell; written as it goes.
run <- function(kind, draw, name, n, tests, sets) {
  for (test in names(tests)) {
    key <- paste(kind, name, n, test)
    done <- if (file.exists(file)) read.csv(file)
    if (sets == 0 || key %in% paste(done$kind, done$data, done$n, done$test)) next
    began <- proc.time()[["elapsed"]]
    results <- lapply(seq_len(sets), function(i) {
      set.seed(5000 + i)
      d <- draw(n)
      tryCatch(suppressMessages(do.call(tests[[test]], d)), error = function(e) NA_real_)
    })
    p <- unlist(results)
    flagged <- vapply(results, function(p) isTRUE(attr(p, "z_left")), NA)
    row <- data.frame(kind = kind, data = name, n = n, test = test, sets = sets,
                      failed = sum(is.na(p)), rejected = sum(p <= 0.05, na.rm = TRUE),
                      flagged = sum(flagged),
                      seconds = round((proc.time()[["elapsed"]] - began) / sets, 3))
    write.csv(rbind(done, row), file, row.names = FALSE)
    message(key, ": ", row$rejected, " of ", sets,
            if (row$failed > 0) paste(", failed:", row$failed))
  }
}

for (name in names(alternatives)) {
  run("power", alternatives[[name]], name, 200, c(ours, others), sets[["power"]])
}
for (name in names(nulls)) for (n in c(50, 200, 1000)) {
  # A thousand rows take their time: a fifth as many data sets.
  these <- if (n < 1000) sets else sets %/% 5
  run("level", nulls[[name]], name, n, ours["score test"], these[["quick"]])
  # 50 rows are not enough for a sequential test to bet on.
  run("level", nulls[[name]], name, n, ours[c("mi_test", if (n > 50) "sequential")],
      these[["slow"]])
}
retrained <- list(retrained = function(x, y) {
  mi_test(x, y, retrain = TRUE, permutations = 19, control = one_thread)$p.value
})
run("level", nulls[[1]], names(nulls)[1], 50, retrained, sets[["slow"]])

given_z <- list("given z" = function(x, y, z) {
  test <- mi_test(x, y, z, permutations = permutations, control = one_thread)
  structure(test$p.value, z_left = test$z_left)
})
for (name in names(given(0))) for (n in c(100, 500)) {
  run("level given z", given(0)[[name]], name, n, given_z, sets[["quick"]] %/% 4)
  run("power given z", given(0.25)[[name]], name, n, given_z, sets[["power"]])
}

# ---- tables -------------------------------------------------------------------------------

runs <- read.csv(file)
runs$share <- runs$rejected / (runs$sets - runs$failed)
level <- runs[runs$kind == "level", ]
# Of so many exact tests at 5 %, 99 % reject so often, but for a sequential one, which may reject
# less.
level$least <- qbinom(0.005, level$sets - level$failed, 0.05)
level$most <- qbinom(0.995, level$sets - level$failed, 0.05)
level$outside <- ifelse(level$rejected > level$most, "above",
                        ifelse(level$rejected < level$least, "below", ""))
of_z <- runs[runs$kind == "level given z", ]
of_z <- data.frame(
  data = of_z$data, n = of_z$n, sets = of_z$sets, rejected = sprintf("%.3f", of_z$share),
  outside = ifelse(of_z$rejected > qbinom(0.995, of_z$sets, 0.05), "above", ""),
  flagged = ifelse(is.na(of_z$flagged), "", sprintf("%.2f", of_z$flagged / of_z$sets)),
  power = sprintf("%.2f", runs$share[match(
    paste("power given z", of_z$data, of_z$n), paste(runs$kind, runs$data, runs$n))]))
power <- runs[runs$kind == "power", ]
tests <- intersect(c(names(ours), names(others)), power$test)
cells <- tapply(power$share, list(power$data, power$test), mean)[unique(power$data), tests]
cells <- matrix(sprintf("%.2f", cells), nrow(cells), dimnames = dimnames(cells))
of_test <- function(column, what) tapply(column, power$test, what)[tests]
beaten <- apply(cells, 1, function(row) {
  rivals <- as.numeric(row[intersect(names(others), tests)])
  names(rivals) <- intersect(names(others), tests)
  margin <- rivals - as.numeric(row["mi_test"])
  if (max(margin) <= 0) return("")
  paste(names(which.max(margin)), "by", sprintf("%.2f", max(margin)))
})
as_cells <- function(table) as.data.frame(lapply(table, as.character), check.names = FALSE)
writeLines(c(
  "# mi_test(): level and power, by bench/independence.R", "",
  paste0("Rejections at 5 %, ", permutations, " permutations; `sequential`: p-value at the end of ",
         "all rows, which is that of the best time to stop."), "",
  "## Power, 200 rows", "",
  "Shares of data sets in which independence is rejected. `beaten`: by whom mi_test() is.", "",
  markdown(rbind(
    data.frame(data = rownames(cells), cells, beaten = beaten, check.names = FALSE),
    data.frame(data = c("data sets, at least", "median seconds", "failed"),
               rbind(of_test(power$sets, min), of_test(power$seconds, median),
                     of_test(power$failed, sum)), beaten = "", check.names = FALSE))),
  "## Given z", "",
  "Rejections where x and y are independent given z (of so many data sets), and where what z",
  "doesn't say of them correlates with 0.25. `outside` as below; `flagged`: the share in which the",
  "test says that something of z is left in both (`z_left`).", "", markdown(as_cells(of_z)),
  "## Level", "",
  "`least`, `most`: where rejections of an exact test fall with probability 0.99 in a cell.",
  "A sequential test, stopped at will, may reject less, not more.", "",
  markdown(as_cells(level[c("data", "n", "test", "sets", "failed", "rejected", "least", "most",
                            "outside")]))), "bench/results/independence.md")
cat(readLines("bench/results/independence.md"), sep = "\n")
