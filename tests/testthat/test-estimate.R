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
  of <- function(...) {
    found <- corrections(...)
    list(added = sum(found$added), error = sqrt(sum(found$error^2)))
  }
  expect_equal(of(1, 0.4), list(added = 0.2 / 1.4, error = GAP_ERROR * 0.4 / 1.4))
  none <- list(added = 0, error = 0)
  expect_equal(of(0, 0.4), none)
  expect_equal(of(1, -0.1), none)
  expect_equal(of(0, 0.4, 0, 0.4, 0.2), none)
  expect_equal(of(1, 0.4, directions = -0.1), of(1, 0.4))
  expect_equal(of(1, 0.3, 0, 0.3, 0.2), list(added = 0.2, error = 0.05))
  expect_equal(of(1, 0.4, 0, 0.3, 0.2)$added, 0.2 + 0.1 / 2 * 1.2 / 1.3)
  expect_equal(of(1, 0.4, lacking = 0.1),
               list(added = 0.2 / 1.4 + 0.05, error = sqrt((GAP_ERROR * 0.4 / 1.4)^2 + 0.01)))
  expect_equal(of(0, 0.4, lacking = 0.1), none)
  expect_equal(of(1, 0, lacking = -0.1), none)
  expect_equal(of(0.1, 0, lacking = 5), list(added = 0.05, error = 0.1))
  expect_equal(of(1, 0, lacking = 0.1, lacking_error = 0.3), list(added = 0.05, error = 0.3))
  expect_equal(of(0, 0.4, unseen = 0.1), list(added = 0, error = 0.05))
  expect_equal(of(1, 0, left_out = 0.2, left_out_error = 0.1), list(added = 0.15, error = 0.1))
  expect_equal(of(1, 0, left_out = 0.05, left_out_error = 0.1), list(added = 0, error = 0.1))
  expect_equal(of(1, 0, left_out = -0.2, left_out_error = 0.1), list(added = 0, error = 0.1))
  expect_equal(of(0, 0, left_out = 0.2, left_out_error = 0.1), none)
  # the larger of weak correlations and optimism, not both
  expect_equal(of(1, 0.2, left_out = 0.2), list(added = 0.2, error = GAP_ERROR * 0.2 / 1.2))
  expect_equal(of(1, 0.2, left_out = 0.05), of(1, 0.2))
  each <- corrections(1, 0.4, 0.05, 0.3, 0.2, 0.05, left_out = 0.2, left_out_error = 0.1,
                      lacking = 0.1, unseen = 0.2, most = 1.1)
  expect_identical(each$of, c("directions", "weak correlations", "optimism", "learning curve",
                              "independence", "limits"))
  expect_equal(each$added, c(0.2, 0.15 - 0.05 / 2 * 1.2 / 1.25, 0.05 / 2 * 1.2 / 1.25, 0.05, 0,
                             -0.3))
  expect_equal(each$error, c(0.05, 0.1, GAP_ERROR * 0.1 * 1.2 / 1.3, 0.1, 0.1, 0))
})

# What directions cost on new rows.
loss_of <- function(stack, x, y) {
  rows <- seq_len(NROW(x))
  task <- list(turns = list(list(train = rows)), test = rows)
  anchormi:::direction_costs(stack, x, y, task, rep(1, length(rows)))[["directions"]]
}

test_that("a Gaussian copula scores best at the weight that theory says", {
  rho <- c(0.9, 0.3)
  held <- c(0.6, 0.1)
  moments <- cbind(xy = held, xx = 1, yy = 1)
  # Donsker-Varadhan's bound by simulation, of the log ratio of `rho` where pairs have `held`
  set.seed(1)
  x <- matrix(rnorm(4e5), ncol = 2)
  y <- matrix(rnorm(4e5), ncol = 2)
  of_pairs <- function(y) {
    drop((x * y) %*% (rho / (1 - rho^2)) - (x^2 + y^2) %*% (rho^2 / (1 - rho^2) / 2))
  }
  paired <- of_pairs(t(held * t(x) + sqrt(1 - held^2) * t(y)))
  apart <- of_pairs(y)
  best <- optimize(function(s) s * mean(paired) - log(mean(exp(s * apart))), c(0, 1),
                   maximum = TRUE)
  found <- gaussian_bound(list(rho = rho), moments)
  expect_equal(found[["scale"]], best$maximum, tolerance = 0.02)
  expect_equal(found[["bound"]], best$objective, tolerance = 0.02)
  exact <- cbind(xy = rho, xx = 1, yy = 1)
  expect_equal(gaussian_bound(list(rho = rho), exact), c(scale = 1, bound = gaussian_mi(rho)),
               tolerance = 1e-5)
  expect_identical(gaussian_bound(list(rho = rho), cbind(xy = c(0, 0), xx = 1, yy = 1)),
                   c(scale = 0, bound = 0))
})

test_that("directions cost less where columns are not Gaussian together", {
  set.seed(4)
  g <- gaussian_pairs(2000, 1, 0.9)
  identity <- list(list(at = c(-9, 9), score = c(-9, 9)))
  of_scale <- function(scale) {
    form <- list(columns_x = 1, columns_y = 1, x = matrix(1), y = matrix(1), rho = 0.95, mi = 1.5,
                 scale = scale)
    turn <- list(forms = list(gaussian = form), scores_x = identity, scores_y = identity)
    stack <- list(spec = list(kind = "auto"), turns = list(turn), weights = c(gaussian = scale))
    rows <- seq_len(2000)
    task <- list(turns = list(list(train = rows)), test = rows)
    anchormi:::direction_costs(stack, g$x, g$y, task, rep(1, 2000))
  }
  moments <- cbind(xy = mean(g$x * g$y), xx = mean(g$x^2), yy = mean(g$y^2))
  right <- gaussian_bound(list(rho = 0.95), moments)[["scale"]]
  cost <- of_scale(right)[["directions"]]
  expect_gt(cost, 0.3)
  expect_equal(of_scale(2 * right)[["directions"]], cost)
  expect_equal(of_scale(right)[["doubt"]], cost / 4)
  expect_equal(of_scale(right / 4)[["directions"]], cost / 4, tolerance = 1e-6)
  expect_equal(of_scale(right / 4)[["doubt"]], cost / 4 * (1 - 3 / 16), tolerance = 1e-6)
})

# What a Gaussian copula leaves out that was made of so many variates: of all rows.
left_out_of <- function(x, y, rows = seq_len(nrow(x)), mi = 0, variates = 0, all = length(rows)) {
  once <- unique(rows)
  turn <- list(scores_x = scores_fit(x, once), scores_y = scores_fit(y, once),
               forms = list(gaussian = list(mi = mi, x = matrix(0, ncol(x), variates))))
  left_out(turn, x, y, rows, all)
}

weak_pairs <- function(n, d, rho = 0.2) {
  x <- matrix(rnorm(n * d), n)
  list(x = x, y = rho * x + sqrt(1 - rho^2) * matrix(rnorm(n * d), n))
}

test_that("weak correlations that don't stand out are counted together", {
  set.seed(5)
  many <- replicate(20, {
    w <- weak_pairs(400, 20)
    left_out_of(w$x, w$y, mi = 0.1)
  })
  truth <- gaussian_mi(rep(0.2, 20)) - 0.1
  expect_lt(abs(mean(many["left_out", ]) - truth), 3 * sd(many["left_out", ]) / sqrt(20))
  # by chance and, a little more, by what there is
  expect_lt(abs(log(mean(many["left_out_error", ]) / sd(many["left_out", ]))), 0.5)
})

test_that("its error is that of the mean over folds, which see all pairs of rows", {
  set.seed(8)
  of_folds <- replicate(20, {
    w <- weak_pairs(300, 10, 0)
    fold <- sample(rep(1:5, 60))
    rowMeans(vapply(1:5, function(f) {
      left_out_of(w$x, w$y, which(fold != f & fold != f %% 5 + 1), all = 300)
    }, numeric(2)))
  })
  expect_lt(abs(log(mean(of_folds[2, ]) / sd(of_folds[1, ]))), 0.4)
})

test_that("columns with a common scale have no correlation to count", {
  set.seed(6)
  n <- 300
  scale <- sqrt(rchisq(n, 2) / 2)
  g <- list(x = matrix(rnorm(n * 15), n) / scale, y = matrix(rnorm(n * 15), n) / scale)
  found <- left_out_of(g$x, g$y)
  expect_lt(abs(found[["left_out"]]), 3 * found[["left_out_error"]])
  # where theory of Gaussian columns would find some
  z <- lapply(g, function(block) scores_apply(scores_fit(block, 1:n), block))
  white <- lapply(z, function(block) whitening(crossprod(block) / n))
  beyond <- sample_mi(z$x, z$y, white$x, white$y) - gaussian_mi_bias(n, 15, 15)
  expect_gt(beyond, 3 * found[["left_out_error"]])
})

test_that("the order of rows means nothing to what is left out", {
  set.seed(9)
  n <- 160
  x <- matrix(rnorm(n * 5), n)
  turns <- rep(c(1, -1), each = 8, length.out = n) # correlations that alternate
  in_order <- turns * x + 0.3 * rnorm(n * 5)
  mixed <- sample(n)
  of <- function(rows) left_out_of(x[rows, ], in_order[rows, ])
  expect_lt(of(1:n)[["left_out_error"]], 3 * of(mixed)[["left_out_error"]])
  # rows sorted by what x and y have in common
  common <- sort(rnorm(500))
  strong <- function() outer(common, rep(1, 9)) + matrix(rnorm(500 * 9), 500)
  x <- strong()
  y <- strong()
  mixed <- sample(500)
  sorted <- left_out_of(x, y)[["left_out"]]
  shuffled <- left_out_of(x[mixed, ], y[mixed, ])[["left_out"]]
  expect_lt(abs(sorted - shuffled), 0.03)
})

test_that("nothing is left out of all variates, nor looked for in too many columns", {
  none <- c(left_out = 0, left_out_error = 0)
  set.seed(7)
  x <- matrix(rnorm(100 * 20), 100)
  expect_identical(left_out_of(x, x[, 1:3], variates = 3), none)
  expect_identical(left_out_of(cbind(x, x, x), x), none) # of 100 rows
  expect_gt(left_out_of(x, x[, 1:3], variates = 2)[["left_out"]], 1)
  two_levels <- cbind(x[, 1] > 0, x[, 1] <= 0) + 0
  expect_identical(left_out_of(x, two_levels, variates = 1), none)
  # rows that were drawn again are no further rows
  y <- x[, 1:3] + rnorm(300)
  expect_equal(left_out_of(x, y, rows = rep(1:100, 2)), left_out_of(x, y), tolerance = 1e-5)
})

test_that("a fit has what weak correlations have, and its error", {
  set.seed(101)
  w <- weak_pairs(600, 50, rep(rep(c(0.3, 0), c(10, 40)), each = 600))
  fit <- mi_anchor(w$x, w$y, critic = critic_auto("gaussian", character()))
  weak <- subset(fit$corrections, of == "weak correlations")
  expect_gt(weak$added, 0.02)
  expect_gt(weak$error, 0.02)
  expect_lt(weak$error, 0.1)
  expect_equal(fit$estimate, mean(fit$pmi) + sum(fit$corrections$added))
  expect_lt(abs(fit$estimate - gaussian_mi(rep(0.3, 10))), 2 * fit$std_error)
  plain <- update(fit, value = "plugin")
  expect_equal(subset(plain$corrections, of == "weak correlations")$error, 0)
})

test_that("directions cost no more than theory and trials allow beside their optimism", {
  costs <- function(...) subset(corrections(1, 1, 0, ...), of == "directions")
  expect_equal(costs(0.1, 5)$added, 0.15)
  expect_equal(costs(-0.1, 5)$added, 0)
  # and are as doubtful as what they were cut from
  expect_equal(costs(1, 0.2)$error, 0.05)
  expect_equal(costs(1, 0.2, doubt = 0.2)$error, 0.2)
  expect_equal(costs(0.1, 5, doubt = 2)$error, 0.06)
  # nor than halving the rows does; half of the difference is error
  expect_equal(costs(1, 0.4, halving = 0.6)$added, 0.4)
  expect_equal(costs(1, 0.4, halving = 0.1)$added, 0.1)
  expect_equal(costs(1, 0.4, halving = 0.1)$error, 0.15)
  expect_equal(costs(1, 0.4, doubt = 1, halving = 0.2)$error, 0.5)
  expect_equal(costs(1, 0.4, halving = -0.1)$added, 0)
})

test_that("halving the rows says what directions cost, of Gaussian columns no less than theory", {
  set.seed(11)
  costs <- function(draw) {
    s <- draw(1000)
    z <- lapply(s, scale)
    identity <- lapply(seq_len(ncol(z$x)), function(j) list(at = c(-99, 99), score = c(-99, 99)))
    rows <- seq_len(500)
    form <- gaussian_fit(z$x[rows, ], z$y[rows, ])
    held <- lapply(z, function(z) z[-rows, ])
    moments <- function(form) {
      v <- variates(form, held$x, held$y)
      cbind(xy = colMeans(v$x * v$y), xx = colMeans(v$x^2), yy = colMeans(v$y^2))
    }
    best <- gaussian_bound(form, moments(form))
    form$scale <- best[["scale"]]
    turn <- list(forms = list(gaussian = form), scores_x = identity, scores_y = identity)
    found <- halves_bound(turn, z$x, z$y, rows, 501:1000, rep(1, 500))
    halves <- lapply(list(seq(1, 500, 2), seq(2, 500, 2)), function(half) {
      form <- gaussian_fit(z$x[half, ], z$y[half, ])
      gaussian_bound(form, moments(form))[["bound"]]
    })
    expect_equal(found, mean(unlist(halves)), tolerance = 1e-6)
    stack <- list(spec = list(kind = "auto"), turns = list(turn), weights = c(gaussian = 1))
    task <- list(turns = list(list(train = rows)), test = 501:1000)
    of <- direction_costs(stack, z$x, z$y, task, rep(1, 500))
    expect_equal(of[["halving"]], HALVING * (best[["bound"]] - found), tolerance = 1e-6)
    of
  }
  gaussian <- function(n) {
    x <- matrix(rnorm(20 * n), n)
    list(x = x, y = 0.6 * x + 0.8 * matrix(rnorm(20 * n), n))
  }
  found <- costs(gaussian)
  expect_gt(found[["halving"]], found[["directions"]]) # is not cut short
  many <- list(forms = list(gaussian = list(columns_x = 1:400, columns_y = 1:400)))
  expect_null(halves_bound(many))
})

test_that("there is no more than the entropy of what is discrete", {
  expect_equal(sum(corrections(1.2, 0.4, most = log(3))$added), log(3) - 1.2)
  expect_equal(student_interval(1, 0.2, Inf, 0.95, most = c(entropy = log(3), error = 0)),
               c(1 - qnorm(0.975) * 0.2, log(3)))
  expect_equal(student_interval(1, 0.2, Inf, 0.95, most = c(entropy = log(3), error = 0.1))[2],
               min(1 + 0.2 * qnorm(0.975), log(3) + 0.1 * qnorm(0.975)))
  set.seed(1)
  fit <- mi_anchor(iris[1:4], iris$Species, critic = critic_auto(networks = character()))
  expect_equal(unname(fit$most), c(log(3), 0))
  expect_lte(fit$conf_int[2], log(3) + 1e-12)
  expect_equal(confint(fit, level = 0.99)[2], fit$conf_int[2])
  bits <- update(fit, units = "bits", critic = critic_bilinear(), value = "debiased",
                 control = mi_control(max_steps = 50))
  expect_equal(unname(bits$most), c(log2(3), 0))
})

test_that("the least entropy is that of a table", {
  y <- factor(rep(letters[1:4], c(50, 30, 15, 5)))
  of <- function(x, y, ...) anchormi:::least_entropy(prepare_data(x, y, na.omit, ...))
  surprisal <- -log(rep(c(0.5, 0.3, 0.15, 0.05), c(50, 30, 15, 5)))
  found <- c(entropy = mean(surprisal) + 3 / 200,
             error = sqrt(mean((surprisal - mean(surprisal))^2) / 100))
  x <- rnorm(100)
  expect_equal(of(x, y), found)
  expect_equal(of(y, x), found)
  expect_equal(of(x, y, z = rep(1:2, 50)), found)
  expect_equal(of(y, x, z = rep(1:2, 50)), found)
  expect_equal(of(y, rep(1:2, 50)), c(entropy = log(2), error = 0))
  expect_identical(of(x, rnorm(100)), anchormi:::NO_ENTROPY)
  weighed <- of(rnorm(60), gl(4, 15), weights = rep(c(50, 30, 15, 5), each = 15))
  rows <- 15 * sum(c(50, 30, 15, 5))^2 / sum(c(50, 30, 15, 5)^2)
  expect_equal(weighed[["entropy"]], mean(surprisal) + 3 / (2 * rows))
  # who has no weight is not there
  expect_equal(of(rnorm(90), gl(3, 30), weights = rep(c(1, 1, 0), each = 30)),
               c(entropy = log(2), error = 0))
  # rows of a group are one, and of few rows a value others may not have been seen
  grouped <- of(rnorm(400), rep(y, each = 4), groups = rep(1:100, each = 4))
  expect_equal(grouped, found)
  expect_identical(of(rnorm(390), rep(gl(3, 10), 13), groups = rep(1:13, each = 30)), NO_ENTROPY)
  many <- as.data.frame(matrix(runif(4000) < 0.5, 400))
  expect_identical(of(many, many), NO_ENTROPY)
  expect_equal(of(many[1:2], many)[["entropy"]], log(4), tolerance = 0.01)
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
  # by as much as others lean on it: networks that begin at it
  stack$weights <- c(gaussian = 0, mixture = 0.3, joint = 0.15, separable = 0.3)
  expect_equal(own(), 0)
  stack$turns[[1]]$members <- list(list(name = "joint"), list(name = "separable"))
  expect_equal(own(), gap / 2, tolerance = 1e-6)
  stack$turns[[1]]$forms$nonlinear <- c(form, features_x = 1)
  expect_equal(own(), gap / 6, tolerance = 1e-6)
  expect_identical(of_stack(list(spec = list(kind = "joint")), 1, 1, direction_costs), 0)
})

test_that("what noisy directions cost is what the copula lacks of new rows", {
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

test_that("directions that are noise cost nothing", {
  set.seed(3)
  identity <- lapply(1:20, function(j) list(at = c(-9, 9), score = c(-9, 9)))
  noise <- list(columns_x = 1:20, columns_y = 1:20, x = diag(20), y = diag(20),
                rho = rep(0.1, 20), mi = 0, scale = 1) # as freed of inflation
  turn <- list(forms = list(gaussian = noise), scores_x = identity, scores_y = identity)
  stack <- list(spec = list(kind = "auto"), turns = list(turn), weights = c(gaussian = 1))
  draw <- function() matrix(rnorm(20 * 200), 200)
  losses <- replicate(100, loss_of(stack, draw(), draw()))
  expect_lte(max(losses), 0)
  expect_gt(mean(losses), -0.03)
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
  alone <- corrections(0.5, 0.1)
  both <- corrections(0.5, 0.1, averaged = TRUE)
  expect_equal(both$added, 2 * alone$added)
  expect_equal(alone$error, GAP_ERROR * both$error)
  idle <- corrections(0.5, 0.4, averaged = TRUE, idle = 0.3)
  expect_equal(idle$added, both$added)
  expect_equal(idle$error, corrections(0.5, 0.4, averaged = TRUE)$error)
  set.seed(4)
  x <- rnorm(150)
  # without a Gaussian copula all of the optimism is the rest
  fit <- mi_anchor(x, x + rnorm(150), critic = critic_auto("mixture", networks = character()))
  expect_true(all(vapply(fit$critics, has_turns, NA)))
  expect_gt(fit$gap, 0)
  whole <- corrections(mean(fit$pmi), fit$gap, averaged = TRUE)
  expect_equal(fit$corrections, whole, tolerance = 0.01)
})

test_that("an estimate and its interval end at 0, where the quantity does", {
  expect_equal(sum(corrections(-0.1, 0.4, directions = 0.2)$added), 0.1)
  expect_equal(sum(corrections(NaN, 0.4)$added), 0)
  student_interval <- anchormi:::student_interval
  expect_equal(student_interval(0.1, 0.2, Inf, 0.95, least = 0), c(0, 0.1 + qnorm(0.975) * 0.2))
  expect_equal(student_interval(-0.1, 0.2, Inf, 0.95, least = 0)[1], -0.1)
  expect_lt(student_interval(0.1, 0.2, Inf, 0.95)[1], 0)
  set.seed(3)
  closed <- critic_auto("gaussian", character())
  x <- matrix(rnorm(600), 200)
  fit <- mi_anchor(x[, 1], x[, 2], critic = closed)
  expect_equal(c(confint(fit, level = 0.8)[1], fit$conf_int[1], fit$estimate), c(0, 0, 0))
  expect_gt(fit$conf_int[2], 0)
  set.seed(2)
  of_wind <- mi_anchor(Ozone ~ Wind | Temp, airquality, critic = closed)
  expect_identical(of_wind$estimate, 0) # not 0 but for rounding
  expect_equal(update(fit, value = "plugin")$least, -Inf)
  for (dual in c(FALSE, TRUE)) {
    expect_equal(mi_total_correlation(x, dual = dual, critic = closed)$conf_int[1], 0)
  }
  expect_lt(mi_interaction(x[, 1], x[, 2], x[, 3], critic = closed)$conf_int[1], 0)
})
