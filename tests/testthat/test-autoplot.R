test_that("plots are drawn from the fit's numbers", {
  skip_if_not_installed("ggplot2")
  fit <- small_fit()
  pmi <- autoplot(fit)
  expect_s3_class(pmi, "ggplot")
  expect_equal(pmi$data$pmi, fit$pmi)
  training <- autoplot(fit, "training")
  expect_setequal(unique(training$data$fold), paste("fold", 1:5))
  pdf(NULL)
  on.exit(dev.off())
  expect_identical(expect_invisible(plot(fit)), fit)
  expect_no_error(plot(fit, "training"))
  expect_snapshot(error = TRUE, plot(fit, "nonsense"))
})

test_that("both generics, ours and ggplot2's, find the method", {
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(small_fit()), "ggplot")
  expect_s3_class(anchormi::autoplot(small_fit()), "ggplot")
})

test_that("without a package the message says how to get it", {
  expect_snapshot(error = TRUE,
                  anchormi:::check_installed("nosuchpackage", "to draw plots", call = NULL))
})

test_that("a fit without a standard error is drawn", {
  skip_if_not_installed("ggplot2")
  set.seed(1)
  fit <- mi_anchor(factor(1:80), rnorm(80), critic = critic_auto(networks = character()))
  fit$conf_int <- c(NA_real_, NA_real_)
  expect_silent(ggplot2::ggplot_build(autoplot(fit)))
})

test_that("plots look as they did", {
  skip_if_not_installed("vdiffr")
  # Numbers made up: those of training differ in the last bits from machine to machine.
  fit <- small_fit()
  fit$pmi <- qnorm(ppoints(50)) / 2 + 0.3
  fit[c("estimate", "std_error", "conf_int")] <- list(0.3, 0.1, c(0.1, 0.5))
  fit$critics <- lapply(fit$critics, function(critic) {
    step <- 20 * 0:4
    critic$history <- data.frame(step = step, train = -step / 200, valid = -sqrt(step) / 50)
    critic$best_step <- 60
    critic
  })
  fit$calibration <- data.frame(said = -2:2, found = c(-2.3, -1, 0.1, 1, 1.8), low = -2:2 - 0.4,
                                high = -2:2 + 0.3, rows = c(5, 12, 40, 9, 6))
  for (type in c("pmi", "training", "calibration")) {
    vdiffr::expect_doppelganger(paste("fit", type), autoplot(fit, type))
  }
  set.seed(1)
  sum <- mi_total_correlation(cars, critic = critic_bilinear(), control = quick())
  sum$terms <- data.frame(term = c("I(a; b)", "I(a, b; c)"), sign = c(1, -1),
                          estimate = c(0.5, 0.2), std.error = c(0.05, 0.08))
  sum$fits <- lapply(1:2, function(t) {
    with(sum$terms[t, ], list(conf_int = estimate + c(-1, 1) * qnorm(0.975) * std.error))
  })
  sum[c("estimate", "conf_int")] <- list(0.3, c(0.1, 0.5))
  vdiffr::expect_doppelganger("combination", autoplot(sum))
})
