# G groups of m rows, all of them nearly copies, whose x and y correlate by rho.
copies <- function(count, size, rho) {
  g <- gaussian_pairs(count, 1, rho)
  id <- rep(seq_len(count), each = size)
  near <- function(v) v[id] + 0.1 * rnorm(length(id))
  data.frame(id = paste0("p", id), x = near(g$x), y = near(g$y))
}
mixed <- function() critic_auto("mixture", character())

test_that("rows are worth as much less as both sides are alike within groups", {
  set.seed(1)
  groups <- rep(1:200, each = 5)
  own <- rnorm(1000)
  effect <- rnorm(200)[groups]
  of <- function(...) anchormi:::rows_alike(lapply(list(...), as.matrix), groups)
  expect_lt(of(own, effect), 1.2)
  expect_equal(of(effect, effect), 5)
  half <- effect + own # intraclass correlation 1 / 2
  expect_lt(abs(of(half, effect) - 3), 0.3)
  signs <- sample(c(-1, 1), 1000, TRUE)
  expect_gt(of(signs * abs(effect), effect), 4) # its squares are alike
  expect_equal(anchormi:::rows_alike(list(own, effect), NULL), 1)
  # the mean product of independent x and y has that many times the variance
  means <- replicate(400, {
    x <- rnorm(200)[groups] + rnorm(1000)
    y <- rnorm(200)[groups] + rnorm(1000)
    mean(x * y)
  })
  expect_lt(abs(var(means) / (4 / 1000) - 2), 0.4)
})

test_that("groups of rows that are not alike cost little, and unequal ones count as few", {
  set.seed(6)
  g <- gaussian_pairs(400, 1, 0.8)
  fit <- mi_anchor(g$x, g$y, groups = rep(1:20, each = 20),
                   critic = critic_auto("gaussian", character()))
  expect_lt(abs(fit$estimate - g$mi), 2.5 * fit$std_error)
  expect_false(any(fit$folds$independent))
  expect_equal(glance(fit)$groups, 20)
  # rows of groups without weight are as if they were not there
  weighed <- mi_anchor(g$x, g$y, groups = rep(1:40, each = 10), weights = rep(1:0, each = 200),
                       critic = critic_bilinear(), control = quick())
  expect_lte(weighed$df, 19)
  expect_equal(anchormi:::effective_groups(rep(1:3, c(10, 10, 20)), NULL, 40), 1600 / 600)
})

test_that("copies of rows don't pass for dependence if they are groups", {
  set.seed(1)
  data <- copies(30, 8, 0)
  naive <- mi_anchor(y ~ x, data, critic = mixed())
  expect_gt(naive$lower, 0.05)
  set.seed(1)
  fit <- mi_anchor(y ~ x, data, groups = id, critic = mixed())
  expect_equal(fit$estimate, 0)
  expect_equal(fit$lower, NA_real_)
  expect_null(fit$calibration)
  expect_match(paste(format(fit), collapse = "\n"), "240 in 30 groups")
  set.seed(1)
  expect_identical(mi_anchor(data$x, data$y, groups = data$id, critic = mixed())$pmi, fit$pmi)
  expect_error(autoplot(fit, "calibration"), "weights, groups")
})

test_that("what is the same in all rows of a group is found, with an error of its own", {
  set.seed(2)
  data <- copies(80, 5, 0.8)
  truth <- -log(1 - (0.8 / 1.01)^2) / 2
  fit <- mi_anchor(y ~ x, data, groups = id, critic = critic_bilinear(), control = quick())
  expect_lt(abs(fit$estimate - truth), 2.5 * fit$std_error)
  set.seed(2)
  rows <- mi_anchor(y ~ x, data, critic = critic_bilinear(), control = quick())
  expect_gt(fit$std_error, 1.3 * rows$std_error)
  given <- mi_anchor(y ~ x | I(id > "p5"), data, groups = id, critic = critic_bilinear(),
                     control = quick())
  expect_gt(given$estimate, 0)
})

test_that("rows without a group are left out, and groups serve sums and shares too", {
  set.seed(3)
  data <- copies(30, 4, 0.9)
  data$id[1:2] <- NA
  fit <- mi_anchor(y ~ x, data, groups = id, critic = critic_bilinear(), control = quick())
  expect_equal(c(nobs(fit), max(fit$groups)), c(118, 30))
  expect_equal(nobs(update(fit, na.action = na_informative)), 118)
  total <- mi_total_correlation(data[c("x", "y")], groups = data$id, critic = critic_bilinear(),
                                control = quick())
  expect_equal(total$n, 118)
  expect_equal(total$std_error, total$fits[[1]]$std_error)
  share <- mi_anchor(x ~ I(factor(y > 0)), data, groups = id, critic = critic_bilinear(),
                     control = quick())
  expect_s3_class(share, "mi_fit")
  by_sign <- mi_anchor(I(factor(y > 0)) ~ x, data, groups = id, critic = critic_bilinear(),
                       control = quick())
  of <- mi_normalised(by_sign, "uncertainty")
  expect_true(of$conf.low < of$estimate && of$estimate < of$conf.high)
})

test_that("bad groups are errors that name them", {
  x <- rnorm(60)
  expect_snapshot(error = TRUE, {
    mi_anchor(x, -x^2, groups = 1:3)
    mi_anchor(x, -x^2, groups = list(1))
    mi_anchor(x, -x^2, groups = rep(NA, 60))
    mi_anchor(x, -x^2, groups = rep(1:9, length.out = 60))
    mi_anchor(x, -x^2, groups = c(rep(1, 46), 2:15))
    mi_anchor(x, -x^2, groups = rep(1:30, 2), weights = rep(1:0, c(4, 56)), folds = 3)
    mi_anchor(x, -x^2, groups = rep(1:20, 3), value = "normalised")
    mi_anchor(x, -x^2, groups = rep(1:20, 3), objective = objective_infonce())
  })
})
