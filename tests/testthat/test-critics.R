test_that("critics print", {
  expect_snapshot({
    critic_separable()
    critic_separable(widths = 8, embedding = 2, activation = "relu", skip = FALSE)
    critic_joint()
    critic_bilinear()
    critic_bilinear(quadratic = FALSE)
  })
})

test_that("options are checked", {
  expect_snapshot(error = TRUE, {
    critic_separable(widths = 0)
    critic_separable(widths = rep(4, 9))
    critic_separable(widths = "64")
    critic_separable(embedding = -1)
    critic_separable(activation = "gelu")
    critic_joint(widths = numeric())
    critic_separable(skip = NA)
    critic_bilinear(quadratic = "yes")
    critic_bilinear(head = "cosine")
    critic_joint(head = "tanh")
    critic_separable(head = "cosine", temperature = 0)
    critic_separable(temperature = 0.2)
  })
})

test_that("the core agrees on the number of parameters", {
  count <- function(critic, dx, dy, second = 0, known = 0) {
    .Call(anchormi:::ffi_critic_parameters,
          c(unclass(critic), list(dx = dx, dy = dy, second = second, known = known)))
  }
  expect_equal(count(critic_bilinear(), 3, 2), 3 * 2 + (9 + 3 + 1) + (4 + 2 + 1))
  expect_equal(count(critic_bilinear(FALSE), 3, 2), 3 * 2 + (3 + 1) + (2 + 1))
  expect_equal(count(critic_separable(c(5, 4), embedding = 2, skip = FALSE), 3, 2),
               (3 + 1) * 5 + (5 + 1) * 4 + (4 + 1) * 3 + (2 + 1) * 5 + (5 + 1) * 4 + (4 + 1) * 3)
  expect_equal(count(critic_joint(c(5, 4)), 3, 2), (5 + 1) * 5 + (5 + 1) * 4 + (4 + 1))
  # Columns that are known are no data for the networks.
  expect_equal(count(critic_joint(c(5, 4)), 4, 3, known = 1), count(critic_joint(c(5, 4)), 3, 2))
  # A second network, of x and of both, beside them.
  expect_equal(count(critic_bilinear(), 3, 2, 1) - count(critic_bilinear(), 3, 2), 9 + 3 + 1)
  expect_equal(count(critic_joint(4), 3, 2, 2) - count(critic_joint(4), 3, 2),
               (5 + 1) * 4 + (4 + 1) + 5)
})
