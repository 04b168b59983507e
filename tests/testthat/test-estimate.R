test_that("the standard error is that of rows, or of folds where these differ more", {
  set.seed(1)
  fold <- rep(1:5, 40)
  same <- rnorm(200)
  same <- same - ave(same, fold) # folds' means exactly equal
  estimate <- anchormi:::estimate_plugin(same, fold)
  expect_equal(estimate$std_error, sd(same) / sqrt(200))
  shift <- c(-1, 0, 1, 0.5, -0.5)
  differ <- anchormi:::estimate_plugin(same + shift[fold], fold)
  expect_equal(differ$std_error, sd(shift) / sqrt(5))
})
