linked <- function(n, share, sd, slope = 1) {
  x <- rnorm(n)
  is <- runif(n) < share
  y <- ifelse(is, slope * x + sd * rnorm(n), rnorm(n) * sqrt(slope^2 + sd^2))
  list(x = scale(x), y = scale(y), is = is)
}

test_that("rows near a line are found, whatever its slope, and of which pair of columns", {
  set.seed(1)
  for (slope in c(1, -0.2, 30)) {
    s <- linked(600, 0.08, 0.001 * abs(slope), slope)
    near <- near_line(s$x, s$y)
    expect_gt(mean(near[s$is, 2]), 0.9)
    expect_lt(mean(near[!s$is, 2]), 0.05)
    expect_true(all(diff(colSums(near)) <= 0))
  }
  others <- matrix(rnorm(1200), 600)
  near <- near_line(cbind(others[, 1], s$x), cbind(s$y, others[, 2]))
  expect_gt(mean(near[s$is, 2]), 0.9)
})

test_that("none is found where x and y are independent, tied or the same", {
  set.seed(2)
  draws <- list(rnorm, stats::rexp, function(n) rpois(n, 2) + 0, function(n) round(rnorm(n), 1),
                function(n) rep(1, n))
  found <- replicate(10, vapply(draws, function(draw) {
    is.null(near_line(cbind(draw(300)), cbind(draw(300))))
  }, NA))
  expect_gte(mean(found), 0.96)
  expect_null(near_line(cbind(c(0, 1)), cbind(c(1, 0))))
  x <- matrix(rnorm(900), 300)
  expect_null(near_line(x, x)) # too many columns
})

test_that("gains are those of Poisson likelihoods, of counts one by one", {
  set.seed(3)
  x <- rnorm(40)
  y <- c(2 * x[1:20], rnorm(20))
  lines <- rbind(c(0, 2), c(0.3, -1))
  gains <- line_gains(lines, x, y)
  by_hand <- function(line, width) {
    near <- function(y) sum(abs(y - line[1] - line[2] * x) / sqrt(1 + line[2]^2) < width)
    expected <- (near(y[c(11:40, 1:10)]) + near(y[c(21:40, 1:20)]) + near(y[c(31:40, 1:30)]) +
                   0.5) / 3
    observed <- near(y) - 2
    if (observed <= expected) return(0)
    dpois(observed, observed, log = TRUE) - dpois(observed, expected, log = TRUE)
  }
  for (l in 1:2) for (w in seq_along(LINE_WIDTHS)) {
    expect_equal(gains[l, w], by_hand(lines[l, ], LINE_WIDTHS[w]))
  }
  expect_equal(lines_along(lines[1, , drop = FALSE], x, y)[length(LINE_WIDTHS), ], c(0, 2))
})

test_that("copies far from the centre make a thin normal too", {
  set.seed(5)
  for (sd in c(1e-2, 1e-4, 0)) {
    s <- linked(1000, 0.1, sd)
    s <- lapply(s[c("x", "y")], function(z) scale(ifelse(s$is, 5 + 0.3 * z, z)))
    line <- mixture_fits(s$x, s$y, 2, LINE_POOLING, near = near_line(s$x, s$y))[[1]]
    line[c("weights_x", "weights_y")] <- list(diag(1))
    expect_gt(mean(mixture_pairs(line, s$x, s$y)), 0.3)
  }
})

test_that("nearly the same number in a part of the rows is seen by a mixture", {
  set.seed(4)
  s <- mi_sample("linked-0.05", 2000)
  fit <- mi_anchor(s$x, s$y, critic = critic_auto("mixture", character()))
  expect_lt(abs(fit$estimate - 0.1533), 2 * fit$std_error)
  expect_gt(fit$lower, 0.05)
})
