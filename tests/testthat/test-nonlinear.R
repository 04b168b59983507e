fold_of <- function(x, y, train = 1:600, weighing = 601:1000) {
  list(zx = x, zy = y, train = train, weighing = weighing,
       screened = screened_columns(x[train, , drop = FALSE], y[train, , drop = FALSE]),
       threads = 1)
}

features <- function(basis, d) features_of(seq_len(d), basis)
fit_both <- function(zx, zy, basis, x = seq_len(ncol(zx)), y = seq_len(ncol(zy))) {
  side <- function(columns) list(some = columns, pairs = matrix(0L, 2, 0))
  nonlinear_fits(zx, zy, list(x = side(x), y = side(y)), "some", basis)
}

test_that("features are what their names say, standardised by the rows that were fitted", {
  set.seed(1)
  z <- matrix(rnorm(600), 200)
  fitted <- features_fit(features(c("squares", "length", "products"), 3), z)
  raw <- raw_features(fitted$features, z)
  length <- (rowSums(z^2) - 3) / sqrt(6)
  wanted <- cbind(z, z * length, (z^2 - 1) / sqrt(2), z[, 1] * z[, 2], z[, 1] * z[, 3],
                  z[, 2] * z[, 3])
  inside <- abs(wanted) < FEATURE_LIMIT
  expect_equal(raw[inside], wanted[inside])
  expect_lte(max(abs(raw[, -(1:3)])), FEATURE_LIMIT)
  applied <- features_apply(fitted$features, z)
  expect_identical(applied, fitted$values)
  expect_equal(colMeans(applied), numeric(ncol(raw)))
  expect_equal(apply(applied, 2, sd), rep(1, ncol(raw)))
  expect_equal(features_apply(fitted$features, z[7, , drop = FALSE]), applied[7, , drop = FALSE])
  rank <- pchisq(rowSums(z^2), 3)
  expect_equal(raw_features(features("shells", 3), z),
               cbind(z, z * cos(pi * rank), z * cos(2 * pi * rank)))
  expect_equal(raw_features(features("turn", 3), z),
               cbind(z, z * cos(TURN * length), z * sin(TURN * length)))
  # products of waves of two columns that interact: columns of `z`, not of those looked at
  wave <- function(j, k) sqrt(2) * cos(k * pi * pnorm(z[, j]))
  pair <- features_of(2, "pairs", matrix(c(3L, 1L), 2))
  of_pair <- list(c(1, 1), c(2, 1), c(3, 1), c(4, 1), c(1, 2), c(2, 2), c(1, 3), c(1, 4))
  expect_equal(raw_features(pair, z),
               cbind(z[, 2], vapply(of_pair, function(k) wave(3, k[1]) * wave(1, k[2]),
                                    numeric(200))))
  expect_equal(features_size(pair), 9)
  finer <- features_of(2, c("waves", "pairs"), matrix(c(3L, 1L), 2), fineness = 4)
  expect_equal(c(finer$pair_waves, finer$waves), 4 * c(PAIR_WAVES, waves_of(1)))
  expect_equal(ncol(features_of(2, "pairs", matrix(3:1, 2, 9), 2, room = 100)$pairs),
               (100 / 2) %/% (8 + 4 + 2 + 2 + 4))
  # no products of many columns, none of a single one
  wide <- matrix(rnorm(200 * 12), 20)
  expect_equal(ncol(raw_features(features("products", 1), z)), 1)
  expect_equal(ncol(raw_features(features("products", 12), wide)), 12)
  expect_equal(ncol(raw_features(features("products", 10), wide)), 10 + 45)
})

test_that("a rotation by the length is found where correlations see little of it", {
  set.seed(2)
  s <- mi_sample("spiral-multinormal-sparse-5-5-2-2.0", 1000)
  normal <- function(m) scores_apply(scores_fit(m, 1:600), m)
  fold <- fold_of(normal(s$x), normal(s$y))
  fold$gaussian <- choose_gaussian(fold)
  form <- choose_nonlinear(fold)
  expect_lt(form$score, fold$gaussian$score - 0.15)
  pairs <- form$scale * inner_pairs(form, fold$zx, fold$zy)
  expect_equal(diag(inner_blocks(form, fold$zx, fold$zy, list(1:9))[[1]]) * form$scale, pairs[1:9])
  expect_gt(mean(pairs[601:1000]), 0.6)
  # three columns turn by more: sines and cosines see it
  s <- mi_sample("spiral-multinormal-sparse-3-3-2-2.0", 1000)
  fold <- fold_of(normal(s$x), normal(s$y))
  score <- function(basis) {
    form <- fit_both(fold$zx[1:600, ], fold$zy[1:600, ], basis)[[1]]
    forms_weighed(list(nonlinear = form), fold)$score
  }
  expect_lt(score("turn"), score("length") - 0.1)
})

test_that("where correlations say all, or columns are too many, there is no such form", {
  set.seed(3)
  x <- matrix(rnorm(2000), 1000)
  fold <- fold_of(x, x + rnorm(2000))
  fold$gaussian <- choose_gaussian(fold)
  expect_null(choose_nonlinear(fold))
  wide <- matrix(rnorm(100 * 60), 100)
  expect_length(fit_both(wide, wide, "length"), 0)
  # constant and equal columns
  same <- cbind(rep(c(-1, 1), 500), 0)
  form <- fit_both(same, same, c("squares", "length"))[[1]]
  expect_true(all(is.finite(inner_pairs(form, same, same))))
})

test_that("joint networks begin at the Gaussian copula, separable ones here", {
  set.seed(4)
  x <- matrix(rnorm(1800), 600)
  y <- cbind(x[, 1] + x[, 1] * x[, 2] + 0.3 * rnorm(600))
  parts <- critic_auto(c("gaussian", "nonlinear"), c("separable", "sharp"))
  fit <- mi_anchor(x, y, folds = 3, critic = parts, control = mi_control(max_steps = 50))
  turn <- fit$critics[[1]]$turns[[1]]
  expect_named(turn$forms, c("gaussian", "nonlinear"))
  z <- scores_apply(turn$scores_x, x[1:5, ])
  of_y <- scores_apply(turn$scores_y, y[1:5, , drop = FALSE])
  anchormi:::for_members(turn$members, turn$forms, z, of_y, function(member, features) {
    last <- function(seen) seen[, ncol(seen) - features$known + seq_len(features$known)]
    form <- turn$forms[[c(separable = "nonlinear", sharp = "gaussian")[[member$name]]]]
    expect_equal(rowSums(last(features$x) * last(features$y)),
                 form$scale * inner_pairs(form, z, of_y))
  })
  expect_equal(predict(fit, x[1:5, ], y[1:5, , drop = FALSE]),
               rowMeans(vapply(fit$critics, function(s) {
                 critic_pairs(s, x[1:5, ], y[1:5, , drop = FALSE])
               }, numeric(5))), tolerance = 1e-6)
})

test_that("sums of functions of some of many columns are found by waves of those that stand out", {
  set.seed(5)
  x <- matrix(rnorm(40 * 500), 500)
  y <- cbind(sin(3 * x[, 1]) + abs(x[, 2]) + (x[, 3] > 0) + 0.3 * rnorm(500))
  y <- scores_apply(scores_fit(y, 1:500), y)
  fold <- fold_of(x, y, 1:300, 301:500)
  expect_true(all(1:3 %in% fold$screened$x$some))
  expect_lt(length(fold$screened$x$some), 10)
  form <- choose_nonlinear(fold)
  expect_true("waves" %in% form$features_x$basis)
  expect_equal(form$features_x$columns, fold$screened$x$some)
  v <- variates(form, x[301:500, ], y[301:500, , drop = FALSE])
  expect_gt(cor(v$x[, 1], v$y[, 1]), 0.85)
  # no more waves than rows allow for, and none if they don't
  of <- function(rows) fit_both(x[rows, ], y[rows, , drop = FALSE], "waves", 1:3, 1)
  expect_equal(of(1:300)[[1]]$features_x$waves, 8)
  expect_equal(of(1:120)[[1]]$features_x$waves, 120 / NONLINEAR_ROWS / 4 - 1)
  expect_length(of(1:50), 0)
  # of all columns, if there is room for them
  expect_equal(fit_both(x, y, "squares")[[1]]$features_x$columns, 1:40)
  expect_length(fit_both(x[1:200, ], y[1:200, , drop = FALSE], "squares"), 0)
})

test_that("where y is a function and normal noise, its own columns are all that is right", {
  set.seed(7)
  x <- matrix(rnorm(8 * 2000), 2000)
  mean <- sin(2 * x[, 1]) + x[, 2] * sign(x[, 3])
  y <- cbind(mean / sd(mean) + rnorm(2000) / 2)
  y <- scores_apply(scores_fit(y, 1:2000), y)
  fold <- fold_of(x, y, 1:1200, 1201:1600)
  expect_equal(fold$screened$x$pairs[, 1], 2:3)
  form <- choose_nonlinear(fold)
  expect_equal(form$features_y$basis, character())
  expect_equal(form$features_x$basis, c("waves", "pairs"))
  expect_equal(form$scale, 1, tolerance = 0.15)
  test <- 1601:2000
  found <- mean(form$scale * inner_pairs(form, x[test, ], y[test, , drop = FALSE]))
  expect_gt(found, 0.7 * log(5) / 2)
  # the other way round it is x that is plain, and of normals there is no such form
  turned <- choose_nonlinear(fold_of(y, x, 1:1200, 1201:1600))
  expect_equal(turned$features_x$basis, character())
  both <- nonlinear_fits(x, cbind(x[, 1] + rnorm(2000)), fold$screened, "most", "squares")
  expect_length(both, 1)
})

test_that("columns stand out by their products, too", {
  set.seed(6)
  x <- matrix(rnorm(20 * 500), 500)
  y <- cbind(sign(x[, 4] * x[, 9]) + rnorm(500))
  screened <- function(x, y) screen_pairs(x, y, screen(x, y)$x)
  expect_true(all(c(4, 9) %in% screened(x, y)$columns))
  expect_equal(screened(x, y)$pairs, matrix(c(4L, 9L)))
  # a sum of functions has pairs in its square alone
  sum <- cbind(rowSums(cos(pi * pnorm(x[, c(4, 9)]))) + rnorm(500) / 10)
  expect_equal(sort(screened(x, sum)$columns), c(4, 9))
  expect_equal(ncol(screened(x, sum)$pairs), 0)
  # what a column says alone, others don't say with it, be it unbalanced
  rare <- cbind(x[, 1] > 1, x[, 2] > 0.7)
  rare <- scores_apply(scores_fit(rare, 1:500), rare)
  expect_equal(ncol(screened(rare, cbind(5 * rare[, 1] + rnorm(500)))$pairs), 0)
  # of very many columns the strongest take part
  many <- cbind(matrix(rnorm(500 * 100), 500), x[, 4], x[, 9])
  strong <- cbind(x[, 4] + x[, 9] + 3 * sign(x[, 4] * x[, 9]) + rnorm(500))
  expect_equal(screened(many, strong)$pairs[, 1], 101:102)
  expect_true(all(c(4, 9) %in% screened_columns(x, y)$x$some))
  expect_false(any(c(4, 9) %in% screened_columns(x, y)$x$out))
  expect_identical(screened(y, x)$columns, integer())
  expect_equal(dim(screened(y, x)$pairs), c(2, 0))
  noise <- replicate(20, length(screened(x, cbind(rnorm(500)))$columns))
  expect_lt(mean(noise > 0), 0.5)
})
