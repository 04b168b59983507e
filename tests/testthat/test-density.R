# Kullback and Leibler's divergence of what was fitted, nats.
divergence <- function(draw, log_density, n = 1500) {
  set.seed(1)
  density <- anchormi:::density_fit(draw(n))
  new <- draw(20000)
  mean(log_density(new) - anchormi:::density_log(density, new))
}

test_that("densities of all shapes are found", {
  expect_lt(divergence(rnorm, function(x) dnorm(x, log = TRUE)), 0.004)
  expect_lt(divergence(rexp, function(x) dexp(x, log = TRUE)), 0.015)
  expect_lt(divergence(runif, function(x) 0 * x), 0.012)
  # of many next to nothing is lost: weights have converged, and kernels are many
  expect_lt(divergence(rnorm, function(x) dnorm(x, log = TRUE), 20000), 0.002)
  expect_lt(divergence(runif, function(x) 0 * x, 20000), 0.004)
  expect_lt(divergence(function(n) rt(n, 2), function(x) dt(x, 2, log = TRUE)), 0.03)
  two <- function(n) sample(c(-2, 2), n, TRUE) + rnorm(n) / 3
  expect_lt(divergence(two, function(x) {
    log((dnorm(x, -2, 1 / 3) + dnorm(x, 2, 1 / 3)) / 2)
  }), 0.03)
  # few
  expect_lt(divergence(rnorm, function(x) dnorm(x, log = TRUE), 100), 0.05)
})

test_that("they integrate to 1, and move with the numbers", {
  set.seed(2)
  numbers <- rexp(300)
  density <- anchormi:::density_fit(numbers)
  at <- seq(min(density$at), max(density$at), length.out = 2e5)
  expect_equal(sum(exp(anchormi:::density_log(density, at))) * diff(at[1:2]), 1, tolerance = 1e-3)
  moved <- anchormi:::density_fit(5 + 3 * numbers)
  expect_equal(anchormi:::density_log(moved, 5 + 3 * numbers),
               anchormi:::density_log(density, numbers) - log(3), tolerance = 1e-6)
  # ties
  tied <- anchormi:::density_fit(round(numbers))
  expect_true(all(is.finite(tied$score)))
})

test_that("a location's score is the slope of the log density", {
  set.seed(3)
  numbers <- rnorm(4000)
  score <- anchormi:::location_score(numbers, 0.3)
  # of the normal that kernels make of it
  usual <- abs(numbers) < 2
  line <- lm(score[usual] ~ numbers[usual])
  expect_equal(coef(line)[[2]], 1 / (1 + 0.3^2), tolerance = 0.1)
  expect_gt(cor(score[usual], numbers[usual]), 0.98)
  expect_equal(mean(score), 0)
  moved <- anchormi:::location_score(7 + 2 * numbers, 0.3)
  expect_equal(moved, score / 2, tolerance = 1e-6)
  # what lies far out says little, and changes little
  far <- anchormi:::location_score(c(numbers, 300), 0.3)
  expect_lt(abs(far[4001]), 0.15)
  expect_equal(far[1:4000], score, tolerance = 0.05)
})

test_that("each number has the log density of the others", {
  set.seed(4)
  numbers <- c(rnorm(60), 9) # one that is far
  usual <- anchormi:::usual_distance(numbers)
  expect_equal(usual, IQR(numbers) / 1.349)
  of_width <- function(width) {
    vapply(seq_along(numbers), function(i) {
      kernels <- mean(dnorm(numbers[i], numbers[-i], width * usual))
      log(0.98 * kernels + 0.02 * dcauchy(numbers[i], median(numbers), usual))
    }, 1)
  }
  widths <- c(0.1, 0.3, 1)
  each <- vapply(widths, of_width, numeric(61))
  expect_equal(anchormi:::left_out_log(numbers, widths), each[, which.max(colMeans(each))],
               tolerance = 1e-2)
  expect_equal(anchormi:::left_out_log(numbers, 0.3), of_width(0.3), tolerance = 1e-2)
})
