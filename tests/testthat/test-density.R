# Kullback and Leibler's divergence of what was fitted, nats.
divergence <- function(draw, log_density, n = 1500) {
  set.seed(1)
  density <- anchormi:::density_fit(draw(n))
  new <- draw(20000)
  mean(log_density(new) - anchormi:::density_log(density, new))
}

test_that("densities of all shapes are found", {
  expect_lt(divergence(rnorm, function(x) dnorm(x, log = TRUE)), 0.01)
  expect_lt(divergence(rexp, function(x) dexp(x, log = TRUE)), 0.025)
  expect_lt(divergence(runif, function(x) 0 * x), 0.02)
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
