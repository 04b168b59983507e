test_that("new rows get the mean of the folds' critics, in any form", {
  fit <- small_fit()
  new <- data.frame(dist = c(20, 60), speed = c(10, 20))
  pmi <- predict(fit, new)
  expect_length(pmi, 2)
  expect_equal(predict(fit, new$speed, new$dist), pmi)
  expect_equal(predict(fit, cbind(speed = new$speed), new["dist"]), pmi)
  expect_equal(predict(fit, new, type = "ratio"), exp(pmi))
  by_fold <- sapply(fit$critics, anchormi:::critic_pairs, x = cbind(new$speed), y = cbind(new$dist))
  expect_equal(pmi, rowMeans(by_fold))
  expect_equal(predict(fit, data.frame(dist = c(NA, 60), speed = c(10, 20))), c(NA, pmi[2]))
})

test_that("columns without names go by position, constant ones included", {
  set.seed(12)
  g <- gaussian_pairs(60, 2, 0.5)
  fit <- mi_anchor(g$x, g$y, critic = critic_bilinear(), control = quick())
  pmi <- predict(fit, g$x[1:3, ], g$y[1:3, ])
  expect_equal(predict(fit, data.frame(x1 = g$x[1:3, 1], x2 = g$x[1:3, 2]), g$y[1:3, ]), pmi)
  x <- cbind(5, g$x)
  set.seed(12)
  g <- gaussian_pairs(60, 2, 0.5)
  fit2 <- suppressWarnings(mi_anchor(x, g$y, critic = critic_bilinear(), control = quick()))
  expect_equal(predict(fit2, x[1:3, ], g$y[1:3, ]), pmi)
  expect_snapshot(error = TRUE, {
    predict(fit, g$x[, 1], g$y)
    predict(fit, data.frame(a = 1, b = 2), g$y[1:2, ])
  })
})

test_that("dates and differences keep their units", {
  days <- as.Date("2020-01-01") + seq_len(60)
  gap <- as.difftime(as.numeric(1:60), units = "hours")
  fit <- mi_anchor(data.frame(days, gap), rnorm(60), critic = critic_bilinear(), control = quick())
  new <- data.frame(days = days[1:2], gap = gap[1:2])
  pmi <- predict(fit, new, 1:2)
  units(new$gap) <- "mins"
  expect_equal(predict(fit, new, 1:2), pmi)
  new$days <- as.POSIXct(new$days)
  expect_snapshot(error = TRUE, predict(fit, new, 1:2))
})

test_that("without new rows the held-out values come back, in their places", {
  x <- c(NA, 1:49)
  y <- c(rnorm(49), NA)
  for (action in list(na.omit, na.exclude)) {
    fit <- mi_anchor(x, y, na.action = action, critic = critic_bilinear(), control = quick())
    pmi <- predict(fit)
    if (identical(action, na.omit)) {
      expect_identical(pmi, fit$pmi)
    } else {
      expect_equal(which(is.na(pmi)), c(1, 50))
    }
  }
})

test_that("dependence that the critic has learnt shows in new rows", {
  set.seed(11)
  g <- gaussian_pairs(500, 1, 0.9)
  fit <- mi_anchor(g$x, g$y, critic = critic_bilinear(), control = mi_control(max_steps = 1500))
  pmi <- predict(fit, c(2, 2), c(2, -2))
  expect_gt(pmi[1], 0)
  expect_lt(pmi[2], -2)
})

test_that("bad new rows are errors", {
  fit <- small_fit()
  expect_snapshot(error = TRUE, {
    predict(fit, cars$speed)
    predict(fit, data.frame(speed = 1))
    predict(fit, y_new = 1)
    predict(fit, 1:3, 1:2)
    predict(fit, "a", 1)
    predict(fit, data.frame(speed = 1, dist = "a"))
    predict(fit, cars, type = "probability")
    predict(fit, cars, newdata = cars)
  })
})

test_that("missing values are missing in predictions of a fit that found nothing", {
  set.seed(4)
  x <- rnorm(60)
  fit <- mi_anchor(x, rnorm(60), critic = critic_auto(networks = character()))
  fit$critics <- lapply(fit$critics, as_independence)
  expect_identical(predict(fit, c(NA, 1), c(1, NA)), c(NA_real_, NA_real_))
  expect_equal(predict(fit, 1, 1), 0)
})
