# What choose_regression() takes of a fold: the first `train` rows train, the others weigh.
fold_of <- function(x, y, train) {
  x <- as.matrix(x)
  y <- as.matrix(y)
  scores <- lapply(list(x, y), anchormi:::scores_fit, seq_len(train))
  zx <- anchormi:::scores_apply(scores[[1]], x)
  zy <- anchormi:::scores_apply(scores[[2]], y)
  rows <- seq_len(train)
  list(zx = zx, zy = zy, scores_x = scores[[1]], scores_y = scores[[2]], train = rows,
       weighing = (train + 1):nrow(x), threads = 1, score = 0,
       screened = anchormi:::screened_columns(zx[rows, , drop = FALSE], zy[rows, , drop = FALSE]))
}

# y = a function of x and noise, whose log density is known, with the pairs' log ratio.
drawn <- function(n, f, draw, log_density, d = 2) {
  x <- matrix(rnorm(n * d), n)
  y <- f(x) + draw(n)
  others <- f(matrix(rnorm(4000 * d), 4000))
  log_ratio <- log_density(y - f(x)) -
    vapply(y, function(y) log(mean(exp(log_density(y - others)))), 1)
  list(x = x, y = y, log_ratio = log_ratio)
}

test_that("the log ratio of a regression with skewed noise is found", {
  set.seed(1)
  d <- drawn(3000, function(x) x[, 1] + x[, 2] / 2, function(n) rexp(n) / 2,
             function(e) dexp(e, 2, log = TRUE))
  fold <- fold_of(d$x, d$y, 1000)
  form <- anchormi:::choose_regression(fold)
  expect_equal(form[c("of", "kind")], list(of = "y", kind = "values"))
  new <- 1501:3000
  found <- anchormi:::regression_pairs(form, fold$zx[new, ], fold$zy[new, , drop = FALSE])
  lost <- mean(d$log_ratio[new]) - mean(found) # at the edge, which is not where it seems
  expect_gt(lost, 0)
  expect_lt(lost, 0.08)
  expect_gt(cor(found, pmax(d$log_ratio[new], -5)), 0.9)
  # better than the best of normal scores
  gaussian <- anchormi:::choose_gaussian(fold)
  expect_lt(form$score, gaussian$score - 0.15)
})

test_that("so is that of x on y, and of a scale", {
  set.seed(2)
  d <- drawn(1200, function(x) x[, 1], function(n) 0.5 * rnorm(n),
             function(e) dnorm(e, sd = 0.5, log = TRUE))
  form <- anchormi:::choose_regression(fold_of(d$y, d$x, 800))
  expect_equal(form$of, "x")
  x <- rnorm(1500)
  y <- exp(x / 2) * rnorm(1500)
  form <- anchormi:::choose_regression(fold_of(x, y, 1000))
  expect_equal(form$of, "y")
  expect_null(form$locations[[1]]$slopes)
  expect_false(is.null(form$scales[[1]]$slopes))
  expect_lt(form$score, -0.1)
})

test_that("pairs are the matrix's diagonal, and margins make independent pairs' mean ratio 1", {
  set.seed(3)
  d <- drawn(1500, function(x) sin(2 * x[, 1]), function(n) 0.5 * rt(n, 3),
             function(e) dt(2 * e, 3, log = TRUE) + log(2))
  for (turned in c(FALSE, TRUE)) {
    fold <- if (turned) fold_of(d$y, d$x, 1000) else fold_of(d$x, d$y, 1000)
    form <- anchormi:::choose_regression(fold)
    expect_equal(form$of, if (turned) "x" else "y")
    zx <- fold$zx[1001:1500, , drop = FALSE]
    zy <- fold$zy[1001:1500, , drop = FALSE]
    block <- anchormi:::regression_blocks(form, zx, zy, list(1:500))[[1]]
    expect_equal(diag(block), anchormi:::regression_pairs(form, zx, zy))
    expect_equal(mean(exp(block)), 1, tolerance = 0.1)
  }
})

test_that("several columns may be regressed, whose noise may correlate", {
  set.seed(7)
  n <- 2400
  x <- matrix(rnorm(2 * n), n)
  f <- function(x) cbind(x[, 1], sin(2 * x[, 2]))
  first <- rexp(n) - 1
  noise <- cbind(first, first / 2 + runif(n, -1, 1) / 2)
  log_noise <- function(e) {
    dexp(e[, 1] + 1, log = TRUE) + dunif(e[, 2] - e[, 1] / 2, -0.5, 0.5, log = TRUE)
  }
  y <- f(x) + noise
  others <- f(matrix(rnorm(20000), 10000))
  new <- 1601:2400
  log_ratio <- log_noise(noise[new, ]) - vapply(new, function(i) {
    log(mean(exp(log_noise(rep(y[i, ], each = 10000) - others))))
  }, 1)
  fold <- fold_of(x, y, 1200)
  form <- anchormi:::choose_regression(fold)
  expect_equal(form$of, "y")
  expect_equal(form$noise[[2]]$slopes, cor(noise)[1, 2], tolerance = 0.15)
  zx <- fold$zx[new, ]
  zy <- fold$zy[new, ]
  found <- anchormi:::regression_pairs(form, zx, zy)
  known <- is.finite(log_ratio) # not where no other is near
  expect_gt(mean(known), 0.99)
  expect_gt(mean(found[known]), 0.8 * mean(log_ratio[known]))
  expect_lt(mean(found[known]), mean(log_ratio[known]))
  gaussian <- anchormi:::choose_gaussian(fold)
  expect_lt(form$score, gaussian$score - 0.1)
  # the matrix's diagonal; independent pairs' ratios have mean 1
  block <- anchormi:::regression_blocks(form, zx, zy, list(1:400, 401:800))
  expect_equal(c(diag(block[[1]]), diag(block[[2]])), found)
  expect_equal(mean(exp(block[[1]])), 1, tolerance = 0.1)
  # nor is it kept where others say much more
  fold$score <- 2 * form$score
  expect_null(anchormi:::choose_regression(fold))
  # turned round
  turned <- anchormi:::choose_regression(fold_of(y, x, 1200))
  expect_equal(turned$of, "x")
})

test_that("there is none where nothing goes with anything, or columns are many", {
  set.seed(4)
  x <- matrix(rnorm(600), 300)
  expect_null(anchormi:::choose_regression(fold_of(x, rnorm(300), 200)))
  many <- matrix(rnorm(1800), 300)
  expect_null(anchormi:::choose_regression(fold_of(many, many + rnorm(1800), 200)))
  expect_null(anchormi:::choose_regression(fold_of(x, rep(1:3, 100), 200)))
  # nor one that fails: constants, ties, tails beyond a variance
  expect_no_error(anchormi:::choose_regression(fold_of(x, rep(1, 300), 200)))
  expect_no_error(anchormi:::choose_regression(fold_of(x, round(x[, 1], 1), 200)))
  expect_no_error(anchormi:::choose_regression(fold_of(x, rcauchy(300)^3 * x[, 1], 200)))
  expect_no_error(anchormi:::choose_regression(fold_of(x, x[, 1], 200)))
  # copies, in whatever units
  y <- x[, 1] + rnorm(300)
  expect_equal(anchormi:::choose_regression(fold_of(x, cbind(y, y), 200))$of, "x")
  copies <- cbind(y, x[, 1], 5 - 2 * y)
  expect_equal(anchormi:::choose_regression(fold_of(copies, x, 200))$of, "y")
  expect_no_error(anchormi:::choose_regression(fold_of(x, cbind(y, round(1.8 * y + 32, 1)), 200)))
  expect_no_error(anchormi:::choose_regression(fold_of(x, cbind(y, c(numeric(200), 1:100)), 200)))
})

test_that("few rows of many columns are enough for the default call", {
  set.seed(5)
  d <- drawn(500, function(x) rowSums(x) / sqrt(8), function(n) 0.6 * runif(n, -1, 1),
             function(e) ifelse(abs(e) <= 0.6, -log(1.2), -50), d = 8)
  closed <- critic_auto(networks = character())
  fit <- mi_anchor(d$x, d$y, critic = closed)
  expect_gt(mean(vapply(fit$critics, function(critic) critic$weights[["regression"]], 1)), 0.5)
  expect_lt(abs(fit$estimate - mean(d$log_ratio)), 0.15)
  again <- unserialize(serialize(fit, NULL))
  expect_equal(predict(again, d$x[1:9, ], d$y[1:9]), predict(fit, d$x[1:9, ], d$y[1:9]))
})

test_that("steps from least squares make a location as good as if the noise were known", {
  set.seed(6)
  z <- matrix(rnorm(800 * 5), 800)
  ridge <- anchormi:::ridge_fit(z, anchormi:::features_of(1:5, character()), penalties = 1e-6)
  error <- function(noise) {
    target <- rowSums(z) + noise
    fit <- anchormi:::location_scale(list(ridge), target)
    off <- function(fit) stats::sd(anchormi:::ridge_apply(fit$location, z) - rowSums(z))
    c(squares = off(fit), efficient = off(anchormi:::efficient(fit, target)))
  }
  errors <- function(draw) apply(replicate(9, error(draw(800))), 1, stats::median)
  # normal noise has nothing to gain, nor does it lose much
  normal <- errors(rnorm)
  expect_lt(normal[["efficient"]], 1.2 * normal[["squares"]])
  # sharp ends are found by rows near them
  sharp <- errors(rexp)
  expect_lt(sharp[["efficient"]], 0.5 * sharp[["squares"]])
  # heavy tails
  df <- 2.2
  heavy <- errors(function(n) stats::rt(n, df))
  known <- sqrt(5 / 800 * (df + 3) / (df + 1)) # by the information of Student's t
  expect_lt(heavy[["efficient"]], 1.35 * known)
  expect_gt(heavy[["squares"]], 1.5 * known)
})
