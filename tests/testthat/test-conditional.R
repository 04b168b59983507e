closed <- function() critic_auto("gaussian", character())

chain <- function(n, rho) {
  z <- rnorm(n)
  a <- rnorm(n)
  data.frame(z = z, x = z + a, y = z + rho * a + sqrt(1 - rho^2) * rnorm(n))
}

test_that("partial correlations have their closed form, and a chain has 0", {
  set.seed(1)
  linked <- chain(1000, 0.7)
  apart <- chain(1000, 0)
  for (by in c("residuals", "difference")) {
    fit <- mi_anchor(y ~ x | z, linked, critic = closed(), conditioning = by)
    expect_lt(abs(fit$estimate + log(1 - 0.7^2) / 2), 3 * fit$std_error)
    expect_lt(fit$std_error, 0.05)
    null <- mi_anchor(y ~ x | z, apart, critic = closed(), conditioning = by)
    expect_lt(abs(null$estimate), 0.01)
  }
  # where x and y have more than 0.1 in common, all of it z
  expect_gt(coef(mi_anchor(y ~ x, apart, critic = closed())), 0.1)
})

test_that("a table of counts has its exact sum", {
  p <- array(c(4, 1, 1, 4, 1, 1, 1, 7), c(2, 2, 2)) / 20
  over <- function(kept) {
    sums <- apply(p, kept, sum)
    array(sums[as.matrix(expand.grid(lapply(dim(p), seq_len))[kept])], dim(p))
  }
  truth <- sum(p * log(p * over(3) / (over(c(1, 3)) * over(c(2, 3)))))
  set.seed(2)
  cell <- arrayInd(sample(8, 3000, TRUE, p), dim(p))
  fit <- mi_anchor(factor(cell[, 1]), factor(cell[, 2]), factor(cell[, 3]),
                   critic = critic_bilinear())
  expect_lt(abs(fit$estimate - truth), 0.02)
  expect_null(fit$critics[[1]]$residuals$x)
})

test_that("residuals know nothing of z by location or scale, and are one-to-one given z", {
  set.seed(3)
  n <- 2000
  z <- matrix(rnorm(n))
  block <- cbind(z^2 + exp(z / 2) * rnorm(n), rep(1:4, n / 4))
  found <- anchormi:::residuals_fit(block, anchormi:::regressions_on(z, 1:1600))
  new <- 1601:2000
  rest <- anchormi:::residuals_apply(found, block[new, ], z[new, , drop = FALSE])
  expect_identical(rest[, 2], block[new, 2]) # few values: as it was
  free <- function(v) summary(lm(v ~ poly(z[new], 3)))$r.squared
  expect_lt(free(rest[, 1]), 0.03)
  expect_lt(free(log(abs(rest[, 1]))), 0.03)
  expect_gt(free(block[new, 1]), 0.3)
  # for one z: increasing
  at <- cbind(sort(block[new, 1]), 1)
  moved <- anchormi:::residuals_apply(found, at, matrix(0.5, length(new)))
  expect_false(is.unsorted(moved[, 1]))
})

test_that("new rows get the joint critics' log ratio less the marginal ones'", {
  set.seed(4)
  data <- chain(300, 0.8)
  fit <- mi_anchor(y ~ x | z, data, critic = critic_bilinear(), conditioning = "difference")
  by_hand <- lapply(fit$critics, function(critic) {
    xz <- as.matrix(data[c("x", "z")])
    y <- as.matrix(data["y"])
    joint <- if (critic$sees_z) xz else xz[, 1, drop = FALSE]
    anchormi:::critic_pairs(critic$joint, joint, y) -
      anchormi:::critic_pairs(critic$marginal, xz[, 2, drop = FALSE], y)
  })
  expect_equal(predict(fit, data), Reduce(`+`, by_hand) / length(by_hand))
  expect_equal(predict(fit, data$x, data$y, data$z), predict(fit, data))
  expect_equal(fit$lower, NA_real_)
  expect_named(coef(fit), "cmi")
  expect_equal(glance(fit)$columns.z, 1)
  expect_s3_class(autoplot(fit, "training"), "ggplot")
  expect_snapshot(print(fit))
})

test_that("what conditional fits can't do is an error", {
  set.seed(5)
  data <- chain(60, 0.5)
  expect_snapshot(error = TRUE, {
    mi_anchor(y ~ x | z, data, objective = objective_infonce())
    mi_anchor(y ~ x | z, data, critic = critic_bilinear(), value = "bound")
    mi_anchor(data$x, data$y, data$z[-1])
    mi_anchor(y ~ x | z | z, data)
    mi_anchor(data$x, data$y, data$z, conditioning = "matching")
    mi_anchor(data$x, data$y, conditioning = "difference")
    predict(mi_anchor(y ~ x, data, critic = critic_bilinear()), data$x, data$y, data$z)
  })
})

test_that("update() changes formulas with a z, and predict() takes no rows", {
  set.seed(7)
  data <- chain(60, 0.5)
  fit <- mi_anchor(y ~ x | z, data, critic = critic_bilinear(), control = quick())
  expect_equal(length(update(fit, . ~ .)$recipes), 3)
  both <- update(mi_anchor(y ~ x, data, critic = critic_bilinear(), control = quick()), . ~ . | z)
  expect_named(both$recipes, c("x", "y", "z"))
  expect_identical(predict(fit, data[0, ]), numeric())
  expect_match(autoplot(fit)$labels$title, "Conditional")
})

test_that("of two stacks what they say is a difference, and errors add up by their squares", {
  pair <- list(spec = list(kind = "conditional", given = 1), sees_z = TRUE,
               joint = list(spec = list(kind = "auto"), says = 5),
               marginal = list(spec = list(kind = "auto"), says = 3))
  says <- function(stack, x, y) c(value = stack$says, error = stack$says)
  x <- matrix(0, 2, 2)
  y <- matrix(0, 2, 1)
  expect_equal(of_stack(pair, x, y, says, errors = "error"), c(value = 2, error = sqrt(34)))
  expect_equal(of_stack(pair, x, y, says), c(value = 2, error = 2))
  pair$marginal$spec$kind <- "joint"
  expect_equal(of_stack(pair, x, y, says, otherwise = c(value = 0, error = 0), errors = "error"),
               c(value = 5, error = 5))
})
