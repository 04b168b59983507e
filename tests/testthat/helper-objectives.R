# Every objective and scoring rule once more, straight from its definition and without regard
# to speed or overflow; written independently of src/core. All of it works on complex numbers
# too, which gives derivatives without cancellation: see derivatives().

# Losses of the true class `z` (a column of eta); `a` is alpha. Rows of eta are problems, its
# columns classes, and the anchor's is the first.
reference_rules <- list(
  log = function(eta, z, a) -log(eta[, z]),
  brier = function(eta, z, a) 1 + rowSums(eta^2) - 2 * eta[, z],
  power = function(eta, z, a) {
    ((a - 1) * rowSums(eta^a) - a * eta[, z]^(a - 1) + 1) / (a * (a - 1))
  },
  spherical = function(eta, z, a) {
    (1 - (eta[, z] / rowSums(eta^a)^(1 / a))^(a - 1)) / (a - 1)
  },
  asymmetric_power = function(eta, z, a) {
    rho <- eta[, -1, drop = FALSE] / eta[, 1]
    if (z == 1) return(rowSums(if (a == 0) log(rho) else rho^a / a))
    if (a == 1) -log(rho[, z - 1]) else rho[, z - 1]^(a - 1) / (1 - a)
  })

# Scores to test with, by what they are called here: the package's and their definitions.
all_scores <- list(
  log = list(score = score_log(), rule = "log", a = 1),
  brier = list(score = score_brier(), rule = "brier", a = 2),
  power_0.5 = list(score = score_power(0.5), rule = "power", a = 0.5),
  power_1.5 = list(score = score_power(1.5), rule = "power", a = 1.5),
  power_3 = list(score = score_power(3), rule = "power", a = 3),
  spherical_1.5 = list(score = score_spherical(1.5), rule = "spherical", a = 1.5),
  spherical = list(score = score_spherical(), rule = "spherical", a = 2),
  spherical_3 = list(score = score_spherical(3), rule = "spherical", a = 3),
  asymmetric_2 = list(score = score_asymmetric_power(2), rule = "asymmetric_power", a = 2),
  asymmetric_1 = list(score = score_asymmetric_power(1), rule = "asymmetric_power", a = 1),
  asymmetric_0.5 = list(score = score_asymmetric_power(0.5), rule = "asymmetric_power", a = 0.5),
  asymmetric_0 = list(score = score_asymmetric_power(0), rule = "asymmetric_power", a = 0),
  asymmetric_m1 = list(score = score_asymmetric_power(-1), rule = "asymmetric_power", a = -1))

# Posterior class probabilities from ratios, a row for each problem; no anchor if nu is 0.
posterior <- function(ratios, nu) {
  if (nu > 0) ratios <- cbind(nu, ratios)
  ratios / rowSums(ratios)
}

# The anchored family, a loss for each of `rows`. Row i's other columns, in cyclic order from
# i + 1 on, make blocks of k candidates.
reference_anchor <- function(scores, rule = "log", a = 1, nu = 1, k = nrow(scores) - 1,
                             negatives = "all", rows = seq_len(nrow(scores))) {
  b <- nrow(scores)
  blocks <- (b - 1) %/% k
  loss <- reference_rules[[rule]]
  sapply(rows, function(i) {
    anchor <- matrix((i + seq_len(k * blocks) - 1) %% b + 1, blocks, byrow = TRUE)
    pair <- switch(negatives,
      all = do.call(rbind, lapply(seq_len(k), function(z) anchor[, -z, drop = FALSE])),
      cyclic = anchor[, -1, drop = FALSE],
      batch = anchor)
    ratios <- function(columns) {
      matrix(exp(scores[i, columns]), nrow(columns))
    }
    as_pair <- loss(posterior(ratios(cbind(i, pair)), nu), 1 + (nu > 0), a)
    if (nu == 0) return(mean(as_pair))
    as_anchor <- loss(posterior(ratios(anchor), nu), 1, a)
    (k * mean(as_pair) + nu * mean(as_anchor)) / (k + nu)
  })
}

# Means over the other columns of each row. Never by subtracting the diagonal, which may be
# all that is left of the sum.
mean_others <- function(terms) {
  diag(terms) <- 0
  rowSums(terms) / (nrow(terms) - 1)
}
next_column <- function(terms) {
  b <- nrow(terms)
  terms[cbind(seq_len(b), seq_len(b) %% b + 1)]
}
softplus <- function(x) log(1 + exp(x))

# Terms of dependent and of independent pairs, from f(r) = (r^a - 1) / (a (a - 1)) and the like.
reference_pairwise <- function(scores, a, independent = mean_others) {
  dependent <- if (a == 1) -diag(scores) else exp((a - 1) * diag(scores)) / (1 - a)
  dependent + independent(if (a == 0) scores else exp(a * scores) / a)
}
reference_nce <- function(scores, nu = 1, independent = mean_others) {
  (softplus(log(nu) - diag(scores)) + nu * independent(softplus(scores - log(nu)))) / (1 + nu)
}
# Normalisers in which the pair has the weight alpha / B: means of exp(s) by row.
weighted_mean <- function(scores, alpha) {
  b <- nrow(scores)
  alpha / b * exp(diag(scores)) + (b - alpha) / b * mean_others(exp(scores))
}

# Objectives beside the anchored ones. Of each:
#   objective   the package's
#   rows        the loss of each row of scores, whose mean is the loss
#   whole       a row's loss depends on the other rows
#   ratio       scores are ratios
#   second      scores have a second slice
other_objectives <- local({
  case <- function(objective, rows, whole = FALSE, ratio = FALSE, second = FALSE) {
    list(objective = objective, rows = rows, whole = whole, ratio = ratio, second = second)
  }
  pairwise <- function(a) function(s) reference_pairwise(s, a)
  infonce <- function(s) log(rowSums(exp(s))) - diag(s)
  in_batch <- function(alpha) function(s) log(mean(weighted_mean(s, alpha))) - diag(s)
  in_row <- function(alpha) function(s) log(weighted_mean(s, alpha)) - diag(s)
  list(
    infonce = case(objective_infonce(), infonce),
    infonce_symmetric = case(objective_infonce(symmetric = TRUE),
                             function(s) (infonce(s) + infonce(t(s))) / 2, whole = TRUE),
    ranking = case(objective_ranking(), function(s) mean_others(softplus(s - diag(s)))),
    nce = case(objective_nce(), reference_nce),
    nce_0.1 = case(objective_nce(0.1), function(s) reference_nce(s, 0.1)),
    nce_10 = case(objective_nce(10), function(s) reference_nce(s, 10)),
    js = case(objective_js(), reference_nce),
    smile = case(objective_smile(2), reference_nce),
    nwj = case(objective_nwj(), function(s) -diag(s) + mean_others(exp(s))),
    kl = case(objective_f("kl"), function(s) -diag(s) + mean_others(exp(s))),
    reverse_kl = case(objective_f("reverse_kl"), function(s) exp(-diag(s)) + mean_others(s)),
    chi2 = case(objective_f("chi2"), function(s) -exp(diag(s)) + mean_others(exp(2 * s)) / 2),
    hellinger = case(objective_f("hellinger"),
                     function(s) 2 * exp(-diag(s) / 2) + 2 * mean_others(exp(s / 2))),
    f_js = case(objective_f("js"), reference_nce),
    alpha_3 = case(objective_alpha(3), pairwise(3)),
    alpha_0.3 = case(objective_alpha(0.3), pairwise(0.3)),
    alpha_m1 = case(objective_alpha(-1), pairwise(-1)),
    chi2_ratio = case(objective_f("chi2"), function(s) -diag(s) + mean_others(s^2) / 2,
                      ratio = TRUE),
    spectral = case(objective_spectral(), function(s) -2 * diag(s) + mean_others(s^2),
                    ratio = TRUE),
    fdime_kl = case(objective_fdime("kl"), function(s) -diag(s) + next_column(exp(s))),
    fdime_hellinger = case(objective_fdime("hellinger"),
                           function(s) exp(-diag(s) / 2) + next_column(exp(s / 2))),
    fdime_gan = case(objective_fdime("gan"),
                     function(s) softplus(-diag(s)) + next_column(softplus(s))),
    dv = case(objective_dv(), in_batch(0), whole = TRUE),
    mine = case(objective_mine(0), in_batch(0), whole = TRUE),
    multilabel = case(objective_multilabel(), in_batch(1), whole = TRUE),
    multilabel_0.3 = case(objective_multilabel(0.3), in_batch(0.3), whole = TRUE),
    multilabel_2 = case(objective_multilabel(2), in_batch(2), whole = TRUE),
    interpolated = case(objective_interpolated(), in_row(1)),
    interpolated_0 = case(objective_interpolated(0), in_row(0)),
    interpolated_0.3 = case(objective_interpolated(0.3), in_row(0.3)),
    interpolated_2 = case(objective_interpolated(2), in_row(2)),
    tuba = case(objective_tuba(), function(s) {
      log_a <- diag(s[, , 2])
      -(diag(s[, , 1]) - log_a) + mean_others(exp(s[, , 1] - log_a))
    }, second = TRUE),
    flo = case(objective_flo(), function(s) {
      u <- diag(s[, , 2])
      u + exp(-u - diag(s[, , 1])) * mean_others(exp(s[, , 1])) - 1
    }, second = TRUE))
})

# Derivatives of f at x by all of its entries, or some: differences along the imaginary axis,
# where nothing cancels, so that the step can be so small that only rounding is left.
derivatives <- function(f, x, entries = seq_along(x)) {
  vapply(entries, function(entry) {
    moved <- x + 0i
    moved[entry] <- complex(real = x[entry], imaginary = 1e-30)
    Im(f(moved)) / 1e-30
  }, 1)
}

# The same along the real axis, for functions that know no complex numbers.
central_differences <- function(f, x, h = 1e-4) {
  vapply(seq_along(x), function(entry) {
    at <- function(step) f(replace(x, entry, x[entry] + step))
    (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
  }, 1)
}

# Matrices of scores, small and large; and with pairs that dominate all else.
score_kinds <- list(small = c(0.1, 0), usual = c(1.5, 0), large = c(15, 0), dominant = c(1.5, 40))
draw_scores <- function(b, kind, second = FALSE) {
  sd <- score_kinds[[kind]][1]
  scores <- matrix(rnorm(b * b, sd = sd), b) + diag(score_kinds[[kind]][2], b)
  if (second) array(c(scores, diag(rnorm(b, sd = sd), b)), c(b, b, 2)) else scores
}

# A joint distribution of a 4-valued x and a 3-valued y, what independence would make of it,
# and the log of their ratio.
joint <- local({
  set.seed(3)
  p <- matrix(rexp(12), 4)
  p / sum(p)
})
product <- outer(rowSums(joint), colSums(joint))
truth <- log(joint / product)

# The population loss of a 4 x 3 table of scores: all class problems of k candidates, with
# their probabilities. Class 1 stands for all pairs' classes.
class_problems <- function(k) {
  y <- as.matrix(expand.grid(rep(list(1:3), k)))
  x <- rep(1:4, each = nrow(y))
  y <- y[rep(seq_len(nrow(y)), 4), , drop = FALSE]
  of_y <- matrix(colSums(joint)[y], nrow(y))
  anchor <- rowSums(joint)[x] * apply(of_y, 1, prod)
  list(cells = matrix(x + 4 * (y - 1), nrow(y)), anchor = anchor,
       pair = anchor * exp(truth)[x + 4 * (y[, 1] - 1)])
}
population_loss <- function(rule, a, k, nu) {
  problems <- class_problems(k)
  loss <- reference_rules[[rule]]
  function(theta) {
    eta <- posterior(matrix(exp(theta[c(problems$cells)]), ncol = k), nu)
    as_pair <- sum(problems$pair * loss(eta, 1 + (nu > 0), a))
    if (nu == 0) return(as_pair)
    (k * as_pair + nu * sum(problems$anchor * loss(eta, 1, a))) / (k + nu)
  }
}

# The expected loss, and its gradient, of batches of b pairs from the joint distribution, under
# a table of scores (and a table of the second network's values): all batches are enumerated.
# `in_order`: the rows' order matters. Batches go to the code behind contrastive_loss(), whose
# checks would take most of the time.
expected_loss <- function(objective, b, in_order = FALSE, second = FALSE, ratio = FALSE) {
  objective$core$ratio <- ratio
  batches <- as.matrix(expand.grid(rep(list(1:12), b)))
  if (in_order) {
    weights <- apply(batches, 1, function(batch) prod(joint[batch]))
  } else {
    batches <- batches[apply(batches, 1, function(batch) !is.unsorted(batch)), ]
    weights <- apply(batches, 1, function(batch) {
      prod(joint[batch]) * factorial(b) / prod(factorial(table(batch)))
    })
  }
  # Cells of a batch's score matrix: x of the row's pair, y of the column's. Then those of the
  # second network's.
  cells <- apply(batches, 1, function(batch) {
    x <- (batch - 1) %% 4
    y <- (batch - 1) %/% 4
    c(outer(x, 4 * y, "+") + 1, if (second) outer(x, 4 * y, "+") + 13)
  })
  size <- if (second) c(b, b, 2) else c(b, b)
  function(theta) {
    value <- 0
    gradients <- matrix(0, nrow(cells), ncol(cells))
    for (batch in seq_along(weights)) {
      scores <- array(theta[cells[, batch]], size)
      loss <- .Call(anchormi:::ffi_contrastive_loss, scores, objective, NULL)
      value <- value + weights[batch] * loss$value
      gradients[, batch] <- weights[batch] * loss$gradient
    }
    gradient <- rowsum(c(gradients), c(cells))
    list(value = value, gradient = replace(0 * theta, as.integer(rownames(gradient)), gradient))
  }
}

# From `start` to a minimum of `at`, a function that returns value and gradient: BFGS, then
# Newton with differences of gradients. Directions in which nothing changes stay as they are.
minimum <- function(at, start, polish = 3) {
  last <- NULL
  look <- function(theta) {
    if (!identical(theta, last$theta)) last <<- c(list(theta = theta), at(theta))
    last
  }
  theta <- nlminb(start, function(t) 1000 * look(t)$value, function(t) 1000 * look(t)$gradient,
                  control = list(rel.tol = 1e-14, x.tol = 1e-10))$par
  for (step in seq_len(polish)) {
    h <- 1e-4
    hessian <- vapply(seq_along(theta), function(i) {
      move <- replace(0 * theta, i, h)
      c(at(theta + move)$gradient - at(theta - move)$gradient) / (2 * h)
    }, c(theta))
    e <- eigen((hessian + t(hessian)) / 2, symmetric = TRUE)
    steep <- e$values > 1e-8 * max(e$values)
    u <- e$vectors[, steep, drop = FALSE]
    move <- u %*% (crossprod(u, c(at(theta)$gradient)) / e$values[steep])
    theta <- theta - c(move)
    if (max(abs(move)) < 1e-9) break
  }
  theta
}
with_derivatives <- function(f) {
  function(theta) list(value = f(theta), gradient = derivatives(f, theta))
}
spread <- function(x) diff(range(x))
# None of these named numbers is above the limit, or missing.
expect_below <- function(errors, limit) {
  expect_equal(names(errors)[!(errors < limit)], character())
}
