normals_sample <- function(n, dx = 2, dy = 1) {
  z <- matrix(rnorm(n * (dx + dy)), n)
  z[, dx + 1] <- z[, dx + 1] + ifelse(seq_len(n) %% 3 == 0, 2, -1) * z[, 1]
  list(x = scale(z[, seq_len(dx), drop = FALSE]), y = scale(z[, dx + seq_len(dy), drop = FALSE]))
}

whole <- function(mixture) {
  is_x <- seq_len(mixture$dx)
  rest <- setdiff(seq_len(ncol(mixture$means)), is_x)
  c(mixture, list(weights_x = diag(length(is_x)), weights_y = diag(length(rest))))
}

test_that("log ratios of all pairs and of rows are those of the densities, term by term", {
  set.seed(1)
  s <- normals_sample(300)
  mixture <- whole(mixture_fits(s$x, s$y, 4, pooling = 2)[[1]])
  log_density <- function(row, columns) {
    log(sum(vapply(seq_along(mixture$weights), function(k) {
      sigma <- crossprod(mixture$roots[[k]])[columns, columns, drop = FALSE]
      apart <- row[columns] - mixture$means[k, columns]
      mixture$weights[k] * exp(-sum(apart * solve(sigma, apart)) / 2) /
        sqrt(det(2 * pi * sigma))
    }, 1)))
  }
  pairs <- mixture_blocks(mixture, s$x, s$y, list(1:5))[[1]]
  for (i in 1:5) for (j in 1:5) {
    row <- c(s$x[i, ], s$y[j, ])
    exact <- log_density(row, 1:3) - log_density(row, 1:2) - log_density(row, 3)
    expect_lt(abs(pairs[i, j] - exact), 1e-5) # single precision of each term
  }
  expect_equal(mixture_pairs(mixture, s$x[1:5, ], s$y[1:5, , drop = FALSE]), diag(pairs),
               tolerance = 1e-5)
})

test_that("likelihood never falls from step to step, but for what the prior of the weights gives", {
  set.seed(2)
  s <- normals_sample(400)
  z <- cbind(s$x, s$y)
  share <- matrix(runif(1200), 400)
  share <- share / rowSums(share)
  fits <- vapply(1:12, function(steps) {
    job <- list(z = z, share = share, pooling = 0, steps = steps, least_gain = -Inf)
    .Call(ffi_normals_fit, list(job), 1)[[1]]$fit
  }, 1)
  expect_true(all(diff(fits) > -1e-3)) # a tenth of a row is added to each weight
  expect_gt(fits[12], fits[1] + 0.01)
})

test_that("a dependence in a part of the rows is found, and nothing where there is none", {
  set.seed(3)
  s <- mi_sample("part-5v5", 2000)
  mixture <- whole(mixture_fits(scale(s$x), scale(s$y), 2, pooling = 2)[[1]])
  new <- mi_sample("part-5v5", 4000)
  expect_lt(abs(mean(mixture_pairs(mixture, scale(new$x), scale(new$y))) - mean(new$pmi)), 0.1)
  mixture <- whole(mixture_fits(scale(s$x), scale(new$y[1:2000, ]), 2, pooling = 2)[[1]])
  expect_lt(mean(mixture_pairs(mixture, scale(new$x), scale(new$y[4000:1, ]))), 0.02)
})

test_that("ties, constant columns and few distinct rows are no obstacle", {
  set.seed(4)
  x <- cbind(rep(0:1, 100), 0)
  y <- cbind(rep(0:1, 100) == 1)
  for (size in MIXTURE_SIZES) {
    mixture <- mixture_fits(x, y + 0, size, pooling = 2)[[1]]
    expect_true(is.null(mixture) || all(is.finite(mixture_pairs(whole(mixture), x, y + 0))))
  }
})

test_that("of many columns variates are mixed, or those that stand out, or none", {
  found <- list(x = list(few = c(3, 1)), y = list(few = 2), found = TRUE)
  sides <- mixed_sides(30, 5, found, NULL)
  expect_equal(unname(matrix(1:30, 1) %*% sides$x), matrix(c(3, 1), 1))
  expect_equal(matrix(1:5, 1) %*% sides$y, matrix(2))
  expect_null(mixed_sides(30, 5, list(found = FALSE), NULL))
  set.seed(5)
  x <- matrix(rnorm(3000), 100)
  y <- x[, 1:5] + rnorm(500)
  gaussian <- gaussian_fit(x, y)
  sides <- mixed_sides(30, 5, list(found = FALSE), gaussian)
  expect_equal(x %*% sides$x, variates(gaussian, x, y)$x)
})

test_that("waves find the one column of fifty that y wiggles with", {
  set.seed(6)
  x <- matrix(rnorm(50 * 1000), 1000)
  y <- matrix(sin(3 * x[, 17]) + 0.2 * rnorm(1000))
  expect_identical(screen_waves(x, y), list(x = 17L, y = 1L))
  expect_identical(screened_columns(x, y)$x$few, 17L)
  # principal components come before what they are of
  few <- screened_columns(x, y, list(x = c(17L, 50L)))$x
  expect_identical(few$few, 17L)
  expect_identical(few$principal, c(17L, 50L))
  wide <- cbind(x, matrix(rnorm(30 * 1000), 1000))
  expect_true(all(79:80 %in% screened_columns(wide, y, list(x = 79:80))$x$most))
  nothing <- screened_columns(x, matrix(rnorm(1000)))
  expect_false(nothing$found)
  expect_identical(nothing$x$few, 1:50)
})

test_that("values are got back from normal scores, and clusters are mixed as they are", {
  set.seed(5)
  s <- mi_sample("clusters-5v5", 1000)
  scores <- scores_fit(s$x, 1:800)
  z <- scores_apply(scores, s$x)
  back <- values_fit(scores, z[1:800, ], diag(5))
  inner <- abs(z[, 1]) < 2
  expect_gt(cor(as_values(back$knots, z)[inner, 1], s$x[inner, 1]), 0.9999)
  expect_equal(colMeans(as_values(back$knots, z[1:800, ])), rep(0, 5), tolerance = 0.01)
  expect_identical(as_values(NULL, z), z)
  expect_equal(values_fit(list(list(at = 1, score = 0)), matrix(0, 5), diag(1))$alike, 1)
  # of columns without a weight nothing is looked at
  of_two <- values_fit(scores, z[1:800, ], diag(5)[, 1:2])
  expect_identical(of_two$knots[1:2], back$knots[1:2])
  expect_identical(as_values(of_two$knots, z)[, 3], numeric(1000))

  fit <- mi_anchor(s$x, s$y, critic = critic_auto("mixture", character()), folds = 3)
  expect_type(fit$critics[[1]]$turns[[1]]$forms$mixture$values_x, "list")
  expect_lt(abs(fit$estimate - 2.7614), 0.15)
  heavy <- mi_sample("cauchy-3v3", 400)
  fit <- mi_anchor(heavy$x, heavy$y, critic = critic_auto("mixture", character()), folds = 3)
  expect_null(fit$critics[[1]]$turns[[1]]$forms$mixture$values_x)
})
