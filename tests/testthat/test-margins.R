# A column as a critic sees it: the score of a linear critic that reads it out.
as_seen <- function(margins, block, column) {
  weights <- as.numeric(seq_len(ncol(block)) == column)
  spec <- c(unclass(critic_bilinear(quadratic = FALSE)), dx = ncol(block), dy = 1, second = 0,
            known = 0)
  # x' W y with W = 0, the terms of x, its constant, the term of y, its constant
  parameters <- c(numeric(ncol(block)), weights, 0, 0, 0)
  .Call(anchormi:::ffi_score_pairs, block, matrix(0, nrow(block), 1),
        list(x = margins, y = NULL), spec, parameters, 1)[, 1]
}

test_that("columns are standardised by the rows that train", {
  set.seed(1)
  block <- cbind(rnorm(50, 5, 3), rexp(50))
  rows <- 1:30
  margins <- anchormi:::margins_fit(block, rows, TRUE)
  for (column in 1:2) {
    expect_equal(as_seen(margins, block, column),
                 (block[, column] - mean(block[rows, column])) / sd(block[rows, column]),
                 tolerance = 1e-6)
  }
  expect_null(anchormi:::margins_fit(block, rows, FALSE))
  expect_equal(as_seen(NULL, block, 2), block[, 2], tolerance = 1e-6)
})

test_that("constant, huge and wild columns stay finite", {
  block <- cbind(constant = rep(7, 20), huge = c(1e300, -1e300, rnorm(18)), wild = 1:20)
  block[20, "wild"] <- 1e30
  margins <- anchormi:::margins_fit(block, 1:15, TRUE)
  seen <- vapply(1:3, function(j) as_seen(margins, block, j), numeric(20))
  expect_true(all(is.finite(seen)))
  expect_equal(max(abs(seen)), 10)
  expect_equal(seen[, 1], rep(0, 20))
})

test_that("columns far from 0 are scaled as long as doubles resolve them", {
  set.seed(1)
  x <- rnorm(300)
  for (offset in c(0, 1e10, 1e13)) {
    margins <- margins_fit(cbind(x + offset), 1:300, TRUE)
    expect_equal(margins$scale, sd(x), tolerance = 1e-3)
  }
  constant <- margins_fit(cbind(rep(0.1 + 1e13, 300)), 1:300, TRUE)
  expect_lt(abs(0.1 + 1e13 - constant$centre) / constant$scale, 1e-10)
})
