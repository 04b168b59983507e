rows <- function(n) list(train = seq_len(n), valid = as.integer(n) + seq_len(30), seed = c(1, 2))

train <- function(x, y, critic, objective = objective_anchor(nu = 2), control = quick(),
                  n = nrow(x) - 30, ...) {
  anchormi:::fit_network(x, y, rows(n), critic, objective, control, standardise = FALSE, ...)
}

test_that("twenty steps are those of a plain implementation", {
  set.seed(1)
  x <- matrix(rnorm(42 * 2), 42)
  y <- cbind(x[, 1] + 0.1 * rnorm(42), rnorm(42), x[, 2])
  critics <- list(critic_bilinear(), critic_separable(c(3, 2), embedding = 1),
                  critic_joint(c(3, 2)))
  for (critic in critics) {
    spec <- c(unclass(critic), list(dx = 2, dy = 3, second = 0, known = 0))
    start <- rnorm(.Call(anchormi:::ffi_critic_parameters, spec), sd = 0.1)
    # All 12 rows are one batch: only then is its order of no consequence.
    control <- quick(batch_size = 12, max_steps = 20, check_every = 20, learn_rate = 0.01,
                     weight_decay = 0.5, average = 0.9)
    fit <- train(x, y, critic, control = control, start = start)
    expect_equal(fit$best_step, 20)
    loss <- function(theta) reference_loss(reference_scores(critic, theta, x[1:12, ], y[1:12, ]), 2)
    expected <- reference_training(loss, start, 20, rate = 0.01, decay = 0.5, average = 0.9)
    expect_lt(max(abs(fit$parameters - expected)), 1e-4)
    # ... and the held-out scores of the result are those of the definition.
    test <- 33:42
    expect_equal(anchormi:::critic_pairs(fit, x[test, ], y[test, ]),
                 diag(reference_scores(critic, fit$parameters, x[test, ], y[test, ])),
                 tolerance = 1e-5)
  }
})

test_that("what is done meanwhile is done once, and its errors end the training", {
  set.seed(3)
  g <- gaussian_pairs(300, 2, 0.7)
  jobs <- lapply(list(critic_separable(), critic_joint()), function(critic) {
    network_job(g$x, g$y, rows(270), critic, objective_anchor(), quick(max_steps = 50),
                standardise = FALSE)
  })
  alone <- train_networks(jobs, 1, NULL)
  for (threads in 1:3) {
    calls <- 0
    inner <- NULL
    both <- train_networks(jobs, threads, NULL, function() {
      calls <<- calls + 1
      inner <<- train_networks(jobs, threads, NULL)
    })
    expect_equal(calls, 1)
    expect_identical(both, alone)
    expect_identical(inner, alone)
    began <- Sys.time()
    long <- lapply(jobs, function(job) {
      job$control[c("max_steps", "patience")] <- 1e6
      job
    })
    expect_error(train_networks(long, threads, NULL, function() stop("not this")), "not this")
    expect_lt(as.numeric(Sys.time() - began, units = "secs"), 5)
  }
})

test_that("results don't depend on the number of threads", {
  set.seed(2)
  g <- gaussian_pairs(300, 3, 0.7)
  # Large enough that threads are used at all.
  for (critic in list(critic_separable(c(64, 64)), critic_joint(c(96, 96)))) {
    fits <- lapply(1:3, function(threads) {
      train(g$x, g$y, critic, control = quick(threads = threads, batch_size = 128, max_steps = 5,
                                              check_every = 5))
    })
    expect_identical(fits[[1]], fits[[2]])
    expect_identical(fits[[1]], fits[[3]])
  }
  # nor do scores of so many rows that several blocks of them are scored together
  set.seed(2)
  many <- gaussian_pairs(9000, 2, 0.5)
  fit <- train(many$x, many$y, critic_joint(), control = quick(max_steps = 2))
  alone <- anchormi:::critic_pairs(fit, many$x, many$y)
  for (threads in 2:3) {
    expect_identical(anchormi:::critic_pairs(fit, many$x, many$y, threads), alone)
  }
  some <- c(1, 256, 257, 4096, 4097, 9000)
  expect_equal(diag(anchormi:::critic_matrix(fit, many$x[some, ], many$y[some, ])), alone[some],
               tolerance = 1e-5)
})

test_that("blocks of rows are scored as one by one, on any number of threads", {
  set.seed(2)
  g <- gaussian_pairs(400, 3, 0.7)
  blocks <- c(anchormi:::row_blocks(sample(400), 12), list(7L)) # more than are scored together
  fits <- list(train(g$x, g$y, critic_joint(16), control = quick(max_steps = 5)),
               train(g$x, g$y, critic_separable(16), objective_flo(), quick(max_steps = 5)))
  for (fit in fits) for (raw in c(FALSE, TRUE)) {
    one_by_one <- lapply(blocks, function(rows) {
      anchormi:::critic_matrix(fit, g$x[rows, , drop = FALSE], g$y[rows, , drop = FALSE], raw)
    })
    for (threads in 1:3) {
      expect_equal(anchormi:::critic_blocks(fit, g$x, g$y, blocks, threads, raw), one_by_one,
                   tolerance = 1e-12)
    }
    expect_length(anchormi:::critic_blocks(fit, g$x, g$y, list(), 2, raw), 0)
  }
})

test_that("the best state on the choosing rows is kept", {
  set.seed(3)
  g <- gaussian_pairs(200, 2, 0.8)
  fit <- train(g$x, g$y, critic_separable(32),
               control = quick(max_steps = 600, learn_rate = 0.01, weight_decay = 0))
  best <- fit$history[fit$history$step == fit$best_step, ]
  expect_equal(best$valid, min(fit$history$valid[-1]))
  expect_equal(fit$score, best$valid)
  expect_equal(fit$stop, "patience")
  expect_equal(fit$steps, fit$best_step + 3 * 20)
  expect_equal(unlist(fit$history[1, ]), c(step = 0, train = 0, valid = 0))
  impatient <- train(g$x, g$y, critic_separable(32),
                     control = quick(max_steps = 600, learn_rate = 0.01, weight_decay = 0,
                                     min_delta = 0.05))
  expect_lt(impatient$steps, fit$steps)
  expect_equal(impatient$score, min(fit$history$valid[2:nrow(impatient$history)]))
})

test_that("a diverging fit says so and keeps finite parameters", {
  set.seed(4)
  x <- matrix(rnorm(400) * 1e30, 200) # products leave the range of single precision
  fit <- train(x, cbind(x[, 1]), critic_separable(activation = "relu"))
  expect_equal(fit$stop, "diverged")
  expect_true(all(is.finite(fit$parameters)))
  expect_equal(fit$score, Inf)
})

test_that("a decay that would turn signs is an error", {
  g <- gaussian_pairs(100, 1, 0.5)
  expect_snapshot(error = TRUE, {
    train(g$x, g$y, critic_bilinear(), control = quick(learn_rate = 0.1, weight_decay = 50))
  })
})

test_that("an error in the progress function stops training cleanly", {
  set.seed(5)
  g <- gaussian_pairs(200, 2, 0.8)
  steps <- numeric()
  expect_error(
    train(g$x, g$y, critic_bilinear(), progress = function(step) {
      steps <<- c(steps, step)
      if (step >= 40) stop("enough")
    }), "enough")
  expect_equal(steps, c(20, 40))
})

test_that("missing values score as missing", {
  set.seed(6)
  g <- gaussian_pairs(200, 2, 0.8)
  fit <- train(g$x, g$y, critic_bilinear())
  x <- g$x[1:4, ]
  x[2, 1] <- NA
  pmi <- anchormi:::critic_pairs(fit, x, g$y[1:4, ])
  expect_equal(is.na(pmi), c(FALSE, TRUE, FALSE, FALSE))
})
