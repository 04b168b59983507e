# Twenty steps of training, beside the same in plain R: loss from its definition, derivatives
# by differences, AdamW, running average. All rows are one batch, since only then is its order
# of no consequence; where the order counts in a batch too, batches have two rows.

# What a critic gives for all pairs, by its head; and the second network's values as a second
# slice. Parameters of the second network follow the critic's.
reference_output <- function(critic, theta, x, y, second = 0) {
  own <- .Call(anchormi:::ffi_critic_parameters,
               c(unclass(critic), list(dx = ncol(x), dy = ncol(y), second = 0, known = 0)))
  take <- taker(theta)
  if (critic$head == "cosine") {
    direction <- function(g) g / sqrt(rowSums(g^2))
    e <- seq_len(critic$embedding)
    encode <- function(x) {
      reference_network(x, critic$widths, critic$embedding + 1, silu, take) +
        x %*% matrix(take(ncol(x) * (critic$embedding + 1)), ncol(x), byrow = TRUE)
    }
    g <- encode(x)
    h <- encode(y)
    scores <- direction(g[, e]) %*% t(direction(h[, e])) / critic$temperature +
      outer(g[, -e], h[, -e], "+")
  } else if (critic$kind == "bilinear" && !critic$quadratic) {
    w <- matrix(take(ncol(x) * ncol(y)), ncol(x), byrow = TRUE)
    u <- drop(x %*% take(ncol(x)) + take(1))
    v <- drop(y %*% take(ncol(y)) + take(1))
    scores <- x %*% w %*% t(y) + outer(u, v, "+")
  } else {
    scores <- reference_scores(critic, theta[seq_len(own)], x, y)
  }
  if (critic$head == "ratio") scores <- scores + 1
  if (second == 0) return(scores)
  z <- if (second == 1) x else cbind(x, y)
  take <- taker(theta[-seq_len(own)])
  value <- if (critic$kind == "bilinear") {
    a <- matrix(take(ncol(z)^2), ncol(z), byrow = TRUE)
    rowSums((z %*% a) * z) + drop(z %*% take(ncol(z))) + take(1)
  } else {
    drop(reference_network(z, critic$widths, 1, silu, take) + z %*% take(ncol(z)))
  }
  array(c(scores, diag(value)), c(dim(scores), 2))
}

# x has two columns and y one. The critics' rows for training come first.
set.seed(1)
all_x <- matrix(rnorm(42 * 2), 42)
all_y <- cbind(all_x[, 1] - 0.5 * all_x[, 2] + 0.5 * rnorm(42))

# Largest difference between the package's parameters and those of plain training, but for
# `free` ones: what an objective leaves open has no slope, and Adam makes steps of its
# rounding. `rows`: losses of the rows of a score matrix.
trajectory_error <- function(objective, rows, critic = critic_bilinear(quadratic = FALSE),
                             n = 12, free = NULL, start = NULL,
                             reference = reference_training) {
  second <- objective$core$second
  spec <- c(unclass(critic), list(dx = 2, dy = 1, second = second, known = 0))
  if (is.null(start)) start <- rnorm(.Call(anchormi:::ffi_critic_parameters, spec), sd = 0.3)
  control <- quick(batch_size = n, max_steps = 20, check_every = 20, learn_rate = 0.01,
                   weight_decay = 0.5, average = 0.9)
  task <- list(train = seq_len(n), valid = 13:42, seed = c(1, 2))
  fit <- anchormi:::fit_network(all_x, all_y, task, critic, objective, control,
                               standardise = FALSE, start = start)
  expect_equal(fit$best_step, 20)
  x <- all_x[seq_len(n), , drop = FALSE]
  y <- all_y[seq_len(n), , drop = FALSE]
  loss <- function(theta) mean(rows(reference_output(critic, theta, x, y, second)))
  expected <- reference(loss, start, 20, rate = 0.01, decay = 0.5, average = 0.9)
  difference <- abs(fit$parameters - expected)
  max(if (is.null(free)) difference else difference[-free])
}

# Bilinear critics here have the parameters W (1, 2), a linear and a constant term of x (3 to
# 5) and the same of y (6, 7).
free_parameters <- list(constant = c(5, 7), x = c(3:5, 7))

test_that("training by anchored objectives is that of a plain implementation", {
  set.seed(2)
  error <- function(score, ...) {
    trajectory_error(objective_anchor(score$score, ...), function(s) {
      reference_anchor(s, score$rule, score$a, ...)
    }, n = 8)
  }
  expect_below(vapply(all_scores, error, 1, nu = 2), 1e-4)
  expect_below(vapply(all_scores[c("log", "brier", "asymmetric_0.5")], error, 1, nu = 0.1, k = 1),
               1e-4)
  expect_below(vapply(all_scores[c("log", "spherical")], error, 1, nu = 10, negatives = "batch"),
               1e-4)
})

test_that("training by other objectives is that of a plain implementation", {
  set.seed(3)
  left_open <- setNames(mi_objectives()$up_to, mi_objectives()$name)
  # Some are the same under several names.
  cases <- other_objectives[!names(other_objectives) %in% c("kl", "f_js", "smile", "mine")]
  errors <- vapply(cases, function(case) {
    # Of FLO's critic a function of x is open; by rows and by columns a constant alone.
    open <- switch(case$objective$name, flo = "a function of x",
                   infonce = if (case$whole) "a constant" else "a function of x",
                   multilabel = "a constant", interpolated = "a function of x",
                   left_open[[case$objective$name]])
    free <- switch(open, "a constant" = free_parameters$constant,
                   "a function of x" = free_parameters$x)
    head <- if (case$ratio) "ratio" else "log_ratio"
    trajectory_error(case$objective, case$rows, critic_bilinear(quadratic = FALSE, head = head),
                     n = if (case$objective$name == "fdime") 2 else 12, free = free)
  }, 1)
  expect_below(errors, 1e-4)
})

test_that("MINE's normaliser moves along in training", {
  # In the first step constants have no slope. Three rows and scores of 0 make it exactly 0 in
  # single precision too, where Adam would make a step of its rounding.
  x <- all_x[1:3, ]
  y <- all_y[1:3, , drop = FALSE]
  critic <- critic_bilinear(quadratic = FALSE)
  scores <- function(theta) reference_output(critic, theta, x, y)
  # The same steps, each with the loss whose slope is MINE's: its normaliser is fixed.
  with_state <- function(share) function(loss, theta, steps, rate, decay, average) {
    m <- v <- mean <- 0 * theta
    normaliser <- NULL
    for (t in seq_len(steps)) {
      now <- mean(mean_others(exp(scores(theta))))
      normaliser <- if (is.null(normaliser)) now else share * normaliser + (1 - share) * now
      gradient <- derivatives(function(theta) {
        s <- scores(theta)
        -mean(diag(s)) + mean(mean_others(exp(s))) / normaliser
      }, theta)
      m <- 0.9 * m + 0.1 * gradient
      v <- 0.999 * v + 0.001 * gradient^2
      theta <- theta * (1 - rate * decay) -
        rate * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8)
      keep <- min(average, (t - 1) / (t + 9))
      mean <- keep * mean + (1 - keep) * theta
    }
    mean
  }
  for (share in c(0.5, 0.9)) {
    error <- function(reference) {
      trajectory_error(objective_mine(share), n = 3, start = numeric(7), reference = reference)
    }
    expect_lt(error(with_state(share)), 1e-4)
    expect_gt(error(with_state(0)), 2e-3)
  }
})

test_that("networks train as in a plain implementation, by rows and by matrix", {
  set.seed(5)
  separable <- critic_separable(3, embedding = 2)
  joint <- critic_joint(c(3, 2))
  anchor <- function(score, ...) {
    list(objective = objective_anchor(score$score, ...),
         rows = function(s) reference_anchor(s, score$rule, score$a, nu = 2))
  }
  log_score <- anchor(all_scores$log, nu = 2)
  brier <- anchor(all_scores$brier, nu = 2)
  symmetric <- list(objective = objective_anchor(nu = 2, symmetric = TRUE),
                    rows = function(s) (log_score$rows(s) + log_score$rows(t(s))) / 2)
  # The last of each encoding's outputs is an additive term; what is open in it is the
  # constant of its last layer. A joint network has one constant, the last parameter.
  layer <- function(d) d * 3 + 3 + 3 * 3
  open <- c(layer(2) + 3, layer(2) + 3 + 2 * 3 + layer(1) + 3)
  joint_open <- .Call(anchormi:::ffi_critic_parameters,
                      c(unclass(joint), list(dx = 2, dy = 1, second = 0, known = 0)))
  check <- function(case, critic, free = NULL) {
    expect_lt(trajectory_error(case$objective, case$rows, critic, n = 6, free = free), 1e-4)
  }
  check(brier, separable)
  check(other_objectives$infonce_symmetric, separable, open)
  check(other_objectives$dv, separable, open)
  check(other_objectives$nwj, separable)
  check(symmetric, joint)
  check(other_objectives$dv, joint, joint_open)
  check(other_objectives$nce, joint)
})

test_that("heads and second networks of networks train as in a plain implementation", {
  set.seed(6)
  check <- function(name, critic) {
    case <- other_objectives[[name]]
    expect_lt(trajectory_error(case$objective, case$rows, critic, n = 8), 1e-4)
  }
  check("nce", critic_separable(3, embedding = 2, head = "cosine", temperature = 0.5))
  check("spectral", critic_separable(3, embedding = 1, head = "ratio"))
  check("chi2_ratio", critic_joint(3, head = "ratio"))
  check("tuba", critic_joint(3))
  check("tuba", critic_separable(2, embedding = 1))
})

test_that("a ratio that training gives is read as one", {
  set.seed(7)
  case <- other_objectives$spectral
  task <- list(train = 1:12, valid = 13:42, seed = c(1, 2))
  critic <- critic_bilinear(quadratic = FALSE, head = "ratio")
  fit <- anchormi:::fit_network(all_x, all_y, task, critic, case$objective,
                               quick(batch_size = 12, max_steps = 20), standardise = FALSE)
  ratios <- diag(reference_output(critic, fit$parameters, all_x, all_y))
  # Those that twelve rows can't tell from 0 are cut.
  expect_equal(anchormi:::critic_pairs(fit, all_x, all_y), log(pmax(ratios, 1 / 12)),
               tolerance = 1e-5)
})

test_that("second networks are part of the log ratio", {
  set.seed(8)
  task <- list(train = 1:12, valid = 13:42, seed = c(1, 2))
  critic <- critic_bilinear(quadratic = FALSE)
  for (name in c("tuba", "flo")) {
    objective <- other_objectives[[name]]$objective
    fit <- anchormi:::fit_network(all_x, all_y, task, critic, objective,
                                 quick(batch_size = 12, max_steps = 20), standardise = FALSE)
    output <- reference_output(critic, fit$parameters, all_x, all_y, objective$core$second)
    expected <- if (name == "tuba") diag(output[, , 1]) - diag(output[, , 2])
                else -diag(output[, , 2])
    expect_gt(max(abs(expected)), 0.01)
    expect_equal(anchormi:::critic_pairs(fit, all_x, all_y), expected, tolerance = 1e-5)
  }
})

test_that("an objective that leaves a constant open has it set on the choosing rows", {
  set.seed(9)
  task <- list(train = 1:12, valid = 13:42, seed = c(1, 2))
  critic <- critic_bilinear(quadratic = FALSE)
  fit <- anchormi:::fit_network(all_x, all_y, task, critic, objective_dv(),
                               quick(batch_size = 12, max_steps = 20), standardise = FALSE)
  s <- reference_output(critic, fit$parameters, all_x, all_y)
  offset <- log(mean(mean_others(exp(s[13:42, 13:42]))))
  expect_equal(anchormi:::critic_pairs(fit, all_x, all_y), diag(s) - offset, tolerance = 1e-5)
})

test_that("where the rate drops, training begins anew at the best state and a tenth of it", {
  # Rows that train choose too: at a large rate the loss swings, at a tenth of it it falls.
  rows <- seq_len(12)
  task <- list(train = rows, valid = rows, seed = c(1, 2))
  critic <- critic_bilinear(quadratic = FALSE)
  objective <- objective_anchor(nu = 2)
  fit <- function(...) {
    control <- quick(batch_size = 12, check_every = 5, patience = 2, learn_rate = 0.3,
                     weight_decay = 0.1, average = 0.9, ...)
    set.seed(2)
    anchormi:::fit_network(all_x, all_y, task, critic, objective, control, standardise = FALSE,
                           start = rnorm(7, sd = 2))
  }
  before <- fit(drops = 0, max_steps = 1000)
  expect_equal(before$stop, "patience")
  after <- fit(drops = 1, max_steps = before$steps + 20)
  expect_equal(after$best_step, before$steps + 20)
  x <- all_x[rows, ]
  y <- all_y[rows, , drop = FALSE]
  loss <- function(theta) {
    mean(reference_anchor(reference_output(critic, theta, x, y), all_scores$log$rule,
                          all_scores$log$a, nu = 2))
  }
  expected <- reference_training(loss, before$parameters, 20, rate = 0.03, decay = 0.1,
                                 average = 0.9)
  expect_lt(max(abs(after$parameters - expected)), 1e-4)
})
