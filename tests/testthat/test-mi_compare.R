test_that("objectives and critics are compared on the same folds", {
  set.seed(1)
  g <- gaussian_pairs(300, 1, 0.7)
  objectives <- list(anchor = objective_anchor(), chi2 = objective_f("chi2"),
                     infonce = objective_infonce())
  comparison <- mi_compare(g$x, g$y, objectives = objectives, critics = critic_bilinear(),
                           control = quick(max_steps = 60))
  expect_s3_class(comparison, c("mi_comparison", "data.frame"))
  expect_equal(comparison$objective, names(objectives))
  expect_equal(comparison$value, c("plugin", "plugin", "bound"))
  expect_equal(comparison$up_to, c("", "", "a function of x"))
  # ... and the first of them is the fit that mi_anchor() makes from the same seed.
  set.seed(1)
  gaussian_pairs(300, 1, 0.7)
  stats::runif(1)
  alone <- mi_anchor(g$x, g$y, objective = objectives[[1]], critic = critic_bilinear(),
                     control = quick(max_steps = 60))
  expect_equal(comparison$estimate[1], alone$estimate)
  again <- mi_anchor(g$x, g$y, objective = objectives[[1]], critic = critic_bilinear(),
                     control = quick(max_steps = 60))
  expect_false(identical(alone$estimate, again$estimate))
})

test_that("a comparison takes formulas, prints and plots", {
  set.seed(2)
  comparison <- mi_compare(dist ~ speed, data = cars,
                           objectives = list(objective_anchor(nu = 1), objective_anchor(nu = 10)),
                           critics = critic_bilinear(), control = quick(max_steps = 20))
  expect_equal(nrow(comparison), 2)
  expect_output(print(comparison), "<mi_comparison>")
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::ggplot_build(autoplot(comparison))$plot, "ggplot")
})

test_that("what is compared is checked", {
  expect_snapshot(error = TRUE, {
    mi_compare(1:30, 1:30, objectives = "anchor")
    mi_compare(1:30, 1:30, critics = list())
    mi_compare(1:30, 1:30, critics = critic_auto())
  })
})

test_that("arguments that would clash are errors that say so", {
  expect_snapshot(error = TRUE, {
    mi_compare(dist ~ speed, data = cars, subset = speed > 10)
    mi_compare(1:30, 1:30, objective = objective_nce())
  })
})
