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
  expect_equal(c(estimate$df, differ$df), c(Inf, 4))
})

test_that("folds that kept independence scatter as their trained critics do", {
  set.seed(2)
  fold <- rep(1:5, 40)
  trained <- rnorm(200)
  trained <- trained - ave(trained, fold)
  kept <- anchormi:::estimate_plugin(0 * trained, fold, trained)
  expect_equal(kept$estimate, 0)
  expect_equal(kept$std_error, sd(trained) / sqrt(200))
  expect_equal(anchormi:::estimate_plugin(0 * trained, fold)$std_error, NA_real_)
})
