# Random forecasts of k + 1 classes, a row each.
draw_forecasts <- function(n, k) {
  eta <- matrix(rexp(n * (k + 1)), n)
  eta / rowSums(eta)
}

test_that("proper_score() is the score's definition", {
  set.seed(1)
  for (score in all_scores) for (k in 1:4) {
    eta <- draw_forecasts(6, k)
    for (z in 0:k) {
      expect_equal(proper_score(eta, rep(z, 6), score$score),
                   reference_rules[[score$rule]](eta, z + 1, score$a), tolerance = 1e-12)
    }
  }
})

test_that("proper_score() takes each row by itself", {
  eta <- rbind(c(0.7, 0.2, 0.1), c(0.1, 0.1, 0.8), c(1, 1, 1) / 3)
  expect_equal(proper_score(eta, c(0, 2, 1)), -log(c(0.7, 0.8, 1 / 3)))
  expect_equal(proper_score(eta, c(0, 2, 1), score_brier()),
               c(0.3^2 + 0.2^2 + 0.1^2, 0.1^2 + 0.1^2 + 0.2^2, 4 / 9 + 2 / 9))
  expect_equal(proper_score(eta[2, ], 2L, score_spherical()), 1 - 0.8 / sqrt(0.66))
  expect_equal(proper_score(c(a = 1L, b = 0L), 0), 0)
})

test_that("impossible forecasts have the scores that the definition has", {
  eta <- rbind(c(0.6, 0.4, 0), c(0.5, 0, 0.5))
  for (score in all_scores) for (z in 0:2) {
    expect_equal(proper_score(eta, c(z, z), score$score),
                 reference_rules[[score$rule]](eta, z + 1, score$a), tolerance = 1e-12)
  }
  expect_equal(proper_score(eta, c(2, 1)), c(Inf, Inf))
  expect_equal(proper_score(eta, c(2, 1), score_brier()), c(1.52, 1.5))
  # An anchor said to be impossible.
  never <- c(0, 0.5, 0.5)
  expect_equal(proper_score(never, 0), Inf)
  expect_equal(proper_score(never, 0, score_brier()), 1.5)
  expect_equal(proper_score(never, 1, score_spherical()), 1 - sqrt(0.5))
})

# All points of the simplex on a lattice, without its edges.
simplex <- function(classes, steps) {
  points <- as.matrix(expand.grid(rep(list(1:(steps - 1)), classes)))
  unname(points[rowSums(points) == steps, ]) / steps
}

test_that("every score is strictly proper", {
  for (score in all_scores) for (classes in 2:4) {
    grid <- simplex(classes, c(50, 16, 10)[classes - 1])
    losses <- vapply(seq_len(classes) - 1, function(z) {
      proper_score(grid, rep(z, nrow(grid)), score$score)
    }, numeric(nrow(grid)))
    # By rows the truth, by columns what was said. Only the truth is the best answer.
    expected <- grid %*% t(losses)
    regret <- expected - diag(expected)
    diag(regret) <- Inf
    expect_gt(min(regret), 1e-8)
  }
})

test_that("power scores and spherical ones have the limits that they should", {
  set.seed(2)
  eta <- draw_forecasts(5, 3)
  z <- c(0, 1, 2, 3, 0)
  expect_equal(2 * proper_score(eta, z, score_power(2)), proper_score(eta, z, score_brier()))
  for (near in c(1 - 1e-7, 1 + 1e-7)) {
    expect_equal(proper_score(eta, z, score_power(near)), proper_score(eta, z), tolerance = 1e-6)
  }
  # Spherical scores too tend to the log score.
  expect_equal(proper_score(eta, z, score_spherical(1 + 1e-7)), proper_score(eta, z),
               tolerance = 1e-6)
})

# With one free score for each cell of a discrete joint distribution.

test_that("no consistent loss has a slope at the truth", {
  for (score in all_scores) for (k in 1:3) for (nu in c(0.1, 1, 2, 10)) {
    slope <- derivatives(population_loss(score$rule, score$a, k, nu), truth)
    expect_lt(max(abs(slope)), 1e-12)
  }
})

test_that("population losses are least at the log density ratio", {
  # Not the pseudo-spherical score with alpha = 3, which is flat to rounding around it.
  for (name in setdiff(names(all_scores), "spherical_3")) {
    score <- all_scores[[name]]
    for (case in list(c(1, 1), c(2, 0.1), c(3, 10))) {
      at <- with_derivatives(population_loss(score$rule, score$a, case[1], case[2]))
      found <- minimum(at, 0 * truth)
      expect_lt(max(abs(found - truth)), 1e-5)
    }
  }
})

test_that("without an anchor scores find the ratio up to a function of x", {
  for (name in c("log", "brier", "spherical", "power_1.5")) {
    score <- all_scores[[name]]
    for (k in 2:3) {
      loss <- population_loss(score$rule, score$a, k, 0)
      found <- matrix(minimum(with_derivatives(loss), matrix(c(1, -1, 0.5, 0), 4, 3)), 4)
      expect_lt(max(apply(found - truth, 1, spread)), 1e-5)
      expect_gt(max(abs(found - truth)), 0.05)
      expect_equal(loss(truth + c(3, -1, 0, 2)), loss(truth), tolerance = 1e-14)
    }
  }
})

test_that("population losses are those of proper_score()", {
  set.seed(3)
  theta <- matrix(rnorm(12), 4)
  for (score in all_scores) for (k in 1:3) {
    problems <- class_problems(k)
    eta <- posterior(matrix(exp(theta[c(problems$cells)]), ncol = k), 2)
    of_class <- function(z) proper_score(eta, rep(z, nrow(eta)), score$score)
    expect_equal((k * sum(problems$pair * of_class(1)) + 2 * sum(problems$anchor * of_class(0))) /
                   (k + 2),
                 population_loss(score$rule, score$a, k, 2)(theta), tolerance = 1e-12)
  }
})

# Convex functions of ratios rho = r / nu, a row for each problem, that generate the scores.
generators <- list(
  log = function(rho, a) {
    total <- 1 + rowSums(rho)
    rowSums(rho * log(rho)) - total * log(total)
  },
  brier = function(rho, a) {
    total <- 1 + rowSums(rho)
    (1 + rowSums(rho^2)) / total - total
  },
  power = function(rho, a) {
    total <- 1 + rowSums(rho)
    (total^(1 - a) * (1 + rowSums(rho^a)) - total) / (a * (a - 1))
  },
  spherical = function(rho, a) {
    ((1 + rowSums(rho^a))^(1 / a) - 1 - rowSums(rho)) / (a - 1)
  },
  asymmetric_power = function(rho, a) {
    rowSums(if (a == 1) rho * log(rho) - rho else if (a == 0) -log(rho)
            else rho^a / (a * (a - 1)))
  })

test_that("what a model loses to the truth is a Bregman divergence between ratios", {
  set.seed(4)
  for (score in all_scores) for (k in 1:3) for (nu in c(0.1, 2)) {
    theta <- truth + matrix(rnorm(12), 4)
    loss <- population_loss(score$rule, score$a, k, nu)
    problems <- class_problems(k)
    ratios <- function(table) matrix(exp(table[c(problems$cells)]), ncol = k) / nu
    rho <- ratios(truth)
    model <- ratios(theta)
    f <- function(rho) generators[[score$rule]](rho, score$a)
    slope <- vapply(seq_len(k), function(j) {
      Im(f(replace(model + 0i, cbind(seq_len(nrow(model)), j), model[, j] + 1e-30i))) / 1e-30
    }, numeric(nrow(model)))
    divergence <- f(rho) - f(model) - rowSums(slope * (rho - model))
    expect_gt(min(divergence), -1e-10)
    excess <- nu / (k + nu) * sum(problems$anchor * divergence)
    expect_lt(abs(loss(theta) - loss(truth) - excess) / max(1, excess), 1e-8)
  }
})

# Scores by hand, of probabilities.
is_true <- function(eta, z) 1 * (col(eta) == z + 1)
of_true <- function(eta, z) eta[cbind(seq_along(z), z + 1)]
custom_log <- function() {
  score_custom(function(probabilities, class) -log(of_true(probabilities, class)),
               function(probabilities, class) -is_true(probabilities, class) / probabilities)
}
custom_brier <- function() {
  score_custom(function(p, z) 1 + rowSums(p^2) - 2 * of_true(p, z),
               function(p, z) 2 * p - 2 * is_true(p, z), label = "my Brier score")
}
custom_spherical <- function() {
  score_custom(function(p, z) 1 - of_true(p, z) / sqrt(rowSums(p^2)),
               function(p, z) {
                 norm <- sqrt(rowSums(p^2))
                 -is_true(p, z) / norm + of_true(p, z) * p / norm^3
               })
}

test_that("a custom score is the built-in one that it repeats", {
  set.seed(5)
  pairs <- list(list(custom_log(), score_log()), list(custom_brier(), score_brier()),
                list(custom_spherical(), score_spherical()))
  for (b in c(2, 5)) for (pair in pairs) for (negatives in c("all", "cyclic", "batch")) {
    for (k in unique(c(1, 2, b - 1)[c(1, 2, b - 1) < b])) for (nu in c(0.1, 3)) {
      scores <- matrix(rnorm(b^2), b)
      symmetric <- nu == 3
      loss <- function(score) {
        contrastive_loss(scores, objective_anchor(score, nu, k, negatives, symmetric))
      }
      custom <- loss(pair[[1]])
      built_in <- loss(pair[[2]])
      expect_lt(abs(custom$value - built_in$value), 1e-12)
      expect_lt(max(abs(custom$gradient - built_in$gradient)), 1e-12)
      expect_lt(max(abs(custom$rows - built_in$rows)), 1e-12)
    }
  }
  eta <- draw_forecasts(4, 2)
  expect_equal(proper_score(eta, c(0, 1, 2, 0), custom_brier()),
               proper_score(eta, c(0, 1, 2, 0), score_brier()))
})

test_that("a custom score with scores far apart is finite", {
  s <- matrix(c(700, -700, 700, -700, 700, 700, -700, 700, -700), 3)
  for (negatives in c("all", "cyclic")) {
    loss <- function(score) contrastive_loss(s, objective_anchor(score, 2, negatives = negatives))
    expect_equal(loss(custom_brier()), loss(score_brier()))
    expect_true(all(is.finite(loss(custom_brier())$gradient)))
  }
})

test_that("a custom score trains", {
  fit <- function(score) {
    set.seed(6)
    suppressWarnings(mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear(),
                               objective = objective_anchor(score, nu = 2, negatives = "cyclic"),
                               control = quick(batch_size = 10, max_steps = 20)))
  }
  custom <- fit(custom_brier())
  expect_equal(coef(custom), coef(fit(score_brier())), tolerance = 1e-5)
  expect_output(print(custom), "my Brier score")
})

test_that("an error in a custom score is that error", {
  loss <- function(p, z) {
    if (ncol(p) > 3) stop("too many classes")
    1 + rowSums(p^2) - 2 * of_true(p, z)
  }
  gradient <- function(p, z) 2 * p - 2 * is_true(p, z)
  score <- score_custom(loss, gradient)
  expect_true(is.finite(contrastive_loss(diag(3), objective_anchor(score))$value))
  expect_error(contrastive_loss(diag(4), objective_anchor(score)), "too many classes")
  set.seed(7)
  expect_error(mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear(), control = quick(),
                         objective = objective_anchor(score)), "too many classes")
  # What was fine when it was made, but not later on.
  expect_error(contrastive_loss(diag(4), objective_anchor(score_custom(
    function(p, z) if (ncol(p) > 3) c(1, 2) else loss(p, z), gradient))), "loss")
  expect_error(contrastive_loss(diag(4), objective_anchor(score_custom(
    function(p, z) 1 + rowSums(p^2) - 2 * of_true(p, z),
    function(p, z) if (ncol(p) > 3) 1 else gradient(p, z)))), "gradient")
})

test_that("custom scores are checked", {
  brier <- function(p, z) 1 + rowSums(p^2) - 2 * of_true(p, z)
  slope <- function(p, z) 2 * p - 2 * is_true(p, z)
  expect_snapshot(error = TRUE, {
    # Not proper: it pays to exaggerate.
    score_custom(function(p, z) -of_true(p, z), function(p, z) -is_true(p, z))
    # Proper, but not strictly.
    score_custom(function(p, z) 0 * p[, 1], function(p, z) 0 * p)
    # Proper for two classes alone.
    score_custom(function(p, z) if (ncol(p) == 2) brier(p, z) else -of_true(p, z),
                 function(p, z) if (ncol(p) == 2) slope(p, z) else -is_true(p, z))
    # The derivative of something else.
    score_custom(brier, function(p, z) p - 2 * is_true(p, z))
    score_custom(brier, function(p, z) 2 * is_true(p, z) - 2 * p)
    # Shapes.
    score_custom(function(p, z) sum(brier(p, z)), slope)
    score_custom(function(p, z) as.character(brier(p, z)), slope)
    score_custom(function(p, z) NA * brier(p, z), slope)
    score_custom(brier, function(p, z) t(slope(p, z)))
    score_custom(brier, function(p, z) slope(p, z)[, 1])
    score_custom(brier, function(p, z) slope(p, z) / 0)
    score_custom("brier", slope)
    score_custom(brier, slope, label = NA)
    # It needs an anchor.
    objective_anchor(custom_brier(), nu = 0)
  })
})

test_that("an additive constant in a custom gradient is no matter", {
  score <- score_custom(function(p, z) 1 + rowSums(p^2) - 2 * of_true(p, z),
                        function(p, z) 2 * p - 2 * is_true(p, z) + 5)
  s <- matrix(c(1, 0.3, -0.5, 0.2), 2)
  expect_equal(contrastive_loss(s, objective_anchor(score)),
               contrastive_loss(s, objective_anchor(score_brier())))
})

test_that("options are checked", {
  expect_snapshot(error = TRUE, {
    score_spherical(1)
    score_spherical(0.5)
    score_spherical(Inf)
    score_power(0)
    score_power(1)
    score_power(-1)
    score_power("2")
    score_asymmetric_power(NA)
    score_asymmetric_power(25)
    proper_score(c(0.5, 0.6), 0)
    proper_score(c(1.5, -0.5), 0)
    proper_score(matrix(1, 2, 1), c(0, 0))
    proper_score(c(0.5, NA), 0)
    proper_score("a", 0)
    proper_score(c(0.5, 0.5), 2)
    proper_score(c(0.5, 0.5), 0.5)
    proper_score(c(0.5, 0.5), c(0, 1))
    proper_score(c(0.5, 0.5), NA)
    proper_score(c(0.5, 0.5), 0, "log")
  })
})

test_that("scores print", {
  expect_snapshot({
    score_log()
    score_brier()
    score_spherical()
    score_spherical(1.5)
    score_power(3)
    score_asymmetric_power(0.5)
    custom_log()
    custom_brier()
  })
})

test_that("a custom score whose gradient turns missing stops the fit", {
  bad <- FALSE
  score <- score_custom(
    function(p, class) -log(p[cbind(seq_along(class), class + 1)]),
    function(p, class) {
      gradient <- -(col(p) == class + 1) / p
      if (bad) gradient * NA else gradient
    })
  bad <- TRUE
  expect_error(
    mi_anchor(cars$speed, cars$dist, critic = critic_bilinear(),
              objective = objective_anchor(score, k = 1, negatives = "cyclic"),
              control = quick()),
    "`gradient` returned a missing value")
})

test_that("losses at probabilities of 0 are their limits", {
  near <- c(1e-12, 1 - 1e-12)
  for (alpha in c(-2, -0.5, 0.5, 2)) for (class in 0:1) {
    score <- score_asymmetric_power(alpha)
    at <- proper_score(c(0, 1), class, score)
    limit <- proper_score(near, class, score)
    expect_false(is.nan(at))
    if (abs(limit) < 1e-5) expect_equal(at, 0) else expect_gt(abs(at), abs(limit))
  }
})
