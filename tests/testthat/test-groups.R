# G groups of m rows, all of them nearly copies, whose x and y correlate by rho.
copies <- function(count, size, rho) {
  g <- gaussian_pairs(count, 1, rho)
  id <- rep(seq_len(count), each = size)
  near <- function(v) v[id] + 0.1 * rnorm(length(id))
  data.frame(id = paste0("p", id), x = near(g$x), y = near(g$y))
}
closed <- function() critic_auto(c("gaussian", "mixture"), character())

test_that("copies of rows don't pass for dependence if they are groups", {
  set.seed(1)
  data <- copies(50, 8, 0)
  naive <- mi_anchor(y ~ x, data, critic = closed())
  expect_gt(naive$lower, 0.05)
  set.seed(1)
  fit <- mi_anchor(y ~ x, data, groups = id, critic = closed())
  expect_equal(fit$estimate, 0)
  expect_equal(fit$lower, NA_real_)
  expect_null(fit$calibration)
  expect_match(paste(format(fit), collapse = "\n"), "400 in 50 groups")
  set.seed(1)
  expect_identical(mi_anchor(data$x, data$y, groups = data$id, critic = closed())$pmi, fit$pmi)
  expect_error(autoplot(fit, "calibration"), "weights or groups")
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
    mi_anchor(x, -x^2, groups = rep(1:20, 3), value = "normalised")
    mi_anchor(x, -x^2, groups = rep(1:20, 3), objective = objective_infonce())
  })
})
