test_that("normal scores are one-to-one, share ties, and reach new rows", {
  set.seed(1)
  block <- cbind(rexp(3000)^3, round(rnorm(3000)), rnorm(3000) > 1)
  scores <- anchormi:::scores_fit(block, 1:2000)
  z <- anchormi:::scores_apply(scores, block)
  expect_lt(ks.test(z[1:2000, 1], "pnorm")$statistic, 0.01)
  expect_lt(ks.test(z[2001:3000, 1], "pnorm")$statistic, 0.05)
  for (j in 1:3) {
    expect_equal(order(block[, j], seq_len(3000)), order(z[, j], seq_len(3000)))
    expect_equal(mean(z[1:2000, j]), 0, tolerance = 0.02)
    expect_equal(sd(z[1:2000, j]), 1, tolerance = 0.02)
  }
  expect_equal(length(unique(z[, 3])), 2)
  far <- anchormi:::scores_apply(scores, rbind(c(-1e9, -1e9, -1), c(1e9, 1e9, 2)))
  expect_equal(far, rbind(apply(z[1:2000, ], 2, min), apply(z[1:2000, ], 2, max)))
  expect_equal(anchormi:::scores_apply(anchormi:::scores_fit(cbind(rep(2, 9)), 1:9), cbind(1:3)),
               matrix(0, 3, 1))
})

test_that("the Gaussian copula's log ratio is that of normal densities", {
  set.seed(2)
  n <- 50000
  sigma <- crossprod(matrix(rnorm(36), 6)) + diag(6)
  sigma <- cov2cor(sigma)
  z <- matrix(rnorm(6 * n), n) %*% chol(sigma)
  gaussian <- gaussian_fit(z[, 1:2], z[, 3:6])
  log_density <- function(z, s) -0.5 * (log(det(s)) + rowSums((z %*% solve(s)) * z))
  rows <- 1:200
  exact <- log_density(z[rows, ], sigma) - log_density(z[rows, 1:2], sigma[1:2, 1:2]) -
    log_density(z[rows, 3:6], sigma[3:6, 3:6])
  known <- anchormi:::gaussian_known(gaussian, z[rows, 1:2], z[rows, 3:6])
  expect_lt(max(abs(rowSums(known$x * known$y) - exact)), 0.15)
  truth <- 0.5 * log(det(sigma[1:2, 1:2]) * det(sigma[3:6, 3:6]) / det(sigma))
  expect_equal(gaussian$mi, truth, tolerance = 0.02)
})

test_that("canonical correlations of many columns lose their inflation, and noise its place", {
  set.seed(3)
  n <- 1000
  x <- matrix(rnorm(n * 100), n)
  y <- matrix(rnorm(n * 80), n)
  expect_null(gaussian_fit(x, y))
  y[, 1] <- 0.8 * x[, 1] + 0.6 * y[, 1]
  gaussian <- gaussian_fit(x, y)
  expect_length(gaussian$rho, 1)
  expect_equal(gaussian$rho, 0.8, tolerance = 0.05)
  expect_gt(gaussian$sample, 0.83)
  expect_null(gaussian_fit(x[1:150, ], y[1:150, ])) # too few rows
})

# True log ratios of all pairs of rows, of normals that correlate.
log_ratio_blocks <- function(count, rows, rho = 0.8) {
  lapply(seq_len(count), function(b) {
    x <- rnorm(rows)
    y <- rho * x + sqrt(1 - rho^2) * rnorm(rows)
    outer(x, y, function(x, y) {
      dnorm(y, rho * x, sqrt(1 - rho^2), log = TRUE) - dnorm(y, log = TRUE)
    })
  })
}

test_that("a stack's loss is that of its sum, x by x", {
  set.seed(6)
  parts <- list(lapply(c(5, 8), function(n) matrix(rnorm(n^2), n)),
                lapply(c(5, 8), function(n) matrix(rnorm(n^2), n)))
  bound <- function(w) {
    sums <- Map(function(a, b) w[1] * a + w[2] * b + w[3], parts[[1]], parts[[2]])
    losses <- vapply(sums, function(s) {
      13 * sum(contrastive_loss(s, objective_anchor(nu = 8))$value * nrow(s))
    }, 1)
    sum(losses) / 13
  }
  loss <- anchormi:::weighing_loss(parts, 2, nu = 8)
  w <- c(0.7, -0.4, 0.2)
  scale <- (1 + 8 / anchormi:::candidates(parts)) / 13
  expect_equal(loss(w)$value, scale * (bound(w) - bound(c(0, 0, 0))))
  slopes <- vapply(1:3, function(j) {
    step <- replace(numeric(3), j, 1e-5)
    scale * (bound(w + step) - bound(w - step)) / 2e-5
  }, 1)
  expect_equal(loss(w)$slopes, slopes, tolerance = 1e-6)
  expect_equal(loss(c(0.7, 0.2), 1)$value, loss(c(0.7, 0, 0.2))$value)
})

test_that("weights find the part that is the log ratio", {
  set.seed(4)
  blocks <- log_ratio_blocks(8, 100)
  noise <- lapply(blocks, function(s) matrix(rnorm(length(s)), nrow(s)))
  parts <- list(noise, lapply(blocks, function(s) 2 * s))
  found <- anchormi:::weigh(parts)
  expect_lt(max(abs(c(found$weights, found$offset) - c(0, 0.5, 0))), 0.1)
  alone <- vapply(parts, function(b) anchormi:::weighing_loss(list(b), 1)(c(1, 0))$value, 1)
  expect_lte(found$score, min(alone))
})

test_that("a stack scores pairs as it scores matrices, and is independence with weights 0", {
  set.seed(5)
  x <- matrix(rnorm(900), 300)
  y <- x[, 1:2]^2 + matrix(rnorm(600), 300)
  fit <- mi_anchor(x, y, folds = 3, control = mi_control(max_steps = 50))
  stack <- fit$critics[[1]]
  pairs <- anchormi:::critic_pairs(stack, x[1:20, ], y[1:20, ])
  matrix <- anchormi:::critic_matrix(stack, x[1:20, ], y[1:20, ])
  expect_equal(diag(matrix), pairs, tolerance = 1e-4)
  none <- anchormi:::as_independence(stack)
  expect_equal(anchormi:::critic_pairs(none, x[1:20, ], y[1:20, ]), numeric(20))
  expect_equal(anchormi:::critic_matrix(none, x[1:20, ], y[1:20, ]), matrix(0, 20, 20))
  x[3, 2] <- NA
  expect_equal(which(is.na(predict(fit, x[1:5, ], y[1:5, ]))), 3)
})

test_that("the default call is near the truth where one critic alone is not", {
  cases <- list(
    heavy = mi_sample_seeded("student-identity-5-5-2", 1000),
    mixture = mi_sample_seeded("mixture-1v1", 1000))
  truth <- c(heavy = 0.4482, mixture = 0.4081)
  for (case in names(cases)) {
    set.seed(7)
    fit <- mi_anchor(cases[[case]]$x, cases[[case]]$y)
    expect_lt(abs(fit$estimate - truth[[case]]), 0.1, label = case)
    expect_lt(fit$lower, truth[[case]])
    expect_gt(fit$lower, 0.4 * truth[[case]])
    expect_equal(fit$estimate, mean(fit$pmi) + sum(fit$corrections$added))
    # less than by the whole gap only by what is the Gaussian copula's own, where directions are few
    whole <- corrections(mean(fit$pmi), fit$gap)
    expect_gte(sum(fit$corrections$added), sum(whole$added) - 1e-3)
  }
})

test_that("of independent columns the default finds nothing, and adds nothing", {
  set.seed(8)
  fit <- mi_anchor(matrix(rnorm(3000), 300), matrix(rnorm(3000), 300))
  expect_lt(abs(fit$estimate), 0.02)
  expect_lt(fit$lower, 0.01)
  expect_match(anchormi:::distrust(list(estimate = 0, df = Inf, std_error = 0), 0,
                                   list(x = matrix(0, 300, 10), y = matrix(0, 300, 10))),
               "too few to find weak dependence")
})

# The true log ratio of gaussian_pairs(), as a closed form.
true_form <- function(d, rho) {
  list(columns_x = 1:d, columns_y = 1:d, x = diag(d), y = diag(d), rho = rep(rho, d), scale = 1)
}
RHO_OF_9 <- sqrt(1 - exp(-2 * 9 / 10)) # 9 nats by 10 columns

test_that("weights that don't add up to 1, and an offset, count as far as it is no chance", {
  settled <- anchormi:::settled
  stack <- function(weights, offset, error) list(weights = weights, offset = offset, error = error)
  mean_of <- function(s, parts) sum(s$weights * parts) + s$offset
  parts <- c(4, 5)
  drawn <- stack(c(0.5, 0.55), 0.1, 0.1)
  mean <- mean_of(drawn, parts)
  even <- sum(c(0.5, 0.55) / 1.05 * parts)
  chance <- (0.1 / (mean - even))^2 * (1 - (0.1 / (0.05 * mean))^2)
  expect_equal(mean_of(settled(drawn, mean), parts), mean - chance * (mean - even))
  # nearly all of it, where it is within chance; next to nothing where it is far beyond
  expect_equal(sum(settled(stack(c(0.5, 0.51), 0.01, 0.1), 4.6)$weights), 1, tolerance = 0.003)
  far <- stack(c(0.5, 0.55), 0.1, 0.001)
  expect_equal(settled(far, mean), far, tolerance = 1e-4)
  unchanged <- list(stack(c(0.5, 0.55), 0.1, 0.3), stack(c(0, 0), 0, 0.1),
                    stack(c(0.5, 0.55), 0.1, 0), stack(c(0.4, 0.6), 0, 0.1))
  for (s in unchanged) expect_equal(settled(s, mean_of(s, parts)), s)
  expect_equal(settled(drawn, -0.1), drawn)
})

test_that("strong dependence is not off by how weights happened to fall", {
  set.seed(30)
  off <- replicate(6, {
    pairs <- gaussian_pairs(1500, 10, RHO_OF_9)
    fit <- mi_anchor(pairs$x, pairs$y, critic = critic_auto("gaussian", character()))
    r <- RHO_OF_9
    pmi <- 9 + rowSums(r * pairs$x * pairs$y - r^2 * (pairs$x^2 + pairs$y^2) / 2) / (1 - r^2)
    fit$estimate - mean(pmi)
  })
  expect_lt(sqrt(mean(off^2)), 0.11) # 0.13 without
})

lower_limit_of <- function(critic, x, y, choosing, held) {
  matrices <- function(rows) blocks_of_rows(critic, x, y, rows, anchormi:::lower_blocks)
  lower_limit(lower_fit(matrices(choosing), matrices(held), nrow(x)), 0.95)
}

test_that("the lower limit holds for a critic that is wild", {
  set.seed(9)
  x <- matrix(rnorm(400), 400)
  y <- matrix(rnorm(400), 400)
  spec <- c(unclass(critic_bilinear()), list(dx = 1, dy = 1, second = 0, known = 0))
  limits <- vapply(1:40, function(i) {
    wild <- list(spec = spec, margins = list(x = NULL, y = NULL), log_ratio = "score", offset = 0,
                 parameters = rnorm(7, sd = 2))
    lower_limit_of(wild, x, y, 1:200, 201:400)
  }, 1)
  expect_lte(sum(limits > 0), 6)
})

test_that("the lower limit holds where ratios are large", {
  set.seed(19)
  identity <- lapply(1:10, function(j) list(at = c(-9, 9), score = c(-9, 9)))
  critic <- list(spec = list(kind = "auto"), weights = c(gaussian = 1), offset = 0,
                 turns = list(list(scores_x = identity, scores_y = identity,
                                   forms = list(gaussian = true_form(10, RHO_OF_9)))))
  limits <- replicate(30, {
    pairs <- gaussian_pairs(600, 10, RHO_OF_9)
    lower_limit_of(critic, pairs$x, pairs$y, 1:200, 201:600)
  })
  expect_lte(sum(limits > 9), 1)
  expect_gt(mean(limits), 0.7 * 9)
})

test_that("large ratios are weighed by a nu that tells how large they are", {
  set.seed(20)
  weigh <- anchormi:::weigh
  estimates <- replicate(8, {
    pairs <- gaussian_pairs(375, 10, RHO_OF_9)
    parts <- list(gaussian = anchormi:::form_blocks("gaussian", true_form(10, RHO_OF_9), pairs$x,
                                                    pairs$y, anchormi:::weighing_blocks(1:375)))
    best <- weigh(parts)
    9 * best$weights + best$offset
  })
  expect_lt(sqrt(mean((estimates - 9)^2)), 0.4) # 0.7 by nu = 10
})

test_that("perfect dependence has the value that it can have, and a lone value none", {
  set.seed(21)
  closed <- critic_auto(networks = character())
  f <- factor(sample(letters[1:5], 300, TRUE))
  entropy <- -sum(prop.table(table(f)) * log(prop.table(table(f))))
  fit <- mi_anchor(f, f, critic = closed)
  expect_lt(abs(fit$estimate - entropy), 0.1)
  expect_lt(fit$lower, entropy)
  x <- matrix(rnorm(300), 60)
  suppressWarnings(fit <- mi_anchor(x, x, critic = closed)) # infinite, and it says so
  expect_gt(fit$estimate, 10)
  fit <- mi_anchor(c(1, rep(0, 199)), rnorm(200), critic = closed)
  expect_identical(fit$estimate, 0)
})

test_that("critics of several kinds are compared by one score", {
  set.seed(22)
  g <- gaussian_pairs(200, 1, 0.8)
  fit <- mi_anchor(g$x, g$y, control = quick(),
                   critic = list(critic_auto(networks = character()), critic_bilinear()))
  expect_true(all(is.finite(fit$folds$score)))
  task <- list(valid = 1:200)
  stack <- fit$critics[[which(vapply(fit$critics, is_stack, NA))[1]]]
  s <- anchormi:::critic_matrix(stack, g$x, g$y)
  nu <- 199
  bound <- anchormi:::anchor_bound(contrastive_loss(s, objective_anchor(nu = nu))$value,
                                   list(k = 0, nu = nu), 200)
  expect_equal(weighing_score(stack, g$x, g$y, task, 1), -bound, tolerance = 1e-6)
})

test_that("critics of several kinds given z are too", {
  set.seed(23)
  z <- rnorm(200)
  g <- gaussian_pairs(200, 1, 0.8)
  x <- cbind(g$x, z)
  rows <- list(train = 1:120, valid = 121:200, seed = c(0, 1))
  fit <- function(critic) {
    fit_conditional(x, g$y, rows, conditional_spec(1, "residuals"), critic,
                    objective_anchor(nu = 10), quick(), standardise = TRUE)
  }
  stack <- fit(critic_auto(networks = character()))
  single <- fit(critic_bilinear())
  scores <- vapply(list(stack, single), weighing_score, 1, x, g$y, rows, 1)
  expect_equal(best_critic(list(stack, single), x, g$y, rows, 1), which.min(scores))
  b <- conditional_blocks(stack, x, g$y)
  seen <- if (stack$sees_z) cbind(b$x, b$z) else b$x
  expect_equal(scores[1], weighing_score(stack$joint, seen, b$y, rows, 1) -
                 weighing_score(stack$marginal, b$z, b$y, rows, 1))
  expect_gt(abs(scores[2] - single$score), 0.02) # raw ones are on another scale
})

test_that("parts of the default critic can be switched off", {
  set.seed(10)
  x <- rnorm(200)
  y <- x + rnorm(200)
  closed <- mi_anchor(x, y, critic = critic_auto(networks = character()))
  expect_equal(closed$estimate, log(2) / 2, tolerance = 0.3)
  expect_equal(unique(closed$folds$steps), 0)
  expect_error(autoplot(closed, "training"), class = "anchormi_error_input")
  fit <- mi_anchor(x, y, critic = critic_auto(character(), "separable"),
                   control = mi_control(max_steps = 25))
  expect_length(fit$critics[[1]]$turns[[1]]$forms, 0)
  expect_length(fit$critics[[1]]$turns[[1]]$members, 1)
  expect_snapshot(critic_auto())
  expect_snapshot(error = TRUE, {
    critic_auto(networks = "deep")
    critic_auto("kendall")
    critic_auto(character(), character())
    critic_separable(components = 2, head = "cosine")
    mi_anchor(x, y, critic = critic_auto(), objective = objective_infonce())
  })
})

test_that("few rows decide for independence by the score test too", {
  set.seed(12)
  x <- matrix(rnorm(80))
  expect_true(rejects_independence(x, 0.7 * x + rnorm(80), 1:80))
  rejected <- replicate(150, rejects_independence(matrix(rnorm(80)), matrix(rnorm(80)), 1:80))
  expect_lt(mean(rejected), 0.02 + 3 * sqrt(0.02 * 0.98 / 150))
  # as plain a dependence as there is, which a hundred rows should show
  g <- gaussian_pairs(100, 1, 0.7)
  fit <- mi_anchor(g$x, g$y)
  expect_lte(sum(fit$folds$independent), 1)
  expect_lt(abs(fit$estimate - g$mi), 0.2)
})

test_that("as many weights are fitted as the prior leaves free", {
  set.seed(13)
  blocks <- lapply(1:3, function(b) matrix(rnorm(1600), 40))
  parts <- list(a = blocks, b = lapply(blocks, function(s) s + matrix(rnorm(1600, sd = 0.1), 40)))
  count <- weights_fitted(parts, list(weights = c(0.5, 0.5), offset = 0))
  expect_gt(count, 1)
  expect_lt(count, 3)
  # scores that hardly vary leave all to the prior, but for the offset
  flat <- lapply(parts, function(part) lapply(part, function(s) s / 1000))
  expect_lt(weights_fitted(flat, list(weights = c(0.5, 0.5), offset = 0)), 1.01)
  expect_equal(weights_fitted(list(), list(weights = numeric(), offset = 0)), 0)
})

test_that("all correlations shrunk alike are James and Stein's, and right where all are weak", {
  set.seed(14)
  n <- 200
  d <- 4
  rho <- 0.25
  truth <- -d * log1p(-rho^2) / 2
  found <- replicate(40, {
    x <- matrix(rnorm(n * d), n)
    y <- rho * x + sqrt(1 - rho^2) * matrix(rnorm(n * d), n)
    mi <- function(by) gaussian_fit(x, y, canonical = by)$mi %||% 0
    c(all = mi(canonical_all),
      edge = mi(canonical_edge))
  })
  expect_lt(abs(mean(found["all", ]) - truth), 0.025)
  expect_lt(mean(found["edge", ]), truth - 0.04)
  x <- matrix(rnorm(2000), 500)
  noise <- replicate(20, is.null(gaussian_fit(matrix(rnorm(2000), 500), x,
                                                         canonical = canonical_all)))
  expect_gt(mean(noise), 0.2)
})

test_that("no log ratio is less than what one of so many rows has", {
  set.seed(20)
  x <- rnorm(400)
  y <- x + 0.05 * rnorm(400)
  # without a regression, whose residuals have tails
  closed <- critic_auto(c("gaussian", "nonlinear", "student", "mixture", "table"), character())
  stack <- mi_anchor(x, y, critic = closed)$critics[[1]]
  lowest <- -log(320) # rows that train and choose
  expect_equal(stack$floor, lowest)
  far <- list(x = cbind(c(-3, 0, 3)), y = cbind(c(3, 0, -3)))
  pairs <- critic_pairs(stack, far$x, far$y)
  expect_equal(pairs[c(1, 3)], rep(lowest, 2))
  expect_gt(pairs[2], 1)
  scores <- critic_matrix(stack, far$x, far$y)
  expect_equal(diag(scores), pairs, tolerance = 1e-4)
  expect_equal(min(scores), lowest, tolerance = 1e-6)
  # where fits of former versions have none
  stack$floor <- NULL
  expect_lt(critic_pairs(stack, far$x, far$y)[1], -100)
})

test_that("of many columns and few rows networks look at those that stand out", {
  set.seed(21)
  x <- matrix(rnorm(30 * 600), 600)
  y <- x[, 3]^2 + x[, 7] * x[, 11] + 0.3 * rnorm(600)
  columns <- function(rows) {
    control <- mi_control(max_steps = 2, check_every = 1)
    fit <- mi_anchor(x[rows, ], y[rows], folds = 3, control = control,
                     critic = critic_auto(closed_forms = "gaussian", networks = "separable"))
    fit$critics[[1]]$turns[[1]]$members[[1]]$view_x$columns
  }
  few <- columns(1:600)
  expect_true(all(c(3, 7, 11) %in% few))
  expect_lt(length(few), 15)
  x <- x[, c(3, 7, 11)]
  expect_equal(columns(rep(1:600, 2)), 1:3)
})

test_that("columns that add up to one another have as many directions as there are", {
  set.seed(18)
  x <- outer(sample(3, 200, TRUE), 1:3, `==`) + 0
  y <- x[ifelse(runif(200) < 0.7, 1:200, sample(200)), ]
  form <- gaussian_fit(scale(x), scale(y), canonical = canonical_all)
  expect_length(form$rho, 2)
  expect_equal(form$rho / form$sample,
               rep(1 - 4 / 200 / sum(form$sample^2), 2), tolerance = 1e-6)
  set.seed(4)
  x <- factor(sample(letters[1:3], 60, TRUE))
  y <- factor(ifelse(runif(60) < 0.8, as.character(x), "a"))
  fit <- mi_anchor(x, y)
  expect_true(is.finite(fit$estimate) && is.finite(fit$std_error))
})

test_that("turns are averaged, alone they are what is averaged, and networks are the first's", {
  set.seed(15)
  x <- matrix(rnorm(800), 400)
  y <- cbind(sin(2 * x[, 1]) * cos(2 * x[, 2]) + 0.3 * rnorm(400))
  # without the form that would leave nothing to networks
  critic <- critic_auto(setdiff(critic_auto()$closed_forms, "nonlinear"))
  fit <- mi_anchor(x, y, critic = critic, control = mi_control(max_steps = 200))
  stack <- fit$critics[[1]]
  expect_length(stack$turns, 4)
  expect_identical(lengths(lapply(stack$turns, `[[`, "members")), c(5L, 0L, 0L, 0L))
  expect_gt(sum(stack$weights[critic$networks]), 0.1)
  new <- list(x = x[1:30, ], y = y[1:30, , drop = FALSE])
  alone <- vapply(1:4, function(t) {
    anchormi:::critic_pairs(anchormi:::turn_alone(stack, t), new$x, new$y)
  }, numeric(30))
  expect_equal(rowMeans(alone), anchormi:::critic_pairs(stack, new$x, new$y), tolerance = 1e-6)
  expect_equal(diag(anchormi:::critic_matrix(stack, new$x, new$y)), rowMeans(alone),
               tolerance = 1e-4)
  # their optimism is of the first turn's rows
  task <- list(turns = list(list(train = 1:150)), test = 151:400)
  of <- function(stack) anchormi:::idle_optimism(stack, x, y, task, rep(1, 250))
  networks <- stack
  networks$weights[critic$closed_forms] <- 0
  pairs <- anchormi:::critic_pairs(networks, x, y)
  gap <- mean(pairs[1:150]) - mean(pairs[151:400])
  expect_gt(gap, 0)
  expect_gt(stack$brought, 0)
  expect_equal(of(stack), gap - gap / 2 * stack$brought / (stack$brought + gap), tolerance = 1e-6)
  stack$brought <- 1e9
  expect_equal(of(stack), gap / 2, tolerance = 1e-6)
  stack$brought <- NULL # a single turn
  expect_identical(of(stack), 0)
})

test_that("networks that bring next to nothing stay out", {
  set.seed(16)
  blocks <- log_ratio_blocks(2, 50)
  zero <- lapply(blocks, function(s) 0 * s)
  noise <- lapply(blocks, function(s) matrix(rnorm(2500), 50))
  weighed <- list(weights = c(gaussian = 0.5), offset = 0.1, score = -0.2)
  both <- function(gaussian, network) {
    weigh_networks(weighed, list(gaussian = gaussian, waves = network, independence = zero),
                   "waves")
  }
  expect_identical(both(blocks, noise), weighed)
  found <- both(noise, blocks)
  expect_named(found$weights, c("gaussian", "waves"))
  expect_gt(found$weights[["waves"]], 0.6)
  expect_lt(found$score, -0.2)
})

test_that("where independence was kept, what could not be seen is in the interval", {
  set.seed(17)
  expect_equal(unseen_mi(100, 1, 1), log1p((qnorm(0.99) + qnorm(0.975))^2 / 100) / 2,
               tolerance = 1e-4)
  # of samples with as much as that, one in 40 is not seen
  rho <- sqrt(1 - exp(-2 * unseen_mi(1000, 3, 4)))
  sums <- replicate(1000, {
    x <- matrix(rnorm(3000), 1000)
    y <- matrix(rnorm(4000), 1000)
    y[, 1] <- rho * x[, 1] + sqrt(1 - rho^2) * y[, 1]
    1000 * sum(cor(x, y)^2)
  })
  expect_lt(abs(mean(sums < qchisq(0.98, 12)) - 0.025), 0.02)
  fit <- mi_anchor(matrix(rnorm(1200), 200), matrix(rnorm(1200), 200))
  expect_true(all(fit$folds$independent))
  expect_identical(fit$estimate, 0)
  expect_equal(fit$std_error^2, added_error(fit$corrections)^2 + var(fit$trained) / 200,
               tolerance = 0.1)
  expect_equal(added_error(fit$corrections), unseen_mi(120, 6, 6) / 2)
  expect_gt(fit$conf_int[2], 0.08)
})

test_that("a joint network of ReLU units finds an edge that a separable one doesn't", {
  drawn <- mi_sample_seeded("extremes-2", 1500)
  pmi_by <- function(network) {
    set.seed(16)
    mean(mi_anchor(drawn$x, drawn$y, critic = critic_auto("gaussian", network), folds = 3)$pmi)
  }
  sharp <- pmi_by("sharp")
  expect_gt(sharp, 0.2)
  expect_gt(sharp, pmi_by("separable") + 0.02)
  expect_lt(sharp, mean(drawn$pmi))
})

test_that("the error that an offset brings is the one that it has, of wrong critics too", {
  rho <- 0.8
  log_ratio <- function(x, y) {
    -log1p(-rho^2) / 2 + (rho * x * y - rho^2 * (x^2 + y^2) / 2) / (1 - rho^2)
  }
  critics <- list(log_ratio, function(x, y) log_ratio(x, y) + y / 2)
  means <- c(1, 1) * -log1p(-rho^2) / 2 # of pairs
  set.seed(8)
  for (i in 1:2) {
    runs <- replicate(120, {
      blocks <- replicate(4, {
        x <- rnorm(80)
        outer(x, rho * x + sqrt(1 - rho^2) * rnorm(80), critics[[i]])
      }, simplify = FALSE)
      weighed <- anchormi:::weigh(list(sum = blocks))
      c(mean = weighed$weights[["sum"]] * means[i] + weighed$offset,
        error = anchormi:::level_error(weighed, 1, threads = 1))
    })
    expect_lt(abs(sqrt(mean(runs["error", ]^2)) / sd(runs["mean", ]) - 1), 0.25)
  }
  blocks <- list(outer(1:20 / 10, 1:20 / 10, log_ratio))
  weighed <- anchormi:::weigh(list(sum = blocks))
  expect_equal(anchormi:::level_error(weighed, 4, 1), 2 * anchormi:::level_error(weighed, 1, 1))
  expect_identical(anchormi:::level_error(list(sum = list()), 1, 1), 0)
  joint <- list(spec = list(kind = "auto"), error = 0.3)
  expect_equal(anchormi:::critic_error(joint), 0.3)
  expect_equal(anchormi:::critic_error(list(spec = list(kind = "conditional"), joint = joint,
                                            marginal = list(spec = joint$spec, error = 0.4))), 0.5)
  expect_identical(anchormi:::critic_error(list(spec = list(kind = "joint"))), 0)
})

test_that("of many rows all that choose level the stack, whatever it is made of", {
  set.seed(4)
  g <- gaussian_pairs(5000, 2, 0.8)
  task <- list(train = 1:2000, valid = 2001:4500, test = 4501:5000, seed = c(1, 2))
  critics <- list(critic_auto("gaussian", "separable"), critic_auto("gaussian", character()),
                  critic_auto(character(), "separable"))
  for (critic in critics) {
    fit <- anchormi:::fit_critic(g$x, g$y, task, critic, objective_anchor(),
                                 mi_control(max_steps = 50))
    expect_true(all(c(critic$closed_forms, critic$networks) %in% names(fit$weights)))
    blocks <- anchormi:::blocks_of_rows(fit, g$x, g$y, task$valid, anchormi:::weighing_blocks)
    again <- anchormi:::weigh(list(sum = blocks))
    # but for what is within chance
    mean_of <- function(weighed) anchormi:::mean_pairs(list(weighed$sum), c(1, 0))
    expect_lt(abs(mean_of(again) - mean_of(list(sum = blocks))), fit$error)
    expect_lte(abs(sum(fit$weights) - 1), abs(again$weights * sum(fit$weights) - 1) + 1e-9)
    expect_equal(fit$error, anchormi:::level_error(again, 1, 1), tolerance = 0.05)
  }
})

test_that("an offset's error stays a number where pairs are nearly separated", {
  set.seed(1)
  x <- matrix(rnorm(5000), 500)
  fit <- mi_anchor(x, x + 0.1 * rnorm(5000), critic = critic_auto(networks = character()))
  expect_lt(fit$std_error, 10)
  of <- function(blocks) anchormi:::level_error(list(sum = blocks, nu = 19), 1, 1)
  expect_equal(of(list(matrix(0, 20, 20))), 0)
  wild <- diag(c(1e5, rep(1, 19)))
  expect_true(is.finite(of(list(wild))))
  expect_identical(of(list(replace(wild, 2, NaN))), 0)
})

test_that("views that members share are computed once, and waves are cosines of ranks", {
  z <- matrix(rnorm(20), 10)
  view <- function(waves) anchormi:::view_fit(2, 1:2, waves, NULL, NULL)
  member <- function(name, waves_y) {
    list(name = name, view_x = view(FALSE), view_y = view(waves_y))
  }
  seen <- list()
  found <- anchormi:::for_members(
    list(member("joint", FALSE), member("separable", TRUE), member("sharp", FALSE)), list(), z, z,
    function(member, features) {
      seen[[member$name]] <<- features
      member$name
    })
  expect_identical(found, list("joint", "separable", "sharp"))
  expect_identical(names(seen), c("joint", "sharp", "separable"))
  expect_identical(seen$joint, seen$sharp)
  # and last the Gaussian copula's part, where there is none of its log ratio 0
  expect_equal(seen$separable$x, cbind(z, anchormi:::squared_length(z), 0))
  expect_equal(seen$separable$y,
               cbind(z, anchormi:::squared_length(z), anchormi:::cosines(z, 16), 0))
  expect_equal(seen$separable$known, 1)
  expect_equal(anchormi:::cosines(z, 5),
               sqrt(2) * cos(pi * pnorm(do.call(cbind, rep(list(z), 5))) *
                               rep(1:5, each = length(z))))
})

test_that("principal components are those of the covariance, where columns go together", {
  set.seed(6)
  draw <- function(n, d) {
    factors <- matrix(rnorm(3 * n), n)
    factors %*% matrix(cos(outer(1:3, 1:d)), 3) + matrix(rnorm(n * d), n)
  }
  for (n in c(100, 500)) {
    block <- draw(n, 120)
    scores <- scores_fit(block, seq_len(n))
    z <- scores_apply(scores, block)
    with <- principal_fit(scores, z)
    expect_identical(principal_columns(with), 121:123)
    found <- scores_apply(with, block)
    expect_identical(found[, 1:120], z)
    exact <- eigen(crossprod(z) / n, symmetric = TRUE)$vectors[, 1:3]
    of_exact <- t(t(z %*% exact) / sqrt(colMeans((z %*% exact)^2)))
    expect_equal(abs(colMeans(found[, 121:123] * of_exact)), rep(1, 3), tolerance = 1e-4)
    expect_equal(colMeans(found[, 121:123]^2), rep(1, 3), tolerance = 1e-4)
  }
  alone <- matrix(rnorm(400 * 120), 400)
  scores <- scores_fit(alone, 1:400)
  expect_identical(principal_fit(scores, scores_apply(scores, alone)), scores)
  expect_identical(principal_columns(scores), integer())
  few <- draw(400, MOST_COLUMNS)
  scores <- scores_fit(few, 1:400)
  expect_identical(principal_fit(scores, scores_apply(scores, few)), scores)
})

test_that("of many columns that go together the default finds what they share", {
  for (task in c("pixels-200v200", "polarity-150v150")) {
    s <- mi_sample_seeded(task, 400)
    set.seed(2)
    fit <- mi_anchor(s$x, s$y, critic = critic_auto(networks = character()), folds = 3)
    truth <- mi_tasks()$mi[mi_tasks()$task == task]
    expect_lt(abs(fit$estimate - truth), 0.35 * truth, label = task)
    expect_gt(fit$estimate, 0.6 * truth, label = task)
    expect_false(is.null(attr(fit$critics[[1]]$turns[[1]]$scores_x, "principal")))
    expect_true(all(is.finite(predict(fit, s$x[1:3, ], s$y[1:3, ]))))
  }
})

test_that("wide data of any rank have an estimate", {
  set.seed(1)
  n <- 150
  f <- rnorm(n)
  profiles <- matrix(rnorm(240), 2)
  which <- sample(2, n, TRUE)
  block <- matrix(0, n, 100)
  block[1:20, ] <- rnorm(2000)
  blocks <- list(sparse = matrix(rbinom(n * 300, 1, 0.004), n), few_rows = block,
                 collinear = sapply(1:100, function(j) f * j + j^2), profiles = profiles[which, ],
                 same = matrix(f, n, 100))
  for (name in names(blocks)) {
    fit <- suppressWarnings(mi_anchor(blocks[[name]], which + rnorm(n), folds = 3,
                                      critic = critic_auto("gaussian", character())))
    expect_true(is.finite(fit$estimate), label = name)
  }
})

test_that("networks don't wait for less than half a nat of all that choose", {
  set.seed(12)
  x <- rnorm(1200)
  y <- sin(2 * x) + 0.5 * rnorm(1200)
  steps <- function(...) {
    set.seed(13)
    fit <- mi_anchor(x, y, critic = critic_auto("gaussian", "joint"), folds = 3,
                     control = mi_control(max_steps = 2000, threads = 1, ...))
    c(fit$folds$steps, chose = fit$folds$valid[1])
  }
  by_default <- steps()
  expect_equal(steps(min_delta = 0.5 / by_default[["chose"]]), by_default)
  expect_gt(sum(steps(min_delta = 0)), sum(by_default))
})

test_that("networks train for longer on many rows", {
  set.seed(33)
  x <- rnorm(24001)
  fit <- mi_anchor(x, x + rnorm(24001), folds = 3, critic = critic_auto("gaussian", "separable"),
                   control = mi_control(max_steps = 20, check_every = 10, patience = 50))
  rows <- fit$folds$train[1]
  expect_gt(rows, 8000)
  expect_equal(fit$folds$steps[1], ceiling(20 * sqrt(rows / 8000)))
})
