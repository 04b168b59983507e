# Blocks of independent columns, and of a circle with noise.
independent <- function(n, d = 1) list(x = matrix(rnorm(n * d), n), y = matrix(rnorm(n * d), n))

ring <- function(n) {
  angle <- runif(n, 0, 2 * pi)
  list(x = cos(angle) + 0.2 * rnorm(n), y = sin(angle) + 0.2 * rnorm(n))
}

test_that("a test is an htest with what methods and plots need", {
  set.seed(1)
  test <- mi_test(Sepal.Width ~ Sepal.Length, data = iris, permutations = 99,
                  control = quick())
  expect_s3_class(test, c("mi_test", "htest"), exact = TRUE)
  expect_lt(test$p.value, 0.05)
  expect_named(test$statistic, "H")
  expect_named(test$estimate, "mi")
  expect_equal(test$parameter, c(permutations = 99))
  expect_equal(test$data.name, "Sepal.Width ~ Sepal.Length")
  expect_equal(nobs(test), 150)
  expect_length(test$permuted, 99)
  expect_equal(test$p.value, min(test$tests$p.value / test$tests$share))
  expect_equal(sum(test$tests$share), 1)
  expect_output(print(test), "x and y depend on each other")
  expect_output(print(test), "(critic)", fixed = TRUE)
  expect_equal(tidy(test)[c("p.value", "parameter")], data.frame(p.value = test$p.value,
                                                                 parameter = 99))
  expect_equal(glance(test), tidy(test))
  alone <- mi_test(cars$speed, cars$dist, permutations = 19, critic = NULL)
  expect_null(alone$estimate)
  expect_equal(tidy(alone)$estimate, NA_real_)
  expect_equal(alone$data.name, "cars$speed and cars$dist")
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::ggplot_build(autoplot(test))$plot, "ggplot")
})

test_that("subsets and missing values are dealt with as in mi_anchor()", {
  flowers <- iris
  flowers$Sepal.Width[3] <- NA
  set.seed(2)
  test <- mi_test(Sepal.Width ~ Species, data = flowers, subset = Species != "setosa",
                  permutations = 19, critic = NULL)
  expect_equal(nobs(test), 100)
  expect_equal(nobs(mi_test(Sepal.Width ~ Species, data = flowers, permutations = 19,
                            critic = NULL)), 149)
})

test_that("sums and maxima are those of the features' cross-correlations", {
  set.seed(3)
  x <- matrix(rnorm(40 * 3), 40)
  y <- rexp(40)
  f <- score_features(x)
  g <- score_features(matrix(y))
  permutations <- cbind(1:40, sample(40), sample(40))
  got <- score_statistics(f, g, score_summaries(f, g), permutations)
  scores <- function(v) {
    z <- qnorm((rank(v) - 0.5) / 40)
    (z - mean(z)) / sd(z)
  }
  zx <- apply(x, 2, scores)
  zy <- scores(y)
  second <- cbind(zx^2, zx[, 1] * zx[, 2], zx[, 1] * zx[, 3], zx[, 2] * zx[, 3])
  waves <- sapply(1:12, function(k) cos(pi * k * pnorm(zy)))
  for (i in 1:3) {
    r <- permutations[, i]
    slowest <- cos(pi * cbind(pnorm(zx), 2 * pnorm(zx)))
    wanted <- 40 * c(values = sum(cor(zx, zy[r])^2),
                     quadratic = sum(cor(second, zy[r]^2)^2),
                     length = cor(rowSums(zx^2), zy[r]^2)[1]^2,
                     waves_y = sum(cor(slowest, waves[r, ])^2),
                     most_values = max(cor(zx, zy[r])^2))
    expect_lt(max(abs(got[names(wanted), i] - wanted)), 0.001) # rounded to three places
  }
})

test_that("neighbours are the nearest rows, and how alike they are is a plain sum", {
  set.seed(3)
  x <- matrix(rnorm(40 * 3), 40)
  y <- rexp(40)
  f <- score_features(x)
  g <- score_features(matrix(y))
  summaries <- score_summaries(f, g)
  permutations <- cbind(1:40, sample(40), sample(40))
  got <- score_statistics(f, g, summaries, permutations)
  scores <- function(v) {
    z <- qnorm((rank(v) - 0.5) / 40)
    (z - mean(z)) / sd(z)
  }
  waves <- function(v) {
    z <- pnorm(scores(v))
    apply(cos(pi * cbind(z, 2 * z)), 2, function(w) (w - mean(w)) / sqrt(mean((w - mean(w))^2)))
  }
  # sum over the eight nearest rows of `z` of what their waves have in common
  loop <- function(z, waves) {
    distances <- as.matrix(dist(z))
    sum(sapply(1:40, function(i) {
      sapply(order(distances[i, ])[2:9], function(j) sum(waves[i, ] * waves[j, ]))
    }))
  }
  all_waves <- do.call(cbind, lapply(1:3, function(j) waves(x[, j])))
  for (i in 1:3) {
    r <- permutations[, i]
    expect_equal(got[["near_x", i]], loop(apply(x, 2, scores), waves(y[r])), tolerance = 1e-4)
    expect_equal(got[["near_y", i]], loop(scores(y[r]), all_waves), tolerance = 1e-4)
  }
  # of equal rows any are the nearest, and not always the same
  of_ties <- nearest(matrix(rep(0:1, each = 100)))$of
  expect_true(all(of_ties[1:100, ] <= 100 & of_ties[1:100, ] != 1:100))
  expect_lt(max(table(of_ties)), 30)
  # none of many columns, nor of too few rows
  expect_null(score_summaries(score_features(matrix(rnorm(70), 10)), g)$near$near_x)
  expect_equal(dim(nearest(matrix(1:5))$of), c(5, 4))
  many <- nearest(matrix(rnorm(2 * MOST_NEAR_ROWS)))
  expect_length(many$rows, MOST_NEAR_ROWS)
  expect_true(all(many$of %in% many$rows))
})

test_that("a product of three columns' signs is seen among neighbours", {
  set.seed(4)
  x <- matrix(rnorm(600), 200)
  y <- 2 * sign(x[, 1] * x[, 2] * x[, 3]) + rnorm(200)
  test <- mi_test(x, y, permutations = 199, critic = NULL)
  expect_lt(test$p.value, 0.05)
  p <- setNames(test$summaries$p.value, rownames(test$summaries))
  expect_equal(names(which.min(p)), "near_x")
})

test_that("statistics don't depend on how many permutations are looked at together", {
  set.seed(4)
  f <- score_features(matrix(rpois(60, 1)))
  g <- score_features(matrix(rpois(60, 1)))
  permutations <- permutations_of(60, 1:9)
  expect_equal(permutations[, 1], 1:60)
  together <- score_statistics(f, g, score_summaries(f, g), permutations)
  alone <- sapply(1:9, function(j) {
    score_statistics(f, g, score_summaries(f, g), permutations[, j, drop = FALSE])
  })
  expect_identical(unname(together), alone)
})

test_that("statistics of the same permutations are combined by where they stand among them", {
  # by ranks, but in the last twentieth by a tail that falls as from the last quarter to it
  statistics <- c(7, 1:40, 1000)
  p <- tail_p(statistics)
  from <- quantile(statistics, c(0.75, 0.95), names = FALSE)
  inside <- statistics <= from[2]
  expect_equal(p[inside], rank(-statistics, ties.method = "max")[inside] / 42)
  expect_equal(p[41], 0.05 * 5^(-(40 - from[2]) / diff(from)))
  expect_equal(p[42], LEAST_P)
  expect_equal(tail_p(rep(1, 30)), rep(1, 30))
  two <- rbind(statistics, c(3, 1, 40:1))
  expect_equal(harmonic(two, c(2, 1)), (2 / p + 1 / tail_p(two[2, ])) / 3)
  set.seed(5)
  expect_equal(permutation_p(c(2, 1, 3, 1)), 2 / 4)
  ties <- replicate(600, permutation_p(c(1, 1, 1, 1)))
  expect_equal(sort(unique(ties)), 1:4 / 4)
})

test_that("a part's p-value is that of a plain loop, and a constant critic has no say", {
  set.seed(6)
  scores <- matrix(rnorm(36), 6)
  set.seed(7)
  got <- diagonal_p(scores, 50)
  set.seed(7)
  permuted <- numeric(50)
  for (i in 1:50) {
    order <- sample.int(6)
    for (j in 1:6) permuted[i] <- permuted[i] + scores[j, order[j]]
  }
  expect_equal(got, (1 + sum(permuted > sum(diag(scores)) - 1e-9)) / 51)
  expect_equal(diagonal_p(diag(40), 19), 1 / 20)
  expect_identical(diagonal_p(matrix(0.3, 4, 4), 19), NA_real_)
  expect_identical(diagonal_p(outer(1:4, rep(1, 4)), 19), NA_real_) # of x alone
})

test_that("the critic's part is valid where there is no dependence", {
  closed <- list(critic = critic_auto("table", character()), permutations = 99,
                 objective = objective_anchor(), control = quick())
  set.seed(12)
  p <- replicate(80, {
    data <- list(x = cbind(sample(3, 60, TRUE)), y = cbind(sample(3, 60, TRUE)), n = 60)
    forward_test(data, closed)$p.value
  })
  expect_gt(sum(p == 1), 0) # found nothing
  for (level in c(0.1, 0.3)) expect_lte(sum(p <= level), qbinom(0.995, 80, level))
})

test_that("the estimate is Donsker-Varadhan's bound", {
  scores <- matrix(c(2, -1, 0.5, 1), 2)
  expect_equal(held_out_bound(scores), 1.5 - log(mean(exp(scores))))
  expect_equal(held_out_bound(scores + 800), held_out_bound(scores))
})

test_that("critics are trained on what comes before", {
  set.seed(8)
  order <- sample.int(100)
  tasks <- forward_tasks(order, c(40, 20, 20, 20))
  for (part in 1:3) {
    task <- tasks[[part]]
    expect_setequal(c(task$train, task$valid), order[seq_len(20 + 20 * part)])
    expect_equal(task$test, order[20 + 20 * part + 1:20])
  }
})

test_that("p-values are uniform under independence, with ties and few rows too", {
  skip_on_cran()
  set.seed(9)
  of_scores <- replicate(400, {
    mi_test(rpois(12, 1), rcauchy(12), permutations = 19, critic = NULL)$p.value
  })
  # ... on 1/20, 2/20, ..., 1
  expect_gt(stats::chisq.test(table(factor(ceiling(4 * of_scores), 1:4)))$p.value, 0.01)
  expect_lte(stats::binom.test(sum(of_scores <= 0.05), 400, 0.05)$estimate, 0.08)
  of_critic <- replicate(150, {
    d <- independent(50)
    settings <- check_test("permutation", 19, critic_bilinear(), FALSE, NULL,
                           quick(max_steps = 10, check_every = 5))
    forward_test(d, settings)$p.value
  })
  for (level in c(0.05, 0.25, 0.5)) {
    expect_lte(sum(of_critic <= level), qbinom(0.995, 150, level))
  }
  expect_gte(sum(of_critic <= 0.5), qbinom(0.005, 150, 0.4)) # hardly conservative
})

test_that("what is no line is found", {
  set.seed(10)
  d <- ring(100)
  expect_gt(cor.test(d$x, d$y)$p.value, 0.05)
  expect_lt(mi_test(d$x, d$y, permutations = 199)$p.value, 0.01)
  d <- independent(100, 30)
  d$y[, 7] <- d$y[, 7] + d$x[, 3]
  expect_lt(mi_test(d$x, d$y, permutations = 199, critic = NULL)$p.value, 0.01)
})

test_that("a critic trained anew for each permutation is one of the ranked statistics", {
  set.seed(11)
  d <- ring(100)
  test <- mi_test(d$x, d$y, retrain = TRUE, permutations = 19)
  expect_equal(utils::tail(rownames(test$summaries), 1), "critic")
  expect_equal(test$p.value, 0.05)
  expect_equal(test$parameter, c(permutations = 19))
})

test_that("a block's e-values have mean 1 over all orders of y, whatever the critic", {
  set.seed(12)
  scores <- matrix(3 * rnorm(25), 5)
  orders <- as.matrix(expand.grid(rep(list(1:5), 5)))
  orders <- orders[apply(orders, 1, function(o) !anyDuplicated(o)), ]
  expect_equal(nrow(orders), 120)
  e <- apply(orders, 1, function(o) exp(block_log_e(scores[, o])))
  expect_equal(rowMeans(e), rep(1, length(BETS)))
  # ... and are those of a plain loop.
  sums <- vapply(0:4, function(k) sum(scores[cbind(1:5, (1:5 + k - 1) %% 5 + 1)]), 1)
  expect_equal(exp(block_log_e(scores))[2], exp(sums[1] / 2) / mean(exp(sums / 2)))
})

test_that("a sequential test bets on blocks and keeps the best of its path", {
  set.seed(13)
  d <- ring(160)
  test <- mi_test(d$x, d$y, type = "sequential")
  expect_equal(test$path$rows, seq(40, 160, 20))
  expect_equal(test$path$e.value[1], 1)
  expect_equal(test$p.value, min(1, 1 / max(test$path$e.value)))
  expect_lt(test$p.value, 0.05)
  # What comes later changes nothing of what was.
  set.seed(13)
  ring(160)
  d$y[141:160] <- rev(d$y[141:160])
  changed <- mi_test(d$x, d$y, type = "sequential")
  expect_equal(changed$path[1:6, ], test$path[1:6, ])
  expect_equal(sequential_starts(4, 2), c(2, 3))
  expect_output(print(test), "max e")
  expect_null(mi_test(d$x, d$y, type = "sequential", critic = NULL)$estimate)
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::ggplot_build(autoplot(test))$plot, "ggplot")
})

test_that("the seed decides, not the plan", {
  test <- function() {
    set.seed(14)
    mi_test(cars$speed, cars$dist, permutations = 19)
  }
  first <- test()
  expect_identical(test(), first)
  skip_on_cran()
  skip_if_not_installed("future.apply")
  old <- future::plan(future::multisession, workers = 2)
  on.exit(future::plan(old))
  expect_identical(test(), first)
})

test_that("bad input is an error that says what is wanted", {
  expect_snapshot(error = TRUE, {
    mi_test(1:30)
    mi_test(1:7, 7:1)
    mi_test(1:30, c(2:30, 1), critic = critic_bilinear())
    mi_test(1:30, 30:1, permutations = 5)
    mi_test(1:30, 30:1, type = "bayes")
    mi_test(1:80, 80:1, retrain = TRUE, critic = NULL)
    mi_test(1:80, 80:1, type = "sequential", retrain = TRUE)
    mi_test(1:50, 50:1, type = "sequential")
    mi_test(1:80, 80:1, critic = list(critic_bilinear(), critic_joint()))
    mi_test(1:80, 80:1, critic = "deep")
    mi_test(1:80, 80:1, method = "dcov")
  })
})

test_that("given a discrete z the level is exact, and dependence within its values is found", {
  set.seed(21)
  draw <- function(n, rho) {
    z <- sample(3, n, TRUE)
    x <- z + rnorm(n)
    list(x = x, y = z + (2 - z) * rho * (x - z) + rnorm(n), z = factor(z))
  }
  p <- replicate(200, with(draw(60, 0), mi_test(x, y, z, permutations = 39)$p.value))
  expect_lt(abs(mean(p <= 0.05) - 0.05), 3 * sqrt(0.05 * 0.95 / 200))
  # of opposite sign in two of them, so that there is none in all together
  expect_lt(with(draw(300, 0.8), mi_test(x, y, z)$p.value), 0.01)
  expect_lt(with(draw(300, 0), mi_test(x, y)$p.value), 0.01) # by z
})

test_that("given a continuous z what it says of both is taken away", {
  set.seed(22)
  draw <- function(n, rho) {
    z <- rnorm(n)
    x <- z^2 + rnorm(n)
    data.frame(x, y = 2 * sin(z) + z^2 + rho * (x - z^2) + rnorm(n), z)
  }
  p <- replicate(150, mi_test(y ~ x | z, draw(150, 0), permutations = 39)$p.value)
  expect_lt(abs(mean(p <= 0.05) - 0.05), 3 * sqrt(0.05 * 0.95 / 150))
  linked <- mi_test(y ~ x | z, draw(300, 0.4))
  expect_lt(linked$p.value, 0.01)
  expect_match(linked$method, "given z")
  expect_match(linked$data.name, "x | z", fixed = TRUE)
  expect_error(mi_test(y ~ x | z, draw(50, 0), type = "sequential"), "score test alone",
               class = "anchormi_error_input")
})

test_that("permutations within strata stay there", {
  strata <- factor(c(1, 2, 1, 2, 2, 3))
  set.seed(23)
  permutations <- permutations_of(6, 1:50, strata)
  expect_identical(permutations[, 1], 1:6)
  expect_true(all(matrix(strata[permutations], 6) == strata))
  expect_true(all(apply(permutations, 2, sort) == 1:6))
  expect_gt(length(unique(permutations[2, ])), 2)
})

test_that("given a continuous z few values are freed of it too", {
  set.seed(24)
  p <- replicate(100, {
    z <- rnorm(150)
    mi_test(z + rnorm(150) > 0, factor(rpois(150, exp(z / 2)) > 1), z, permutations = 39)$p.value
  })
  expect_lt(abs(mean(p <= 0.05) - 0.05), 3 * sqrt(0.05 * 0.95 / 100))
})

test_that("tests say what they can't do, and that time series were taken as rows", {
  expect_snapshot(error = TRUE, {
    mi_test(1:100, 100:1, type = "sequential", permutations = 99)
    mi_test(1:100, 100:1, block = 10)
  })
  expect_output(print(mi_test(ldeaths, mdeaths, critic = NULL, permutations = 19)), "time series")
})

test_that("groups are permuted whole, among those of their size", {
  set.seed(1)
  groups <- sample(rep(1:9, c(rep(3, 5), 2, 2, 2, 1)))
  sizes <- tabulate(groups)[groups]
  permutations <- permutations_of_groups(groups, 1:200)
  expect_equal(permutations[, 1], seq_along(groups))
  expect_true(all(apply(permutations, 2, sort) == seq_along(groups)))
  of <- function(j) groups[permutations[, j]] # whose rows of y are with these rows of x
  for (j in 2:20) {
    expect_equal(tabulate(groups)[of(j)], sizes)
    expect_equal(unname(rowSums(table(groups, of(j)) > 0)), rep(1, 9))
    within <- tapply(permutations[, j], groups, function(rows) !is.unsorted(rows))
    expect_true(all(within))
  }
  # all of them come, as often as one another: five groups' places
  first <- vapply(1:200, function(j) of(j)[match(1, groups)], 1)
  expect_gt(chisq.test(tabulate(first, 5))$p.value, 1e-4)
  expect_equal(of(200)[groups == 9], 9)
})

# x and y of 30 groups, of 2 or 6 rows, that vary mostly between groups; `shared`: do they go
# together between groups?
grouped <- function(shared) {
  person <- rep(1:30, rep(c(2, 6), 15))
  of_x <- rnorm(30)
  of_y <- if (shared) of_x^2 + 0.3 * rnorm(30) else rnorm(30)
  within <- function() 0.3 * rnorm(length(person))
  data.frame(x = of_x[person] + within(), y = of_y[person] + within(), person)
}

test_that("with groups the level holds where rows are alike, and dependence is seen", {
  set.seed(2)
  rejected <- function(shared, with_groups) {
    mean(replicate(60, {
      data <- grouped(shared)
      mi_test(data$x, data$y, groups = if (with_groups) data$person, permutations = 99,
              critic = NULL)$p.value <= 0.05
    }))
  }
  expect_gt(rejected(FALSE, FALSE), 0.3)
  expect_lte(rejected(FALSE, TRUE), 0.15)
  expect_gt(rejected(TRUE, TRUE), 0.6)
})

test_that("what all groups have alike can't be tested by permuting these", {
  data <- data.frame(x = rep(1:4, 12), y = rnorm(48), person = rep(1:12, each = 4))
  expect_error(mi_test(y ~ x, data, groups = person), "must differ between groups",
               class = "anchormi_error_input")
  expect_error(mi_test(x ~ y, data, groups = person), "must differ between groups")
})

test_that("groups are taken as in mi_anchor(), and refused where they have no part", {
  set.seed(3)
  data <- grouped(TRUE)
  test <- mi_test(y ~ x, data, groups = person, permutations = 99)
  expect_match(test$method, "30 groups")
  expect_null(test$estimate)
  set.seed(3)
  expect_equal(mi_test(grouped(TRUE)$x, data$y, groups = data$person, permutations = 99)$p.value,
               test$p.value)
  data$y[data$person > 26] <- NA
  expect_match(mi_test(y ~ x, data, groups = person, permutations = 19)$method, "26 groups")
  expect_error(mi_test(data$x, data$y, groups = 1:3), class = "anchormi_error_input")
  expect_error(mi_test(y ~ x | person, data, groups = person), "groups")
  expect_error(mi_test(y ~ x, data, groups = person, type = "sequential"), "score test alone")
  expect_error(mi_test(y ~ x, data, groups = person, retrain = TRUE), "score test alone")
  expect_error(mi_test(y ~ x, data, groups = rep(1:8, length.out = nrow(data)) < 4),
               "of one size")
})
