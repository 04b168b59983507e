test_that("a critic that is right is on the line, and one that is too steep is not", {
  set.seed(1)
  rho <- 0.8
  counts <- function(slope) {
    do.call(rbind, lapply(1:5, function(fold) {
      x <- rnorm(600)
      y <- rho * x + sqrt(1 - rho^2) * rnorm(600)
      log_ratio <- function(block) slope * outer(x[block], y[block], function(x, y) {
        dnorm(y, rho * x, sqrt(1 - rho^2), log = TRUE) - dnorm(y, log = TRUE)
      })
      calibration_counts(lapply(row_blocks(1:600, 100), log_ratio))
    }))
  }
  right <- calibration_table(counts(1), 0.999)
  expect_gt(nrow(right), 6)
  expect_true(all(right$low < right$said & right$said < right$high))
  steep <- calibration_table(counts(2), 0.999)
  expect_false(all(steep$low < steep$said & steep$said < steep$high))
})

test_that("every row and every independent pair of a block is counted", {
  s <- matrix(c(-6, 0.2, 11, 1), 2)
  counts <- calibration_counts(list(s))
  expect_equal(sum(counts$rows), 2)
  expect_equal(counts$rows[1], 1)
  expect_equal(counts$independent[nrow(counts)], 1)
  expect_equal(sum(counts$said), exp(0.2) + exp(11))
})

test_that("fits have it where ratios are found, and draw it", {
  fit <- small_fit()
  expect_named(fit$calibration, c("said", "found", "low", "high", "rows"))
  set.seed(2)
  s <- gaussian_pairs(400, 1, 0.8)
  fit <- mi_anchor(s$x, s$y, critic = critic_bilinear(), control = quick(max_steps = 400))
  expect_lt(mean(abs(fit$calibration$said - fit$calibration$found)), 0.4)
  expect_s3_class(autoplot(fit, "calibration"), "ggplot")
  bound <- small_fit(objective = objective_infonce())
  expect_null(bound$calibration)
  expect_snapshot(error = TRUE, autoplot(bound, "calibration"))
})
