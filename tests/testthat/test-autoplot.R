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
