test_that("columns are standardised by the rows that train", {
  set.seed(1)
  block <- cbind(a = rnorm(50, 5, 3), b = rexp(50))
  rows <- 1:30
  margins <- anchormi:::margins_fit(block, rows, TRUE)
  out <- anchormi:::margins_apply(margins, block)
  expect_equal(colMeans(out[rows, ]), c(a = 0, b = 0))
  expect_equal(apply(out[rows, ], 2, sd), c(a = 1, b = 1))
  expect_identical(anchormi:::margins_apply(anchormi:::margins_fit(block, rows, FALSE), block),
                   block)
})

test_that("constant, huge and wild columns stay finite", {
  block <- cbind(constant = rep(7, 20), huge = c(1e300, -1e300, rnorm(18)), wild = 1:20)
  block[20, "wild"] <- 1e30
  out <- anchormi:::margins_apply(anchormi:::margins_fit(block, 1:15, TRUE), block)
  expect_true(all(is.finite(out)))
  expect_lte(max(abs(out)), 10)
  expect_equal(out[, "constant"], rep(0, 20))
})
