test_that("runs are tabled, fail alone, and go on from a file", {
  file <- tempfile(fileext = ".csv")
  on.exit(unlink(file))
  broken <- function(x, y) if (NCOL(x) > 1) stop("no, \"never\"") else 0.4
  set.seed(1)
  before <- .Random.seed
  first <- mi_benchmark(c("1v1-normal-0.75", "multinormal-dense-2-2-0.5"),
                        list(gaussian = estimator_gaussian(), broken = broken), n = 500,
                        seeds = 1:2, file = file)
  expect_identical(.Random.seed, before)
  expect_equal(nrow(first), 8)
  gaussian <- first[first$estimator == "gaussian", ]
  expect_true(all(abs(gaussian$estimate - gaussian$mi) < 0.15))
  expect_true(all(abs(gaussian$oracle - gaussian$mi) < 5 * gaussian$oracle_error))
  failed <- first[is.na(first$estimate), ]
  expect_equal(unique(failed$task), "multinormal-dense-2-2-0.5")
  expect_match(failed$message, "never")
  # summaries are of those that didn't fail
  part <- summary(first[!(first$seed == 1 & first$task == "1v1-normal-0.75"), ])
  of_broken <- part[part$estimator == "broken", ]
  expect_equal(c(of_broken$failed, of_broken$its_error), c(2, abs(0.4 - first$mi[1])))
  expect_equal(of_broken$worst, "1v1-normal-0.75")
  cat('"1v1-normal-0.75",0.4', file = file, append = TRUE) # cut off
  written <- file.size(file)
  again <- mi_benchmark(c("1v1-normal-0.75", "multinormal-dense-2-2-0.5"),
                        list(gaussian = function(x, y) stop("known already"), broken = broken),
                        n = 500, seeds = 1:2, file = file)
  expect_equal(again$estimate, first$estimate)
  expect_output(print(again), "mean_absolute_error")
  expect_lt(file.size(file), written)
  cat('"1v1-normal-0.75",0.4', file = file, append = TRUE)
  more <- mi_benchmark("1v1-normal-0.75", estimator_gaussian(), n = 50, file = file)
  expect_equal(nrow(read.csv(file)), 9)
})

test_that("rows are the same whatever generator is in use", {
  run <- function() mi_benchmark("1v1-normal-0.75", list(g = estimator_gaussian()), n = 100)
  here <- run()
  before <- RNGkind("L'Ecuyer-CMRG")
  on.exit(RNGkind(before[1], before[2], before[3]))
  there <- run()
  expect_identical(RNGkind()[1], "L'Ecuyer-CMRG")
  expect_equal(there$estimate, here$estimate)
})

test_that("fits bring their intervals and remarks, in nats", {
  of <- function(units) function(x, y) {
    set.seed(1)
    mi_anchor(x, y, critic = critic_bilinear(), control = mi_control(max_steps = 100),
              units = units)
  }
  run <- mi_benchmark("1v1-normal-0.75", list(nats = of("nats"), bits = of("bits")), n = 200)
  numbers <- c("estimate", "std_error", "conf_low", "conf_high", "lower")
  expect_equal(run[1, numbers], run[2, numbers], ignore_attr = TRUE)
  run <- run[1, ]
  expect_lt(run$conf_low, run$conf_high)
  expect_false(is.na(run$lower))
  expect_s3_class(autoplot(run), "ggplot")
})

test_that("what is no task and no estimator is an error", {
  expect_snapshot(error = TRUE, {
    mi_benchmark("normal")
    mi_benchmark("1v1-normal-0.75", estimators = list(mean))
    mi_benchmark("1v1-normal-0.75", seeds = 1.5)
    mi_benchmark("1v1-normal-0.75", n = 0)
    mi_benchmark("1v1-normal-0.75", file = 1)
    mi_benchmark("1v1-normal-0.75", seeds = numeric())
    mi_benchmark("1v1-normal-0.75", seeds = list(1, 2))
    mi_benchmark("1v1-normal-0.75", estimators = list(a = mean, mean))
    mi_benchmark("1v1-normal-0.75", file = "/no/such/folder/runs.csv")
  })
  other <- tempfile(fileext = ".csv")
  write.csv(cars, other)
  expect_error(mi_benchmark("1v1-normal-0.75", file = other), "begins otherwise")
  expect_identical(nrow(read.csv(other)), 50L)
})

test_that("runs of an estimator with a comma in its name are known again", {
  file <- tempfile(fileext = ".csv")
  calls <- 0
  count <- list("a, b" = function(x, y) calls <<- calls + 1)
  for (i in 1:2) runs <- mi_benchmark("disk", count, n = 50, file = file)
  expect_equal(c(calls, runs$estimate), c(1, 1))
})

test_that("nearest neighbours are as near as they are known to be", {
  skip_if_not_installed("FNN")
  runs <- mi_benchmark(c("1v1-normal-0.75", "sine-3"), list(ksg = estimator_ksg()), n = 2000)
  expect_lt(max(abs(runs$estimate - runs$mi)), 0.1)
})

test_that("what an estimator returns that is no number stops its run only", {
  odd <- list(text = function(x, y) "a", many = function(x, y) 1:2, nothing = function(x, y) NULL,
              unnamed = function(x, y) list(foo = 1), fine = function(x, y) 1,
              empty = function(x, y) list(estimate = 1, lower = numeric()))
  runs <- mi_benchmark("1v1-normal-0.75", odd, n = 50)
  expect_equal(runs$estimate, c(NA, NA, NA, NA, 1, 1))
  expect_equal(runs$message, c("its estimate is not a number", "its estimate is not a number",
                               "no estimate was returned", "no estimate was returned", NA,
                               "its lower is not a number"))
  expect_output(print(runs), "failed")
  expect_equal(summary(runs)$worst[summary(runs)$estimator == "text"], NA_character_)
  expect_output(print(runs["estimate"]), "estimate")
})
