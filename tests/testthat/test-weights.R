test_that("rows of weight 0 are as if they were not there", {
  set.seed(1)
  data <- data.frame(x = rnorm(300))
  data$y <- data$x + rnorm(300)
  data$w <- rep(c(0, 1, 2), 100)
  wild <- data
  wild$y[data$w == 0] <- rnorm(100, 50)
  fit_to <- function(data) {
    set.seed(2)
    mi_anchor(y ~ x, data, weights = w, critic = critic_bilinear(), control = quick())
  }
  fits <- lapply(list(data, wild), fit_to)
  expect_identical(fits[[1]]$estimate, fits[[2]]$estimate)
  expect_identical(fits[[1]]$std_error, fits[[2]]$std_error)
  expect_equal(fits[[1]]$estimate, weighted.mean(fits[[1]]$pmi, data$w))
  expect_equal(sum(fits[[1]]$folds$estimate * tapply(data$w, fits[[1]]$fold, sum)) / 300,
               fits[[1]]$estimate)
  expect_equal(fits[[1]]$lower, NA_real_)
  expect_match(paste(format(fits[[1]]), collapse = "\n"), "300, weighed: as 180 equal ones")
})

test_that("the estimate is that of the population which a sample stands for", {
  # strong dependence in a half of the population that is sampled four times as often
  set.seed(3)
  n <- 1000
  often <- rep(c(TRUE, FALSE), c(0.8 * n, 0.2 * n))
  rho <- ifelse(often, 0.9, 0)
  group <- factor(often)
  x <- rnorm(n)
  y <- rho * x + sqrt(1 - rho^2) * rnorm(n)
  truth <- -log(1 - 0.9^2) / 4
  fit <- function(...) mi_anchor(x, y, group, critic = critic_auto("mixture", character()), ...)
  weighed <- fit(weights = ifelse(often, 1, 4))
  expect_lt(abs(weighed$estimate - truth), 2.5 * weighed$std_error)
  expect_gt(fit()$estimate, truth + 0.1)
})

test_that("what is added for noisy directions is of the population too", {
  set.seed(8)
  n <- 400
  counts <- rep(0:1, n / 2)
  x <- rnorm(n)
  y <- ifelse(counts == 1, 0.9 * x + sqrt(0.19) * rnorm(n), rnorm(n))
  fit <- mi_anchor(x, y, weights = counts, critic = critic_auto(networks = character()))
  expect_lt(abs(fit$estimate + log(1 - 0.9^2) / 2), 2.5 * fit$std_error)
  expect_lt(abs(sum(fit$corrections$added)), 0.1)
})

test_that("equal weights give the usual mean and standard error", {
  set.seed(4)
  v <- rnorm(50)
  fold <- rep(1:5, 10)
  expect_equal(estimate_mean(v, fold, weights = rep(3, 50)), estimate_mean(v, fold))
  # and a sum of weights what survey statisticians have for a ratio of means
  w <- runif(50)
  rows <- sqrt(sum((w * (v - weighted.mean(v, w)))^2) / sum(w)^2 * 50 / 49)
  expect_equal(estimate_mean(v, rep(1:2, 25), weights = w)$estimate, weighted.mean(v, w))
  expect_gte(estimate_mean(v, rep(1:2, 25), weights = w)$std_error, rows * 0.95)
})

test_that("what weights can't have is refused, and few heavy rows are few rows", {
  n <- 60
  x <- rnorm(n)
  expect_snapshot(error = TRUE, {
    mi_anchor(x, rnorm(n), weights = rep(1, n), critic = critic_bilinear(), value = "one_step")
    mi_anchor(x, rnorm(n), weights = rep(1, n), objective = objective_infonce())
    mi_anchor(x, rnorm(n), weights = c(1e9, rep(1, n - 1)), critic = critic_bilinear())
    mi_anchor(x, rnorm(n), weights = rep(1:0, c(4, n - 4)), critic = critic_bilinear())
  })
  plan <- make_plan(200, 5, rep(c(1, 0), c(30, 170)))
  expect_equal(as.vector(table(plan$part[1:30])), rep(6, 5))
  for (task in plan$tasks) expect_true(all(c(task$train, task$valid) <= 30))
})

test_that("rows that are drawn twice are no evidence of dependence", {
  set.seed(6)
  x <- rnorm(200)
  y <- rnorm(200)
  for (w in list(rexp(200), rep(c(1, 0, 0, 0, 0), 40))) {
    fit <- mi_anchor(x, y, weights = w, critic = critic_auto(networks = character()))
    expect_gte(sum(fit$folds$independent), 4) # two in a hundred see something
  }
})

test_that("rows are drawn as often as they should", {
  set.seed(5)
  rows <- c(3, 5, 8, 9)
  weights <- numeric(10)
  weights[rows] <- c(1, 2, 0, 1)
  drawn <- replicate(400, tabulate(drawn_again(rows, weights), 10))
  expect_true(all(drawn[c(1, 2, 4, 6, 7, 8, 10), ] == 0))
  expect_equal(unique(colSums(drawn)), 2) # 16 / 6 equal ones
  expect_equal(rowMeans(drawn)[c(3, 5, 9)], c(1, 2, 1) / 2, tolerance = 0.1)
  expect_identical(drawn_again(rows, NULL), rows)
})

test_that("bad weights are errors", {
  expect_snapshot(error = TRUE, {
    mi_anchor(1:50, 50:1, weights = c(-1, rep(1, 49)))
    mi_anchor(1:50, 50:1, weights = rep(1, 3))
    mi_anchor(1:50, 50:1, weights = rep(0, 50))
    mi_anchor(1:50, 50:1, weights = rep("1", 50))
    mi_anchor(dist ~ speed, cars, weights = nonsense_variable)
  })
  fit <- mi_anchor(cars$speed, cars$dist, weights = c(NA, rep(1, 49)), critic = critic_bilinear(),
                   control = quick())
  expect_equal(nobs(fit), 49)
})

test_that("missing values can be information", {
  set.seed(6)
  n <- 600
  x <- rnorm(n)
  data <- data.frame(x = x, y = ifelse(x > 0, NA, rnorm(n)), f = factor(rbinom(n, 1, 0.5)))
  data$f[1:5] <- NA
  fit <- mi_anchor(y ~ x + f, data, na.action = na_informative, critic = critic_separable(),
                   control = mi_control(max_steps = 300))
  expect_equal(nobs(fit), n)
  expect_equal(fit$estimate, log(2), tolerance = 0.15) # y says of x its sign
  expect_false(anyNA(predict(fit, data)))
  encoded <- block_encode(fit$recipes$x, list(x = c(1, 2), f = factor(c(NA, "1"))), "x")
  expect_equal(unname(encoded), cbind(1:2, 0, c(0, 1), c(1, 0)))
  expect_equal(mi_anchor(y ~ x, data[data$x <= 0, ], na.action = na_informative,
                         critic = critic_bilinear(), control = quick())$recipes$y$y$fill, NULL)
})

test_that("bits are nats over log(2)", {
  set.seed(7)
  nats <- mi_anchor(dist ~ speed, cars, critic = critic_bilinear(), control = quick())
  set.seed(7)
  bits <- mi_anchor(dist ~ speed, cars, critic = critic_bilinear(), control = quick(),
                    units = "bits")
  for (number in c("estimate", "std_error", "conf_int", "lower", "gap", "pmi")) {
    expect_equal(bits[[number]] * log(2), nats[[number]])
  }
  expect_equal(bits$calibration$said * log(2), nats$calibration$said)
  expect_equal(confint(bits) * log(2), confint(nats))
  expect_equal(predict(bits, cars) * log(2), predict(nats, cars))
  expect_equal(predict(bits, cars, type = "ratio"), predict(nats, cars, type = "ratio"))
  expect_equal(tidy(bits)$units, "bits")
  expect_match(format(bits)[2], "bits")
  expect_match(autoplot(bits)$labels$title, "bits")
})
