test_that("a preset gives what isn't given, and nothing else", {
  set.seed(1)
  x <- rnorm(60)
  fit <- mi_anchor(x, x + rnorm(60), preset = "paper", control = quick(max_steps = 20))
  expect_identical(fit$settings$critics, list(mi_preset("paper")$critic))
  expect_identical(fit$settings$objective$core$nu, 1)
  expect_identical(fit$settings$value, "plugin")
  expect_equal(fit$settings$control$max_steps, 20)
  fit <- mi_anchor(dist ~ speed, data = cars, preset = "paper", critic = critic_bilinear(),
                   control = quick(max_steps = 20))
  expect_identical(fit$folds$critic, rep("bilinear", 5))
  expect_snapshot(error = TRUE, mi_anchor(x, x, preset = "best"))
  expect_error(mi_anchor(x, x, preset = "best", critic = critic_bilinear(), control = quick(),
                         objective = objective_anchor()), class = "anchormi_error_input")
})
