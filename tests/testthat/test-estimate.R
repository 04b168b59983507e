test_that("the standard error is that of rows, or of folds where these differ more", {
  set.seed(1)
  fold <- rep(1:5, 40)
  same <- rnorm(200)
  same <- same - ave(same, fold) # folds' means exactly equal
  estimate <- anchormi:::estimate_mean(same, fold)
  expect_equal(estimate$std_error, sd(same) / sqrt(200))
  shift <- c(-1, 0, 1, 0.5, -0.5)
  differ <- anchormi:::estimate_mean(same + shift[fold], fold)
  expect_equal(differ$std_error, sd(shift) / sqrt(5))
  expect_equal(c(estimate$df, differ$df), c(Inf, 4))
})

test_that("folds that kept independence scatter as their trained critics do", {
  set.seed(2)
  fold <- rep(1:5, 40)
  trained <- rnorm(200)
  trained <- trained - ave(trained, fold)
  kept <- anchormi:::estimate_mean(0 * trained, fold, trained)
  expect_equal(kept$estimate, 0)
  expect_equal(kept$std_error, sd(trained) / sqrt(200))
  wild <- anchormi:::estimate_mean(0 * trained, fold, 1e28 * trained)
  expect_lt(wild$std_error, log(200) / sqrt(200) * 1.01)
  expect_equal(anchormi:::estimate_mean(0 * trained, fold)$std_error, NA_real_)
})

test_that("with groups it is their sums that scatter, weighed too", {
  set.seed(3)
  groups <- rep(1:40, each = 5)
  fold <- (groups - 1) %% 5 + 1
  v <- rnorm(40)[groups] + rnorm(200)
  v <- v - ave(v, fold) # folds' means exactly equal
  weights <- runif(200)
  of_groups <- anchormi:::estimate_mean(v, fold, groups = groups)
  expect_equal(of_groups$std_error, sd(tapply(v, groups, mean)) / sqrt(40))
  expect_equal(of_groups$df, 39)
  v <- v - ave(weights * v, fold, FUN = sum) / ave(weights, fold, FUN = sum)
  weighed <- anchormi:::estimate_mean(v, fold, weights = weights, groups = groups)
  sums <- tapply(weights * v, groups, sum)
  count <- sum(weights)^2 / sum(tapply(weights, groups, sum)^2)
  expect_equal(weighed$std_error, sqrt(sum(sums^2) * count / (count - 1)) / sum(weights))
  expect_equal(weighed$df, count - 1)
  v <- v - ave(v, fold)
  alone <- anchormi:::estimate_mean(v, fold, groups = sample(200))
  expect_equal(alone$std_error, anchormi:::estimate_mean(v, fold)$std_error)
  expect_equal(alone$df, 199)
})

test_that("what corrects counts in the standard error, beside the rows' scatter", {
  set.seed(1)
  v <- rnorm(500)
  fold <- rep(1:5, 100)
  plain <- anchormi:::estimate_mean(v, fold)
  corrected <- anchormi:::estimate_mean(v + 0.1, fold, v + 0.1, error = 0.2)
  expect_equal(corrected$estimate, plain$estimate + 0.1)
  expect_equal(corrected$std_error, sqrt(plain$std_error^2 + 0.04))
  apart <- v + fold
  expect_equal(estimate_mean(apart, fold)$df, 4)
  folds <- estimate_mean(apart, fold)$std_error^2
  expect_equal(estimate_mean(apart, fold, error = sqrt(folds))$df, 16)
})

test_that("what folds' critics err by counts beside the rows, and folds' scatter has it", {
  fold <- rep(1:4, each = 25)
  v <- rep(c(-1, 1), 50)
  v[1:100 %% 25 == 0] <- 0 # so that folds are alike
  of <- function(critics) anchormi:::estimate_mean(v, fold, critics = critics)$std_error
  expect_equal(of(rep(0.2, 4)), sqrt(of(0)^2 + 0.2^2 / 4))
  shifted <- v + c(-5, 5, -5, 5)[fold]
  with <- anchormi:::estimate_mean(shifted, fold, critics = rep(0.2, 4))
  expect_equal(with, anchormi:::estimate_mean(shifted, fold))
})

test_that("a correction is what directions cost, and half of the rest of the gap", {
  expect_equal(debias(1, 0.4), list(correction = 0.2 / 1.4, error = 0.4 / 1.4))
  none <- list(correction = 0, error = 0)
  expect_equal(debias(0, 0.4), none)
  expect_equal(debias(1, -0.1), none)
  expect_equal(debias(0, 0.4, directions = 0.2), none)
  expect_equal(debias(1, 0.4, directions = -0.1), debias(1, 0.4))
  expect_equal(debias(1, 0, directions = 0.2), list(correction = 0.2, error = 0.05))
  expect_equal(debias(1, 0.1, directions = 0.2)$correction, 0.2 + 0.1 / 2 * 1.2 / 1.3)
  expect_equal(debias(1, 0.4, lacking = 0.1),
               list(correction = 0.2 / 1.4 + 0.05, error = sqrt((0.4 / 1.4)^2 + 0.01)))
  expect_equal(debias(0, 0.4, lacking = 0.1), none)
  expect_equal(debias(1, 0, lacking = -0.1), none)
  expect_equal(debias(0.1, 0, lacking = 5), list(correction = 0.05, error = 0.1))
  expect_equal(debias(1, 0, lacking = 0.1, lacking_error = 0.3),
               list(correction = 0.05, error = 0.3))
})

test_that("the optimism of a Gaussian copula is all its own, and of a network none", {
  set.seed(5)
  g <- gaussian_pairs(1000, 5, 0.5)
  task <- list(turns = list(list(train = 1:300)), test = 301:1000)
  scores <- list(x = anchormi:::scores_fit(g$x, 1:300), y = anchormi:::scores_fit(g$y, 1:300))
  zx <- anchormi:::scores_apply(scores$x, g$x)
  zy <- anchormi:::scores_apply(scores$y, g$y)
  form <- c(gaussian_fit(zx[1:300, ], zy[1:300, ]), scale = 0.9)
  stack <- list(spec = list(kind = "auto"), weights = c(gaussian = 0.9), offset = 0.1,
                turns = list(list(forms = list(gaussian = form), scores_x = scores$x,
                                  scores_y = scores$y)))
  pairs <- anchormi:::critic_pairs(stack, g$x, g$y)
  gap <- mean(pairs[1:300]) - mean(pairs[301:1000])
  own <- function(weights = rep(1, 700)) {
    anchormi:::direction_costs(stack, g$x, g$y, task, weights)[["optimism"]]
  }
  expect_equal(own(), gap, tolerance = 1e-6)
  expect_gt(abs(gap), 1e-3)
  once <- c(rep(1, 100), rep(0, 600))
  expect_equal(own(once), mean(pairs[1:300]) - mean(pairs[301:400]), tolerance = 1e-6)
  # by as much as others lean on it: networks that begin at it, but not at nonlinear features
  stack$weights <- c(gaussian = 0, mixture = 0.3, waves = 0.45)
  expect_equal(own(), 0)
  stack$turns[[1]]$members <- list(list(name = "waves"))
  expect_equal(own(), gap / 2, tolerance = 1e-6)
  stack$turns[[1]]$forms$nonlinear <- form
  expect_equal(own(), 0)
  expect_identical(of_stack(list(spec = list(kind = "joint")), 1, 1, direction_costs), 0)
})

# What directions cost on new rows.
loss_of <- function(stack, x, y) {
  rows <- seq_len(NROW(x))
  task <- list(turns = list(list(train = rows)), test = rows)
  anchormi:::direction_costs(stack, x, y, task, rep(1, length(rows)))[["loss"]]
}

test_that("what noisy directions cost is what held-out correlations lack", {
  set.seed(2)
  rho <- sqrt(3 / 4)
  draw <- function(n) {
    x <- matrix(rnorm(100 * n), n)
    y <- matrix(rnorm(100 * n), n)
    y[, 1] <- rho * x[, 1] + sqrt(1 - rho^2) * y[, 1]
    list(x = x, y = y)
  }
  losses <- replicate(4, {
    s <- draw(1000)
    identity <- lapply(1:100, function(j) list(at = c(-9, 9), score = c(-9, 9)))
    turn <- list(forms = list(gaussian = c(gaussian_fit(s$x, s$y), scale = 0.8)),
                 scores_x = identity, scores_y = identity)
    stack <- list(spec = list(kind = "auto"), turns = list(turn),
                  weights = c(gaussian = 0.8, waves = 0))
    new <- draw(2000)
    v <- variates(turn$forms$gaussian, new$x, new$y)
    c(loss_of(stack, new$x, new$y), log(2) + log(1 - cor(v$x, v$y)^2) / 2)
  })
  expect_lt(max(abs(losses[1, ] - losses[2, ])), 0.06)
  expect_gt(min(losses[2, ]), 0.05)
  expect_identical(loss_of(list(spec = list(kind = "auto"), turns = list(list())), 1, 1), 0)
})

test_that("directions that are noise lose nothing on the average", {
  set.seed(3)
  identity <- lapply(1:20, function(j) list(at = c(-9, 9), score = c(-9, 9)))
  noise <- list(columns_x = 1:20, columns_y = 1:20, x = diag(20), y = diag(20),
                rho = rep(0.1, 20), mi = 0, scale = 1)
  turn <- list(forms = list(gaussian = noise), scores_x = identity, scores_y = identity)
  stack <- list(spec = list(kind = "auto"), turns = list(turn), weights = c(gaussian = 1))
  draw <- function() matrix(rnorm(20 * 200), 200)
  losses <- replicate(100, loss_of(stack, draw(), draw()))
  expect_lt(abs(mean(losses)), 3 * sd(losses) / 10)
  expect_lt(sd(losses), 0.03)
})

test_that("of many columns there are more folds", {
  expect_identical(default_folds(2000, 100), 5)
  expect_identical(default_folds(2000, 600), 10)
  expect_identical(default_folds(60, 600), 5)
})

test_that("of many rows there are fewer folds, in which three fifths train too", {
  expect_identical(default_folds(MANY_ROWS - 1, 20), 5)
  expect_identical(default_folds(MANY_ROWS, 20), 4)
  expect_identical(default_folds(MANY_ROWS, 20, groups = 500), 5)
  set.seed(1)
  for (n in c(200, MANY_ROWS - 1, MANY_ROWS, 3 * MANY_ROWS)) {
    trained <- length(make_plan(n, default_folds(n, 20))$tasks[[1]]$train)
    expect_gte(trained, floor(0.6 * n))
  }
})

test_that("averages over turns are wrong by all of what they learnt by heart", {
  alone <- debias(0.5, 0.1)
  both <- debias(0.5, 0.1, averaged = TRUE)
  expect_equal(both$correction, 2 * alone$correction)
  expect_equal(both$error, alone$error)
  idle <- debias(0.5, 0.1, averaged = TRUE, idle = 0.3)
  expect_equal(idle$correction, both$correction)
  expect_equal(idle$error, debias(0.5, 0.4, averaged = TRUE)$error)
  set.seed(4)
  x <- rnorm(150)
  # without a Gaussian copula all of the optimism is the rest
  fit <- mi_anchor(x, x + rnorm(150), critic = critic_auto("mixture", networks = character()))
  expect_true(all(vapply(fit$critics, has_turns, NA)))
  expect_gt(fit$gap, 0)
  whole <- debias(mean(fit$pmi), fit$gap, averaged = TRUE)
  expect_equal(fit$added_error, whole$error, tolerance = 0.01)
  expect_equal(fit$correction, whole$correction, tolerance = 0.01)
})
