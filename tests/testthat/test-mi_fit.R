test_that("fits print", {
  expect_snapshot({
    small_fit()
    summary(small_fit())
  }, transform = function(lines) gsub("-?[0-9]+\\.[0-9]+", "<number>", lines))
  set.seed(1)
  x <- c(rnorm(59), NA)
  # Which critic a fold keeps, and what there is to remark, hangs on last digits, which
  # differ between instruction sets.
  expect_snapshot(
    mi_anchor(x, rev(seq_along(x)) + 0, control = quick()),
    transform = function(lines) {
      lines <- lines[seq_len(grep("Objective", lines))]
      lines <- gsub("-?[0-9]+\\.[0-9]+", "<number>", lines)
      gsub("(bilinear|separable) in [0-9]", "\\1 in <count>", lines)
    })
})

test_that("accessors give what they name", {
  fit <- small_fit()
  expect_equal(coef(fit), c(mi = fit$estimate))
  expect_equal(nobs(fit), 50)
  expect_equal(formula(fit), dist ~ speed, ignore_formula_env = TRUE)
  interval <- confint(fit)
  expect_equal(dimnames(interval), list("mi", c("2.5 %", "97.5 %")))
  expect_equal(c(interval), fit$estimate + c(-1, 1) * qt(0.975, fit$df) * fit$std_error)
  expect_equal(c(confint(fit, level = 0.5)),
               fit$estimate + c(-1, 1) * qt(0.75, fit$df) * fit$std_error)
  expect_equal(fit$conf_int, c(interval))
  expect_snapshot(error = TRUE, confint(fit, level = 95))
})

test_that("update() fits again with arguments changed", {
  fit <- small_fit()
  set.seed(1)
  other <- update(fit, folds = 4)
  expect_equal(nrow(other$folds), 4)
  set.seed(1)
  expect_identical(update(fit)$pmi, fit$pmi)
})

test_that("the folds' table describes the fits", {
  fit <- small_fit()
  expect_equal(fit$folds$train + fit$folds$valid + fit$folds$test, rep(50, 5))
  expect_equal(sum(fit$folds$test), 50)
  expect_equal(fit$folds$estimate, as.numeric(tapply(fit$pmi, fit$fold, mean)))
  for (fold in 1:5) {
    history <- fit$critics[[fold]]$history
    expect_equal(fit$folds$score[fold], history$valid[history$step == fit$folds$best_step[fold]])
  }
})

test_that("a fit is small, and works after saving in a new session", {
  skip_on_cran()
  set.seed(1)
  long <- mi_anchor(matrix(rnorm(60000), ncol = 6), rnorm(10000), critic = critic_bilinear(),
                    control = quick(max_steps = 1))
  expect_lt(length(serialize(long, NULL)), 10000 * (8 + 8 + 4) + 50000) # pmi, fold and little else
  fit <- small_fit()
  path <- tempfile(fileext = ".rds")
  out <- tempfile()
  saveRDS(fit, path)
  script <- tempfile(fileext = ".R")
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    sprintf("fit <- readRDS('%s')", path),
    "new <- data.frame(speed = c(10, 20), dist = c(20, 60))",
    sprintf("saveRDS(list(loadNamespace('anchormi'), predict(fit, new))[[2]], '%s')", out)), script)
  system2(file.path(R.home("bin"), "Rscript"), script)
  expect_identical(readRDS(out), predict(fit, data.frame(speed = c(10, 20), dist = c(20, 60))))
})

test_that("a fit from another version says so", {
  fit <- small_fit()
  fit$critics[[1]]$parameters <- fit$critics[[1]]$parameters[-1]
  expect_snapshot(error = TRUE, predict(fit, data.frame(speed = 10, dist = 20)))
})

test_that("an estimate that is no finite number is remarked on", {
  fit <- small_fit()
  expect_no_match(paste(format(fit), collapse = " "), "no finite number")
  fit$estimate <- NaN
  expect_match(paste(format(fit), collapse = " "), "no finite number")
})
