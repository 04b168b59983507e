
test_that("the test says where something of z is left in x and in y", {
  set.seed(7)
  z <- matrix(rnorm(1500), 500)
  p <- 1.5 * sign(z[, 1] * z[, 2] * z[, 3])
  left <- mi_test(p + rnorm(500), p + rnorm(500), z, permutations = 19)
  expect_true(left$z_left)
  expect_output(print(left), "still depends on z")
  # of one side alone it does no harm
  one <- mi_test(p + rnorm(500), z[, 1] + rnorm(500), z, permutations = 19)
  expect_false(one$z_left)
  expect_output(print(one), "p-value")
  expect_false(any(grepl("still depends", capture.output(print(one)))))
  discrete <- mi_test(p + rnorm(500), p + rnorm(500), factor(p), permutations = 19)
  expect_false(discrete$z_left)
})
