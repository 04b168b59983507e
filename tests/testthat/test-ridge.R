test_that("rows that are left out of a ridge regression are predicted as refits would", {
  set.seed(6)
  z <- matrix(rnorm(40), 20)
  y <- z[, 1] + rnorm(20)
  ridges <- list(anchormi:::ridge_fit(z, anchormi:::features_of(1:2, character())))
  seen <- list()
  anchormi:::best_ridge(ridges, y, function(left_out) {
    seen[[length(seen) + 1]] <<- left_out
    rep(0, 20)
  })
  refit <- vapply(seq_along(y), function(i) {
    # the same ridge for the sums, and features scaled with all rows, as there
    f <- anchormi:::features_apply(ridges[[1]]$features, z)
    design <- cbind(1, f)[-i, ]
    penalty <- diag(c(0, rep(20 * anchormi:::RIDGES[3], 2)))
    drop(c(1, f[i, ]) %*% solve(crossprod(design) + penalty, crossprod(design, y[-i])))
  }, 1)
  expect_equal(seen[[1 + 3]], refit)
  expect_equal(seen[[1]], vapply(seq_along(y), function(i) mean(y[-i]), 1))
})

test_that("the simplest regression stays that is not beaten by more than chance", {
  set.seed(7)
  n <- 400
  z <- matrix(rnorm(3 * n), n)
  bases <- list(character(), c("squares", "products"))
  ridges <- lapply(bases, function(basis) {
    c(anchormi:::ridge_fit(z, anchormi:::features_of(1:3, basis)), kind = length(basis))
  })
  kind <- function(y) {
    anchormi:::best_ridge(ridges, y, anchormi:::squared_loss(y))$regression$kind
  }
  expect_null(kind(rnorm(n)))
  expect_equal(kind(z[, 1] + rnorm(n)), 0)
  expect_equal(kind(z[, 1] * z[, 2] + rnorm(n)), 2)
})

test_that("location and scale are found", {
  set.seed(8)
  n <- 1500
  z <- matrix(rnorm(2 * n), n)
  y <- 2 * z[, 1] + exp(0.5 * z[, 2]) * rnorm(n)
  ridges <- list(anchormi:::ridge_fit(z, anchormi:::features_of(1:2, character())))
  fit <- anchormi:::location_scale(ridges, y)
  expect_gt(cor(fit$left_out, 2 * z[, 1]), 0.995)
  expect_gt(cor(log(fit$spread), z[, 2]), 0.97)
  expect_lt(abs(cor(fit$residuals^2, exp(z[, 2]))), 0.1)
})

test_that("smooth regressions have slopes that fall as a spline's do", {
  z <- matrix(qnorm(ppoints(500)))
  features <- anchormi:::features_of(1, "waves", fineness = 2)
  ridge <- function(penalty) anchormi:::ridge_fit(z, features, TRUE, penalty)
  expect_equal(anchormi:::wave_numbers(ridge(1)$features), c(1, 1:32))
  y <- sin(3 * z[, 1]) # no noise, no penalty: it is followed
  found <- function(penalty) {
    anchormi:::best_ridge(list(ridge(penalty)), y, anchormi:::squared_loss(y))$regression
  }
  expect_lt(max(abs(anchormi:::ridge_apply(found(1e-9), z) - y)[50:450]), 0.06)
  far <- found(1)
  expect_lt(sum(abs(far$slopes[10:33])), sum(abs(far$slopes[1:4])) / 20)
  pairs <- anchormi:::features_of(1:2, c("waves", "pairs"), matrix(1:2, 2), fineness = 0.5)
  fitted <- anchormi:::features_fit(pairs, cbind(z, rev(z)))$features
  numbers <- anchormi:::wave_numbers(fitted)
  expect_length(numbers, length(fitted$centre))
  expect_equal(numbers, c(1, 1, rep(1:8, each = 2), 1, 2, 2))
})
