# How far a loss is from its definition. Values: relative to 1 or to their size. Gradients:
# relative to each entry, but to at least a thousandth of the largest, and not below what the
# rounding of a score of 40 makes of a probability.
value_error <- function(found, expected) max(abs(found - expected) / pmax(1, abs(expected)))
gradient_error <- function(found, expected, largest = max(abs(found))) {
  max(abs(found - expected) / pmax(abs(expected), 1e-3 * largest, 1e-8))
}

# All options of the anchored objective that make sense in a batch of b.
anchor_options <- function(b, scores = names(all_scores), nu = c(0, 0.1, 1, 10),
                           k = unique(c(1, 2, b - 1)), negatives = c("all", "cyclic", "batch"),
                           symmetric = c(FALSE, TRUE), kind = names(score_kinds)) {
  options <- expand.grid(score = scores, nu = nu, k = k, negatives = negatives,
                         symmetric = symmetric, kind = kind, stringsAsFactors = FALSE)
  unanchored <- options$nu == 0 & (startsWith(options$score, "asymmetric") |
                                     (options$k == 1 & options$negatives != "batch"))
  options[options$k < b & !unanchored, ]
}

# Errors of value and gradient for each row of options, the gradient's over all entries or
# over a few.
anchor_errors <- function(b, options, few = FALSE) {
  errors <- vapply(seq_len(nrow(options)), function(i) {
    o <- options[i, ]
    score <- all_scores[[o$score]]
    scores <- draw_scores(b, o$kind)
    reference <- function(s, rows = seq_len(b)) {
      reference_anchor(s, score$rule, score$a, o$nu, o$k, o$negatives, rows)
    }
    expected <- reference(scores)
    if (o$symmetric) expected <- (expected + reference(t(scores))) / 2
    # An entry concerns its own row alone, and its column.
    slope_at <- function(entry) {
      row <- (entry - 1) %% b + 1
      column <- (entry - 1) %/% b + 1
      of_rows <- function(s) reference(s, row) / b
      both <- function(s) (of_rows(s) + reference(t(s), column) / b) / 2
      derivatives(if (o$symmetric) both else of_rows, scores, entry)
    }
    entries <- if (few) c(1 + (b + 1) * sample(b - 1, 1), sample(b^2, 3)) else seq_len(b^2)
    loss <- contrastive_loss(scores, objective_anchor(score$score, o$nu, o$k, o$negatives,
                                                      o$symmetric))
    c(value = max(value_error(loss$value, mean(expected)), value_error(loss$rows, expected)),
      gradient = gradient_error(loss$gradient[entries], vapply(entries, slope_at, 1),
                                max(abs(loss$gradient))))
  }, c(value = 0, gradient = 0))
  colnames(errors) <- apply(options, 1, paste, collapse = " ")
  errors
}

test_that("anchored losses are those of their definition, with their derivatives", {
  set.seed(1)
  for (b in c(2, 3)) {
    errors <- anchor_errors(b, anchor_options(b, symmetric = FALSE))
    expect_below(errors["value", ], 1e-10)
    expect_below(errors["gradient", ], 1e-6)
  }
  # With more rows each combination has one kind of scores, and the plain ones have all.
  options <- anchor_options(5)
  turn <- seq_len(nrow(options)) %% 4 + 1
  options <- options[options$kind == names(score_kinds)[turn] |
                       (options$nu == 1 & options$k == 4 & options$negatives == "all"), ]
  errors <- anchor_errors(5, options[sample(nrow(options), 300), ])
  expect_below(errors["value", ], 1e-10)
  expect_below(errors["gradient", ], 1e-6)
})

test_that("anchored losses of larger batches are those of their definition", {
  set.seed(2)
  for (b in c(17, 64)) {
    # Blocks that use all other rows, and blocks that leave some of them over.
    options <- anchor_options(b, k = c(1, if (b == 17) c(4, 5) else 10, b - 1))
    options <- rbind(options[sample(nrow(options), 80), ],
                     anchor_options(b, nu = 1, k = b - 1, negatives = "all", symmetric = FALSE))
    errors <- anchor_errors(b, options, few = TRUE)
    expect_below(errors["value", ], 1e-10)
    expect_below(errors["gradient", ], 1e-6)
  }
})

# Derivatives of the mean of a case's losses.
case_derivatives <- function(case, scores, entries) {
  b <- nrow(scores)
  vapply(entries, function(entry) {
    derivatives(function(s) if (case$whole) mean(case$rows(s))
                            else case$rows(s)[(entry - 1) %% b + 1] / b, scores, entry)
  }, 1)
}

test_that("other losses are those of their definition, with their derivatives", {
  set.seed(3)
  for (b in c(2, 3, 5, 17, 64)) for (kind in names(score_kinds)) {
    errors <- vapply(other_objectives, function(case) {
      scores <- draw_scores(b, kind, case$second)
      loss <- contrastive_loss(scores, case$objective, head = if (case$ratio) "ratio")
      expected <- case$rows(scores)
      entries <- if (b <= 5) seq_along(scores)
                 else c(1, sample(b^2, 1), if (case$second) b^2 + c(2, b + 2))
      expect_identical(dim(loss$gradient), dim(scores))
      c(value = max(value_error(loss$value, mean(expected)), value_error(loss$rows, expected)),
        gradient = gradient_error(loss$gradient[entries],
                                  case_derivatives(case, scores, entries),
                                  max(abs(loss$gradient))))
    }, c(value = 0, gradient = 0))
    colnames(errors) <- paste(names(other_objectives), b, kind)
    expect_below(errors["value", ], 1e-10)
    expect_below(errors["gradient", ], 1e-6)
  }
})

test_that("gradients are the differences of the package's own values", {
  set.seed(4)
  anchored <- lapply(all_scores, function(score) {
    list(objective = objective_anchor(score$score, nu = 2), ratio = FALSE, second = FALSE)
  })
  errors <- vapply(c(anchored, other_objectives), function(case) {
    scores <- draw_scores(5, "usual", case$second)
    head <- if (case$ratio) "ratio"
    value <- function(s) contrastive_loss(s, case$objective, head = head)$value
    gradient_error(contrastive_loss(scores, case$objective, head = head)$gradient,
                   central_differences(value, scores))
  }, 1)
  expect_below(errors, 1e-6)
})

test_that("MINE's gradient has the moving normaliser, and its value has not", {
  set.seed(5)
  for (b in c(2, 5)) for (decay in c(0.5, 0.99)) for (state in c(-30, 0.3, 30)) {
    scores <- matrix(rnorm(b^2), b)
    now <- log(mean(mean_others(exp(scores))))
    weights <- exp(scores) / (b - 1)
    diag(weights) <- 0
    first <- contrastive_loss(scores, objective_mine(decay))
    expect_equal(first$state, now, tolerance = 1e-12)
    expect_equal(first$gradient, (weights / exp(now) - diag(b)) / b, tolerance = 1e-12)
    loss <- contrastive_loss(scores, objective_mine(decay), state = state)
    moved <- log(decay * exp(state) + (1 - decay) * exp(now))
    expect_equal(loss$value, now - mean(diag(scores)), tolerance = 1e-12)
    expect_equal(loss$state, moved, tolerance = 1e-12)
    expect_equal(loss$gradient, (weights / exp(moved) - diag(b)) / b, tolerance = 1e-12)
  }
  expect_null(contrastive_loss(scores, objective_dv())$state)
})

# Finite for all scores: scores of the probabilities that are bounded, and logarithms.
tame <- c("log", "brier", "power_1.5", "power_3", "spherical_1.5", "spherical", "spherical_3")
# Finite as long as exp(s) is.
fairly_tame <- c("power_0.5", "asymmetric_1", "asymmetric_0.5", "asymmetric_0")
tame_others <- c("infonce", "infonce_symmetric", "ranking", "nce", "nce_0.1", "nce_10", "js",
                 "smile", "f_js", "fdime_gan", "multilabel", "multilabel_0.3", "multilabel_2",
                 "interpolated", "interpolated_0.3", "interpolated_2",
                 "nwj", "kl", "reverse_kl", "hellinger", "alpha_0.3", "chi2_ratio", "spectral",
                 "fdime_kl", "fdime_hellinger")
extreme_scores <- function(b, size) {
  list(matrix(size * sample(c(-1, 1), b^2, replace = TRUE), b), diag(2 * size, b) - size,
       size - diag(2 * size, b), matrix(size, b, b), matrix(-size, b, b))
}
# Names of the cases whose value or gradient is not as it should be for extreme scores.
breaks <- function(cases, b, size, fine = is.finite) {
  ok <- vapply(cases, function(case) {
    all(vapply(extreme_scores(b, size), function(s) {
      if (case$second) s <- array(c(s, diag(rnorm(b), b)), c(b, b, 2))
      loss <- contrastive_loss(s, case$objective, head = if (case$ratio) "ratio")
      all(fine(loss$value), fine(loss$gradient))
    }, TRUE))
  }, TRUE)
  names(cases)[!ok]
}
plain_case <- function(objective) list(objective = objective, ratio = FALSE, second = FALSE)

test_that("extreme scores give finite losses and gradients where the mathematics is finite", {
  set.seed(6)
  for (size in c(40, 300, 700)) for (b in c(3, 5)) {
    options <- anchor_options(b, c(tame, fairly_tame), kind = "usual")
    cases <- lapply(seq_len(nrow(options)), function(i) {
      o <- options[i, ]
      plain_case(objective_anchor(all_scores[[o$score]]$score, o$nu, o$k, o$negatives,
                                  o$symmetric))
    })
    names(cases) <- apply(options, 1, paste, collapse = " ")
    expect_equal(breaks(cases, b, size), character())
    expect_equal(breaks(other_objectives[tame_others], b, size), character())
  }
})

test_that("gradients of scores in the hundreds are differences of values", {
  set.seed(16)
  objectives <- lapply(other_objectives[c("infonce_symmetric", "ranking", "nce_10", "multilabel",
                                          "interpolated_0.3", "dv")], `[[`, "objective")
  options <- anchor_options(4, tame, kind = "usual")
  options <- options[sample(nrow(options), 60), ]
  anchored <- lapply(seq_len(nrow(options)), function(i) {
    o <- options[i, ]
    objective_anchor(all_scores[[o$score]]$score, o$nu, o$k, o$negatives, o$symmetric)
  })
  names(anchored) <- apply(options, 1, paste, collapse = " ")
  for (size in c(300, 700)) {
    errors <- vapply(c(objectives, anchored), function(objective) {
      # Many near ties, which make gradients between 0 and 1.
      s <- matrix(size * sample(c(-1, 0, 1), 16, replace = TRUE) + rnorm(16), 4)
      value <- function(s) contrastive_loss(s, objective)$value
      max(abs(contrastive_loss(s, objective)$gradient - central_differences(value, s, h = 1e-3)))
    }, 1)
    expect_below(errors, 1e-8)
  }
})

test_that("what has no weight in a normaliser may be as large as it likes", {
  set.seed(14)
  for (size in c(300, 700)) for (b in c(3, 5)) {
    cases <- c(other_objectives[c("dv", "mine", "interpolated_0")],
               list(pair_alone = plain_case(objective_interpolated(b)),
                    pairs_alone = plain_case(objective_multilabel(b))))
    expect_equal(breaks(cases, b, size), character())
  }
})

test_that("extreme scores give numbers, if infinite ones, where the mathematics is not finite", {
  set.seed(7)
  # Not alpha = 3, whose two terms are infinities of opposite signs.
  cases <- c(other_objectives[c("chi2", "alpha_m1", "tuba", "flo")],
             asymmetric_m1 = list(plain_case(objective_anchor(score_asymmetric_power(-1)))))
  for (size in c(300, 700)) for (b in c(3, 5)) {
    expect_equal(breaks(cases, b, size, function(x) !is.na(x)), character())
  }
})

test_that("so does the asymmetric power score of alpha = 2", {
  set.seed(15)
  case <- list(asymmetric_2 = plain_case(objective_anchor(score_asymmetric_power(2))))
  for (b in c(3, 5)) {
    expect_equal(breaks(case, b, 700, function(x) !is.na(x)), character())
  }
})

test_that("the log score of extreme scores is their maximum, within the logarithm of a count", {
  set.seed(8)
  b <- 4
  for (s in extreme_scores(b, 700)) {
    # K = 3, and the anchor's logit is log 1 = 0.
    by_row <- vapply(seq_len(b), function(i) {
      others <- s[i, -i]
      pair <- mean(vapply(1:3, function(z) max(0, s[i, i], others[-z]), 1)) - s[i, i]
      (3 * pair + max(0, others)) / 4
    }, 1)
    value <- contrastive_loss(s)$value
    expect_gte(value, mean(by_row))
    expect_lte(value, mean(by_row) + log(4))
  }
})

test_that("without an anchor, or nearly so, the anchored loss is InfoNCE", {
  set.seed(9)
  s <- draw_scores(6, "usual")
  value <- function(...) contrastive_loss(s, objective_anchor(...))$value
  infonce <- contrastive_loss(s, objective_infonce())
  expect_lt(abs(value(nu = 1e-12, negatives = "batch") - infonce$value), 1e-10)
  expect_identical(contrastive_loss(s, objective_anchor(nu = 0, negatives = "batch")), infonce)
  for (negatives in c("all", "cyclic", "batch")) for (score in tame) for (k in c(2, 5)) {
    at <- function(nu) value(all_scores[[score]]$score, nu = nu, k = k, negatives = negatives)
    expect_lt(abs(at(1e-12) - at(0)), 1e-10)
  }
})

test_that("members of the family agree with one another", {
  set.seed(10)
  s <- draw_scores(6, "usual")
  b <- 6
  loss <- function(objective, scores = s) contrastive_loss(scores, objective)$value
  # Whole losses: value, gradient and rows.
  expect_same <- function(one, other, scale = 1) {
    one <- contrastive_loss(s, one)
    other <- contrastive_loss(s, other)
    expect_lt(abs(one$value - scale * other$value), 1e-10)
    expect_lt(max(abs(one$gradient - scale * other$gradient)), 1e-10)
    expect_lt(max(abs(one$rows - scale * other$rows)), 1e-10)
  }
  for (nu in c(0.1, 1, 10)) expect_same(objective_anchor(nu = nu, k = 1), objective_nce(nu))
  expect_same(objective_js(), objective_nce(1))
  expect_same(objective_f("js"), objective_nce(1))
  expect_same(objective_smile(3), objective_nce(1))
  members <- list(chi2 = 2, kl = 1, hellinger = 0.5, reverse_kl = 0)
  for (divergence in names(members)) {
    score <- score_asymmetric_power(members[[divergence]])
    expect_same(objective_anchor(score, nu = 1, k = 1), objective_f(divergence), 1 / 2)
    expect_same(objective_alpha(members[[divergence]]), objective_f(divergence))
  }
  expect_same(objective_nwj(), objective_f("kl"))
  expect_same(objective_mine(0), objective_dv())
  expect_same(objective_multilabel(0), objective_dv())
  expect_same(objective_anchor(score_power(2), nu = 3), objective_anchor(score_brier(), nu = 3),
              1 / 2)
  # K = 1 Brier is half the squares of the wrong classes' probabilities.
  sigmoid <- function(x) 1 / (1 + exp(-x))
  off <- row(s) != col(s)
  expect_equal(loss(objective_anchor(score_brier(), nu = 1, k = 1)),
               mean(sigmoid(-diag(s))^2) + mean(sigmoid(s[off])^2), tolerance = 1e-12)
  expect_equal(loss(objective_interpolated(1)), loss(objective_infonce()) - log(b),
               tolerance = 1e-12)
  expect_equal(loss(objective_ranking()), mean(log1p(exp((s - diag(s))[off]))),
               tolerance = 1e-12)
  # The limit of power scores; the error is of the order of alpha - 1.
  gap <- vapply(c(1e-4, 1e-5), function(h) {
    loss(objective_anchor(score_power(1 + h))) - loss(objective_anchor())
  }, 1)
  expect_lt(abs(gap[2]), 1e-3)
  expect_equal(gap[1] / gap[2], 10, tolerance = 1e-2)
  # SMILE's tau is for evaluation only.
  expect_identical(loss(objective_smile(0.1)), loss(objective_smile(Inf)))
})

test_that("symmetric is the mean by rows and by columns", {
  set.seed(11)
  s <- draw_scores(5, "usual")
  for (k in c(2, 4)) for (negatives in c("all", "cyclic", "batch")) {
    by_rows <- objective_anchor(score_brier(), k = k, negatives = negatives)
    both <- contrastive_loss(s, objective_anchor(score_brier(), k = k, negatives = negatives,
                                                 symmetric = TRUE))
    one <- contrastive_loss(s, by_rows)
    other <- contrastive_loss(t(s), by_rows)
    expect_equal(both$value, (one$value + other$value) / 2, tolerance = 1e-14)
    expect_equal(both$gradient, (one$gradient + t(other$gradient)) / 2, tolerance = 1e-14)
  }
})

test_that("a baseline of e makes TUBA NWJ", {
  set.seed(12)
  s <- draw_scores(4, "usual")
  with_baseline <- array(c(s, diag(1, 4)), c(4, 4, 2))
  expect_equal(contrastive_loss(with_baseline, objective_tuba())$value,
               contrastive_loss(s - 1, objective_nwj())$value, tolerance = 1e-14)
  # What is off the second slice's diagonal doesn't matter.
  with_baseline[, , 2] <- with_baseline[, , 2] + 1 - diag(4)
  expect_equal(contrastive_loss(with_baseline, objective_tuba())$value,
               contrastive_loss(s - 1, objective_nwj())$value, tolerance = 1e-14)
})

# Expectations, by enumeration.

test_that("the expected loss of a batch is the population loss", {
  set.seed(13)
  for (name in c("log", "brier", "power_0.5", "spherical_3", "asymmetric_0.5")) {
    score <- all_scores[[name]]
    theta <- matrix(rnorm(12), 4)
    check <- function(objective, b, k, nu, in_order = FALSE) {
      found <- expected_loss(objective, b, in_order)(theta)
      population <- population_loss(score$rule, score$a, k, nu)
      expect_equal(found$value, population(theta), tolerance = 1e-12)
      expect_equal(c(found$gradient), derivatives(population, theta), tolerance = 1e-10)
    }
    check(objective_anchor(score$score, nu = 0.5, k = 1), 2, 1, 0.5)
    check(objective_anchor(score$score, nu = 2), 3, 2, 2)
  }
  # One negative left out: batches in another order have other losses, but the same mean.
  for (name in c("log", "brier")) {
    score <- all_scores[[name]]
    theta <- matrix(rnorm(12), 4)
    all <- expected_loss(objective_anchor(score$score, nu = 2), 3)(theta)
    cyclic <- expected_loss(objective_anchor(score$score, nu = 2, negatives = "cyclic"), 3,
                            in_order = TRUE)(theta)
    expect_equal(cyclic, all, tolerance = 1e-12)
  }
  # Blocks of K among more rows: the same again.
  theta <- matrix(rnorm(12), 4)
  expect_equal(expected_loss(objective_anchor(nu = 2, k = 1), 3)(theta)$value,
               population_loss("log", 1, 1, 2)(theta), tolerance = 1e-12)
})

test_that("K = 3 in batches of four has no slope at the truth", {
  for (name in c("log", "spherical_1.5")) {
    at <- expected_loss(objective_anchor(all_scores[[name]]$score, nu = 2), 4)(truth)
    expect_lt(max(abs(at$gradient)), 1e-12)
  }
})

test_that("the anchored loss in batches is least at the log density ratio", {
  for (case in list(list(score_log(), 0.1, 2), list(score_brier(), 1, 2),
                    list(score_asymmetric_power(0), 10, 2), list(score_log(), 1, 3),
                    list(score_spherical(), 1, 3))) {
    found <- minimum(expected_loss(objective_anchor(case[[1]], nu = case[[2]]), case[[3]]),
                     0 * truth)
    expect_lt(max(abs(found - truth)), 1e-5)
  }
})

test_that("other consistent losses in batches are least at the log density ratio", {
  found <- function(name) {
    case <- other_objectives[[name]]
    at <- expected_loss(case$objective, 2, ratio = case$ratio)
    minimum(at, matrix(as.numeric(case$ratio), 4, 3))
  }
  for (name in c("nce_10", "js", "nwj", "reverse_kl", "chi2", "hellinger", "alpha_3", "alpha_0.3",
                 "fdime_kl", "fdime_hellinger", "fdime_gan")) {
    expect_lt(max(abs(found(name) - truth)), 1e-5)
  }
  for (name in c("chi2_ratio", "spectral")) {
    expect_lt(max(abs(found(name) - exp(truth))), 1e-5)
  }
})

test_that("second networks complete the ratio", {
  # TUBA: the baseline is a function of x alone, one number for each row of the table. Scores
  # and baseline share c(x), which their difference doesn't.
  at <- expected_loss(objective_tuba(), 2, second = TRUE)
  tuba <- minimum(function(theta) {
    theta <- matrix(theta, 4)
    loss <- at(array(c(theta[, 1:3], theta[, c(4, 4, 4)]), c(4, 3, 2)))
    list(value = loss$value,
         gradient = c(loss$gradient[, , 1], rowSums(loss$gradient[, , 2])))
  }, numeric(16))
  tuba <- matrix(tuba, 4)
  expect_lt(max(abs(tuba[, 1:3] - tuba[, 4] - truth)), 1e-5)
  # FLO: u is minus the log ratio, and the critic is that up to a function of x.
  flo <- array(minimum(expected_loss(objective_flo(), 2, second = TRUE), numeric(24)), c(4, 3, 2))
  expect_lt(max(abs(-flo[, , 2] - truth)), 1e-5)
  expect_lt(max(apply(flo[, , 1] - truth, 1, spread)), 1e-5)
})

test_that("InfoNCE finds the ratio only up to a function of x", {
  at <- expected_loss(objective_anchor(nu = 0), 3)
  found <- minimum(at, matrix(c(1, -1, 0.5, 0), 4, 3))
  expect_lt(max(apply(matrix(found - truth, 4), 1, spread)), 1e-5)
  expect_gt(max(abs(found - truth)), 0.05)
  expect_equal(at(truth + c(1, -2, 3, 0))$value, at(truth)$value, tolerance = 1e-14)
  expect_lt(max(abs(at(truth + c(1, -2, 3, 0))$gradient)), 1e-12)
  # Its other form, with the pair against all others: the same.
  at <- expected_loss(objective_infonce(), 3)
  found <- minimum(at, 0 * truth)
  expect_lt(max(apply(matrix(found - truth, 4), 1, spread)), 1e-5)
  expect_gt(max(abs(found - truth)), 0.05)
})

test_that("Donsker-Varadhan finds the ratio up to a constant", {
  # Uniform margins: 24 pairs and 552 others have the frequencies of joint and product exactly.
  counts <- rbind(c(4, 1, 1), c(1, 4, 1), c(1, 1, 4), c(2, 2, 2))
  cells <- matrix(0, 24, 24)
  diag(cells) <- rep(1:12, counts)
  cells[row(cells) != col(cells)] <- rep(1:12, each = 46)
  log_ratio <- log(counts / 24 * 12)
  at <- function(objective) function(theta) {
    loss <- contrastive_loss(matrix(theta[cells], 24), objective)
    list(value = loss$value, gradient = c(rowsum(c(loss$gradient), c(cells))))
  }
  for (objective in list(objective_dv(), objective_mine(), objective_multilabel(0))) {
    found <- minimum(at(objective), rep(c(0.5, 1), 6))
    expect_lt(spread(found - log_ratio), 1e-5)
    expect_gt(max(abs(found - log_ratio)), 0.05)
    expect_equal(-at(objective)(found)$value, sum(counts / 24 * log_ratio), tolerance = 1e-10)
  }
  # ... and NWJ needs no constant.
  found <- minimum(at(objective_nwj()), rep(c(0.5, 1), 6))
  expect_lt(max(abs(found - log_ratio)), 1e-5)
  # With pairs among them, normalisers give the ratio to a mixture of joint and product.
  for (alpha in c(1, 6)) {
    found <- minimum(at(objective_multilabel(alpha)), rep(c(0.5, 1), 6))
    skewed <- log_ratio - log(alpha / 24 * exp(log_ratio) + 1 - alpha / 24)
    expect_lt(spread(found - skewed), 1e-5)
  }
})

test_that("interpolated losses other than InfoNCE find another table, not just up to f(x)", {
  off <- vapply(c(0.5, 1, 2), function(alpha) {
    found <- minimum(expected_loss(objective_interpolated(alpha), 3), 0 * truth)
    max(apply(matrix(found - truth, 4), 1, spread))
  }, 1)
  expect_lt(off[2], 1e-5)
  expect_gt(min(off[-2]), 1e-2)
})

test_that("a pair with one candidate more than the anchor is not consistent", {
  mi <- sum(joint * truth)
  plugin <- vapply(c("all", "batch"), function(negatives) {
    found <- minimum(expected_loss(objective_anchor(negatives = negatives), 3), 0 * truth,
                     polish = 1)
    sum(joint * found)
  }, 1)
  expect_equal(plugin[["all"]], mi, tolerance = 1e-6)
  # About a quarter nat too little in batches of three, which makes it negative here.
  expect_lt(plugin[["batch"]], mi - 0.05)
  expect_lt(abs(plugin[["batch"]] - mi + 0.25), 0.05)
})

test_that("options are checked", {
  expect_snapshot(error = TRUE, {
    objective_anchor(nu = -1)
    objective_anchor(nu = NA)
    objective_anchor(nu = Inf)
    objective_anchor(k = 0)
    objective_anchor(k = 1.5)
    objective_anchor(nu = 0, k = 1)
    objective_anchor(negatives = "some")
    objective_anchor(symmetric = NA)
    objective_anchor(score = "log")
    objective_anchor(score_asymmetric_power(2), nu = 0)
    objective_infonce(symmetric = "yes")
    objective_nce(nu = 0)
    objective_nce(nu = -1)
    objective_f("renyi")
    objective_alpha(Inf)
    objective_alpha(21)
    objective_mine(decay = 1)
    objective_smile(tau = 0)
    objective_interpolated(alpha = -1)
    objective_multilabel(alpha = NA)
    objective_fdime("chi2")
  })
})

test_that("scores are checked", {
  expect_snapshot(error = TRUE, {
    contrastive_loss(1:3)
    contrastive_loss(matrix(1:6, 2))
    contrastive_loss(matrix(1))
    contrastive_loss(matrix("a", 2, 2))
    contrastive_loss(matrix(c(1, NA, Inf, 2), 2))
    contrastive_loss(matrix(c(1, -Inf, 1, 2), 2))
    contrastive_loss(array(0, c(3, 3, 2)))
    contrastive_loss(diag(3), objective_tuba())
    contrastive_loss(array(0, c(3, 3, 3)), objective_flo())
    contrastive_loss(array(0, c(3, 2, 2)), objective_flo())
    contrastive_loss(matrix(0, 2, 2), objective_anchor(nu = 0))
    contrastive_loss(diag(3), objective_anchor(k = 3))
    contrastive_loss(diag(3), objective_interpolated(3.5))
    contrastive_loss(diag(3), objective_multilabel(4))
    contrastive_loss(diag(3), "anchor")
    contrastive_loss(diag(3), objective_mine(), state = NA)
    contrastive_loss(diag(3), objective_anchor(), head = "ratio")
    contrastive_loss(diag(3), objective_f("kl"), head = "ratio")
    contrastive_loss(diag(3), objective_spectral(), head = "log_ratio")
    contrastive_loss(diag(3), objective_f("chi2"), head = "cosine")
  })
})

test_that("a weight of the whole batch is a weight", {
  # The pair alone is in its normaliser: the loss is 0, whatever the scores.
  expect_equal(contrastive_loss(matrix(1:9 / 3, 3), objective_interpolated(3))$value, 0)
})

test_that("integers are scores too, and names are no matter", {
  s <- matrix(c(2L, 0L, -1L, 1L), 2, dimnames = list(c("a", "b"), NULL))
  expect_equal(contrastive_loss(s)$value, contrastive_loss(unname(s + 0))$value)
})

test_that("objectives print", {
  expect_snapshot({
    objective_anchor()
    objective_anchor(nu = 1, k = 1)
    objective_anchor(nu = 0, k = 8)
    objective_anchor(score_spherical(3), nu = 2, negatives = "cyclic", symmetric = TRUE)
    objective_infonce()
    objective_ranking()
    objective_nce(2)
    objective_f("chi2")
    objective_alpha(0.3)
    objective_dv()
    objective_mine()
    objective_nwj()
    objective_tuba()
    objective_js()
    objective_smile(Inf)
    objective_interpolated(0.5)
    objective_multilabel()
    objective_flo()
    objective_spectral()
    objective_fdime("gan")
  })
})

test_that("the table of objectives knows every constructor", {
  family <- mi_objectives()
  constructors <- grep("^objective_", getNamespaceExports("anchormi"), value = TRUE)
  expect_setequal(family$name, sub("objective_", "", constructors))
  expect_equal(family$consistent, family$up_to == "")
  expect_equal(family$name[family$up_to == "a constant"], c("dv", "mine"))
  expect_equal(family$name[family$up_to == "a skewing"], c("multilabel", "interpolated"))
  expect_setequal(family$name[family$up_to == "a function of x"],
                  c("infonce", "ranking"))
  # The default is the first of what is allowed.
  expect_true(all(startsWith(family$values, family$value)))
})
