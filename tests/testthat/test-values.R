# Held-out rows as fit_critic() gives them, from matrices of scores: one for each block.
fake_held <- function(matrices, objective = objective_anchor()) {
  ends <- cumsum(vapply(matrices, nrow, 1))
  blocks <- Map(function(end, s) as.integer(end - nrow(s) + seq_len(nrow(s))), ends, matrices)
  find <- function(block) {
    matrices[[which(vapply(blocks, identical, TRUE, block))]]
  }
  list(pairs = unlist(lapply(matrices, diag)), blocks = blocks, matrix = find,
       loss = function(block, of = objective) {
         .Call(anchormi:::ffi_contrastive_loss, find(block), of, NULL)
       })
}
draw_held <- function(objective = objective_anchor(), sizes = c(5, 5, 5), sd = 1.5) {
  fake_held(lapply(sizes, draw_scores, kind = "usual"), objective)
}
# Scores of independent pairs, blocks together.
others <- function(held) {
  unlist(lapply(held$blocks, function(block) {
    s <- held$matrix(block)
    s[row(s) != col(s)]
  }))
}

test_that("values are means of contributions, by their formulas", {
  set.seed(1)
  for (i in 1:5) {
    held <- draw_held()
    s <- held$pairs
    t <- others(held)
    value <- function(of, objective = objective_anchor()) {
      mean(anchormi:::value_table[[of]]$of(held, objective))
    }
    expect_equal(value("plugin"), mean(s), tolerance = 1e-12)
    expect_equal(value("normalised"), mean(s) - log(mean(exp(t))), tolerance = 1e-12)
    expect_equal(value("one_step"), mean(s) - mean(exp(t)) + 1, tolerance = 1e-12)
    for (tau in c(0.5, 2, Inf)) {
      clipped <- pmin(pmax(t, -tau), tau)
      expect_equal(value("smile", objective_smile(tau)), mean(s) - log(mean(exp(clipped))),
                   tolerance = 1e-12)
    }
    expect_equal(value("smile", objective_smile(Inf)), value("normalised"), tolerance = 1e-12)
  }
})

test_that("blocks of several sizes count by their rows", {
  set.seed(2)
  held <- draw_held(sizes = c(7, 4))
  of_rows <- unlist(lapply(held$blocks, function(block) mean_others(exp(held$matrix(block)))))
  expect_equal(mean(anchormi:::value_one_step(held, NULL)),
               mean(held$pairs) - mean(of_rows) + 1, tolerance = 1e-12)
  expect_equal(mean(anchormi:::value_normalised(held, NULL)),
               mean(held$pairs) - log(mean(of_rows)), tolerance = 1e-12)
})

test_that("values of large scores don't overflow", {
  set.seed(3)
  held <- fake_held(list(matrix(rnorm(16, sd = 300), 4) + 900))
  top <- max(others(held))
  expect_equal(mean(anchormi:::value_normalised(held, NULL)),
               mean(held$pairs) - top - log(mean(exp(others(held) - top))), tolerance = 1e-12)
  expect_true(all(is.finite(anchormi:::value_jsd_lb(held, NULL))))
  expect_true(all(is.finite(anchormi:::value_bound(held, objective_multilabel()))))
})

test_that("the bound of anchored objectives is that of their log score", {
  set.seed(4)
  for (nu in c(0.1, 1, 10)) for (k in c(1, 2, 4)) {
    objective <- objective_anchor(score_brier(), nu = nu, k = k)
    held <- draw_held(objective)
    losses <- unlist(lapply(held$blocks, function(block) {
      reference_anchor(held$matrix(block), nu = nu, k = k)
    }))
    # The class's entropy, less what is left of it.
    prior <- c(nu, rep(1, k)) / (k + nu)
    expect_equal(mean(anchormi:::value_bound(held, objective)),
                 (k + nu) / k * (-sum(prior * log(prior)) - mean(losses)), tolerance = 1e-12)
  }
  held <- draw_held(objective_nce(3))
  losses <- unlist(lapply(held$blocks, function(block) reference_nce(held$matrix(block), 3)))
  expect_equal(mean(anchormi:::value_bound(held, objective_nce(3))),
               4 * (-log(1 / 4) / 4 - 3 * log(3 / 4) / 4 - mean(losses)), tolerance = 1e-12)
})

test_that("without an anchor the bound is log K less the loss", {
  set.seed(5)
  losses <- function(held, of) {
    mean(unlist(lapply(held$blocks, function(block) of(held$matrix(block)))))
  }
  bound <- function(objective) {
    set.seed(6)
    held <- draw_held(objective)
    list(value = mean(anchormi:::value_bound(held, objective)), held = held)
  }
  infonce <- bound(objective_infonce())
  expect_equal(infonce$value, log(5) - losses(infonce$held, other_objectives$infonce$rows))
  ranking <- bound(objective_ranking())
  expect_equal(ranking$value, log(2) - losses(ranking$held, other_objectives$ranking$rows))
  # Four candidates with the pair among them; then three.
  for (k in 4:3) {
    anchor <- bound(objective_anchor(nu = 0, k = k))
    expect_equal(anchor$value,
                 log(k) - losses(anchor$held, function(s) reference_anchor(s, nu = 0, k = k)))
  }
  interpolated <- bound(objective_interpolated(0.5))
  expect_equal(interpolated$value,
               -losses(interpolated$held, function(s) log(weighted_mean(s, 0.5)) - diag(s)))
  multilabel <- bound(objective_multilabel(0.5))
  expect_equal(multilabel$value,
               -losses(multilabel$held, function(s) log(mean(weighted_mean(s, 0.5))) - diag(s)))
})

test_that("FLO's bound is less its loss", {
  set.seed(7)
  scores <- draw_scores(6, "usual", second = TRUE)
  loss <- contrastive_loss(scores, objective_flo())
  held <- list(pairs = rnorm(6), blocks = list(1:6), loss = function(block) loss)
  expect_equal(mean(anchormi:::value_bound(held, objective_flo())),
               -mean(other_objectives$flo$rows(scores)), tolerance = 1e-12)
})

# Divergences of distributions that may have zeros.
kl <- function(p, q) sum((p * log(p / q))[p > 0])
js <- function(p, q) (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2

test_that("the least KL divergence of a Jensen-Shannon divergence is one", {
  set.seed(8)
  gap <- replicate(2000, {
    n <- sample(2:4, 1)
    # From nearly even to nearly all on one point.
    draw <- function() {
      p <- rgamma(n, sample(c(0.1, 0.5, 3), 1)) + 1e-12
      p / sum(p)
    }
    p <- draw()
    q <- draw()
    kl(p, q) - anchormi:::least_kl(js(p, q))$value
  })
  expect_gt(min(gap), -1e-9)
  # ... and two points attain it.
  for (size in c(1e-3, 0.1, 1, 3, 10, 20)) {
    p <- c(1, 0)
    q <- c(exp(-size), -expm1(-size))
    expect_equal(anchormi:::least_kl(js(p, q))$value, size, tolerance = 1e-5)
  }
  expect_equal(anchormi:::least_kl(0)$value, 0)
  expect_equal(anchormi:::least_kl(-0.1)$value, 0)
  expect_true(is.finite(anchormi:::least_kl(log(2))$value))
  for (at in c(0.01, 0.3, 0.6)) {
    expect_equal(anchormi:::least_kl(at)$slope,
                 central_differences(function(js) anchormi:::least_kl(js)$value, at),
                 tolerance = 1e-5)
  }
})

test_that("the bound from the Jensen-Shannon divergence is that of logistic regression", {
  set.seed(9)
  held <- fake_held(lapply(c(6, 6), function(b) draw_scores(b, "usual") + diag(2, b)))
  js <- log(2) - (mean(softplus(-held$pairs)) + mean(softplus(others(held)))) / 2
  expect_gt(js, 0.01)
  expect_equal(mean(anchormi:::value_jsd_lb(held, NULL)), anchormi:::least_kl(js)$value,
               tolerance = 1e-10)
})

test_that("contributions scatter as their means do", {
  set.seed(10)
  rho <- 0.7
  log_ratio <- function(x, y) {
    -log(1 - rho^2) / 2 - (rho^2 * outer(x^2, y^2, "+") - 2 * rho * outer(x, y)) / (2 - 2 * rho^2)
  }
  values <- c("plugin", "normalised", "one_step", "jsd_lb", "smile", "bound")
  runs <- replicate(300, {
    x <- rnorm(80)
    y <- rho * x + sqrt(1 - rho^2) * rnorm(80)
    # A critic that is a little off.
    held <- fake_held(list(0.9 * log_ratio(x[1:40], y[1:40]) + 0.1,
                           0.9 * log_ratio(x[41:80], y[41:80]) + 0.1), objective_multilabel(0.5))
    contributions <- vapply(values, function(value) {
      objective <- if (value == "bound") objective_multilabel(0.5) else objective_smile(1)
      anchormi:::value_table[[value]]$of(held, objective)
    }, numeric(80))
    rbind(colMeans(contributions), apply(contributions, 2, sd) / sqrt(80))
  })
  ratio <- sqrt(rowMeans(runs[2, , ]^2)) / apply(runs[1, , ], 1, sd)
  expect_equal(names(ratio)[abs(log(ratio)) > log(1.25)], character())
})

# Pseudo-values of the jackknife: what each row, as x and as y, adds to the estimate. They don't
# know how contributions are made, and differ from them by terms of the order of 1 / n.
jackknife <- function(value, objective, s) {
  estimate <- function(s) {
    mean(anchormi:::value_table[[value]]$of(fake_held(list(s), objective), objective))
  }
  n <- nrow(s)
  n * estimate(s) - (n - 1) * vapply(seq_len(n), function(i) estimate(s[-i, -i]), 1)
}
# How much of the pseudo-values' scatter contributions have, and their correlation.
against_jackknife <- function(value, objective) {
  set.seed(12)
  x <- rnorm(60)
  y <- x + 0.5 * rnorm(60)
  # Such that rows differ as x and as y.
  s <- 2 * outer(x, y) - 0.5 * outer(x^2, 3 * y^2, "+")
  pseudo <- jackknife(value, objective, s)
  contribution <- anchormi:::value_table[[value]]$of(fake_held(list(s), objective), objective)
  c(scatter = sd(contribution) / sd(pseudo), correlation = cor(contribution, pseudo))
}

test_that("contributions are those of rows in both of their roles", {
  for (value in c("normalised", "one_step", "smile", "jsd_lb")) {
    found <- against_jackknife(value, objective_smile(1))
    expect_lt(abs(found[["scatter"]] - 1), 0.1)
    expect_gt(found[["correlation"]], 0.99)
  }
})

test_that("contributions to bounds are those of rows in both of their roles", {
  for (objective in list(objective_nce(), objective_multilabel(0), objective_infonce(),
                         objective_anchor(nu = 10), objective_interpolated(0.5))) {
    found <- against_jackknife("bound", objective)
    expect_lt(abs(found[["scatter"]] - 1), 0.1)
    expect_gt(found[["correlation"]], 0.99)
  }
})

# Exact figures. For the two-point model x is fixed and y is A or B, A with probability 1 / a
# if it is independent and always as a partner: r = a or 0, I = log a.

# Row n of this matrix has a pair with A and n - 1 others with A.
two_point <- function(k, a) {
  s <- matrix(-700, k, k)
  for (n in seq_len(k)) s[n, (n + seq_len(n) - 2) %% k + 1] <- log(a)
  s
}
mean_two_point <- function(rows, k, a) sum(dbinom(seq_len(k) - 1, k - 1, 1 / a) * rows)

test_that("K-way Jensen-Shannon divergences of the two-point model are those of the table", {
  tables <- list(list(a = 4, k = c(2, 4, 8, 16, 64, 256, 1024), digits = 4,
                      bits = c(0.7500, 1.3240, 1.6813, 1.8548, 1.9657, 1.9915, 1.9979)),
                 list(a = 1024, k = c(4, 16, 64, 256, 1024), digits = 3,
                      bits = c(1.997, 3.985, 5.939, 7.763, 9.173)))
  for (table in tables) for (i in seq_along(table$k)) {
    k <- table$k[i]
    rows <- contrastive_loss(two_point(k, table$a), objective_infonce())$rows
    value <- log(k) - mean_two_point(rows, k, table$a)
    expect_lt(abs(value / log(2) - table$bits[i]), 0.51 * 10^-table$digits)
    expect_equal(value, sum(dbinom(0:(k - 1), k - 1, 1 / table$a) * log(k / (1:k))),
                 tolerance = 1e-12)
    expect_lt(value, min(log(k), log(table$a)))
  }
})

test_that("interpolated bounds exceed what they were taken to bound", {
  # Four candidates of which three are independent, in the two-point model with a = 4.
  value <- function(alpha) {
    rows <- contrastive_loss(two_point(4, 4), objective_interpolated(4 * alpha))$rows
    -mean_two_point(rows, 4, 4)
  }
  skewed <- function(alpha) log(4) - log(alpha * 4 + (1 - alpha)) # KL to the mixture
  expect_equal(vapply(c(0.25, 0.1, 0.05), value, 1), c(0.918, 1.408, 1.741), tolerance = 1e-3)
  expect_equal(vapply(c(0.25, 0.1, 0.05), skewed, 1), c(0.827, 1.124, 1.247), tolerance = 1e-3)
  expect_gt(value(0.1), log(4))
})

# The bound from the population loss with k candidates.
bound_of <- function(theta, k, nu) {
  anchormi:::anchor_bound(population_loss("log", 1, k, nu)(theta),
                          objective_anchor(nu = nu, k = k)$core, k + 1)
}
mutual_information <- sum(joint * truth)

test_that("with K = 1 and nu = 1 the bound is twice the Jensen-Shannon divergence", {
  expect_equal(bound_of(truth, 1, 1), 2 * js(joint, product), tolerance = 1e-12)
  # ... in batches too.
  loss <- expected_loss(objective_nce(1), 2)(truth)$value
  expect_equal(anchormi:::anchor_bound(loss, objective_nce(1)$core, 2), 2 * js(joint, product),
               tolerance = 1e-12)
})

test_that("no critic's bound exceeds the mutual information", {
  set.seed(11)
  k <- rep_len(1:3, 1000)
  nu <- rep_len(c(0, 0.1, 1, 10), 1000)
  nu[k == 1 & nu == 0] <- 100
  bounds <- vapply(1:1000, function(i) {
    # From very close to very far.
    theta <- truth + matrix(rnorm(12, sd = 10^runif(1, -3, 0.5)), 4)
    best <- bound_of(truth, k[i], nu[i])
    bound <- bound_of(theta, k[i], nu[i])
    c(bound, best)
  }, c(0, 0))
  expect_lt(max(bounds), mutual_information)
  expect_lt(max(bounds[1, ] - bounds[2, ]), 0)
  # Not for want of trying: some come near.
  expect_gt(max(bounds), 0.8 * mutual_information)
})

test_that("the bound's limits run from Donsker-Varadhan to NWJ", {
  # y is A or B: with these probabilities as a partner and independently; a critic that isn't
  # the log ratio.
  partner <- c(0.6, 0.4)
  independent <- c(0.3, 0.7)
  s <- c(0.9, -0.4)
  limit <- function(beta) {
    mean_s <- sum(partner * s)
    mean_r <- sum(independent * exp(s))
    if (beta == Inf) mean_s - mean_r + 1
    else mean_s - (1 + beta) * log((beta + mean_r) / (1 + beta))
  }
  # With K candidates: row n + 1 of a matrix has n others that are A.
  finite <- function(k, beta) {
    objective <- objective_anchor(nu = beta * k, k = k)
    by_pair <- vapply(1:2, function(pair) {
      scores <- matrix(s[2], k + 1, k + 1)
      for (n in seq_len(k)) scores[n + 1, (n + seq_len(n)) %% (k + 1) + 1] <- s[1]
      diag(scores) <- s[pair]
      sum(dbinom(0:k, k, independent[1]) * contrastive_loss(scores, objective)$rows)
    }, 1)
    anchormi:::anchor_bound(sum(partner * by_pair), objective$core, k + 1)
  }
  betas <- c(0, 0.1, 1, 10, 1000)
  limits <- vapply(betas, limit, 1)
  expect_true(all(diff(limits) < 0))
  expect_equal(limit(1e6), limit(Inf), tolerance = 1e-5)
  for (i in seq_along(betas)) {
    half <- finite(100, betas[i])
    whole <- finite(200, betas[i])
    expect_lt(abs(whole - limits[i]), 5e-3)
    # The error is of the order of 1 / K.
    expect_equal(2 * whole - half, limits[i], tolerance = 1e-4)
  }
})

test_that("the published Jensen-Shannon value is 1/e nats too low", {
  # Two-point model, a = 4: pairs have r = 4, a quarter of the others do.
  s <- matrix(-700, 4, 4)
  s[row(s) != col(s)][c(1, 5, 9)] <- log(4)
  diag(s) <- log(4)
  value <- function(s) mean(anchormi:::value_one_step(fake_held(list(s)), objective_js()))
  expect_equal(value(s), log(4), tolerance = 1e-12)
  expect_equal(value(s - 1), log(4) - exp(-1), tolerance = 1e-12)
  expect_equal((value(s - 1) - value(s)) / log(2), -0.531, tolerance = 1e-3)
})

test_that("values that an objective can't give are errors", {
  check <- function(value, objective) anchormi:::check_value(value, objective, call = NULL)
  expect_snapshot(error = TRUE, {
    check("plugin", objective_infonce())
    check("plugin", objective_anchor(nu = 0))
    check("normalised", objective_ranking())
    check("one_step", objective_interpolated())
    check("plugin", objective_dv())
    check("plugin", objective_mine())
    check("one_step", objective_multilabel())
    check("bound", objective_nwj())
    check("smile", objective_js())
    check("jsd_lb", objective_flo())
    check("mean", objective_anchor())
    check(1, objective_anchor())
  })
})

test_that("the default value is the literature's", {
  defaults <- vapply(other_objectives, function(case) {
    anchormi:::check_value(NULL, case$objective)
  }, "")
  expected <- c(infonce = "bound", ranking = "bound", nce = "plugin", js = "one_step",
                smile = "smile", nwj = "one_step", chi2 = "plugin", dv = "normalised",
                mine = "normalised", multilabel = "bound", interpolated = "bound",
                tuba = "one_step", flo = "bound", fdime_gan = "plugin")
  expect_equal(defaults[names(expected)], expected)
  expect_equal(anchormi:::check_value(NULL, objective_anchor()), "plugin")
  # An anchor too rare to pin down a scale is none.
  expect_equal(anchormi:::check_value(NULL, objective_anchor(nu = 1e-6)), "bound")
  expect_setequal(c(unlist(strsplit(mi_objectives()$values, ", ")), "debiased"),
                  names(anchormi:::value_table))
  # The default critic's log ratios are debiased, whatever else the objective can give.
  expect_equal(anchormi:::check_value(NULL, objective_anchor(), stack = TRUE), "debiased")
})
