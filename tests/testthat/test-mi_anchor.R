test_that("Gaussian dependence is found, by every critic", {
  set.seed(1)
  g <- gaussian_pairs(1000, 2, 0.8)
  for (critic in list(critic_bilinear(), critic_separable(), critic_joint(c(16, 16)))) {
    fit <- mi_anchor(g$x, g$y, critic = critic, folds = 3,
                     control = mi_control(batch_size = 64, max_steps = 1000, patience = 5))
    expect_equal(fit$estimate, g$mi, tolerance = 0.15)
  }
})

test_that("independent columns give an interval that holds 0", {
  set.seed(2)
  fit <- mi_anchor(matrix(rnorm(2000), ncol = 2), rnorm(1000),
                   control = mi_control(patience = 5))
  expect_lte(fit$conf_int[1], 0)
  expect_gte(fit$conf_int[2], 0)
})

test_that("the order of rows is of no consequence", {
  set.seed(12)
  x <- rnorm(2500)
  y <- x + 0.5 * rnorm(2500)
  one <- function(order) {
    set.seed(13)
    coef(mi_anchor(x[order], y[order], folds = 3, critic = critic_bilinear(),
                   control = mi_control(max_steps = 1000)))
  }
  expect_equal(one(order(x)), one(sample(2500)), tolerance = 0.05)
})

test_that("a category's information is at most its entropy, and nearly that if certain", {
  set.seed(3)
  k <- factor(sample(letters[1:3], 600, TRUE))
  x <- as.integer(k) + 0.05 * rnorm(600)
  fit <- mi_anchor(x, k, control = mi_control(max_steps = 300))
  expect_equal(fit$estimate, log(3), tolerance = 0.1)
})

test_that("no row has a part in the critic that evaluates it", {
  set.seed(4)
  g <- gaussian_pairs(100, 2, 0.8)
  one <- function(x, y) {
    set.seed(5)
    mi_anchor(x, y, folds = 4, critic = critic_bilinear(), control = quick())
  }
  fit <- one(g$x, g$y)
  for (fold in 1:4) {
    # Spoil the rows that this fold evaluates: its critic must not change.
    x <- g$x
    x[fit$fold == fold, ] <- -100
    other <- one(x, g$y)
    expect_identical(other$critics[[fold]]$parameters, fit$critics[[fold]]$parameters)
    expect_identical(other$critics[[fold]]$margins, fit$critics[[fold]]$margins)
    trains <- fold %% 4 + 1 # where these rows train
    expect_false(identical(other$critics[[trains]]$parameters, fit$critics[[trains]]$parameters))
  }
})

test_that("the estimate is the mean of values that predict() gives for each fold's critic", {
  fit <- small_fit()
  expect_equal(fit$estimate, mean(fit$pmi))
  for (fold in 1:5) {
    test <- fit$fold == fold
    pmi <- anchormi:::critic_pairs(fit$critics[[fold]], cbind(cars$speed)[test, , drop = FALSE],
                                 cbind(cars$dist)[test, , drop = FALSE])
    expect_equal(fit$pmi[test], pmi)
  }
})

test_that("set.seed() gives the same fit, another seed another one, whatever the threads", {
  g <- local({
    set.seed(6)
    gaussian_pairs(350, 2, 0.5)
  })
  # Large enough that threads are used at all.
  one <- function(seed, threads = 1, critic = critic_separable(c(64, 64))) {
    set.seed(seed)
    fit <- mi_anchor(g$x, g$y, critic = critic,
                     control = quick(threads = threads, batch_size = 128, max_steps = 40))
    fit[c("pmi", "fold", "folds", "critics", "estimate", "std_error")]
  }
  expect_identical(one(1), one(1))
  expect_identical(one(1), one(1, threads = 2))
  expect_false(identical(one(1)$pmi, one(2)$pmi))
  expect_identical(one(1, critic = "auto"), one(1, threads = 2, critic = "auto"))
})

test_that("of several critics each fold keeps the one with the best score", {
  set.seed(7)
  g <- gaussian_pairs(200, 2, 0.8)
  critics <- list(critic_bilinear(), critic_separable(8))
  set.seed(8)
  both <- mi_anchor(g$x, g$y, critic = critics, control = quick())
  alone <- lapply(critics, function(critic) {
    set.seed(8)
    mi_anchor(g$x, g$y, critic = critic, control = quick())
  })
  scores <- sapply(alone, function(fit) fit$folds$score)
  expect_equal(both$folds$score, apply(scores, 1, min))
  expect_equal(both$folds$critic, c("bilinear", "separable")[apply(scores, 1, which.min)])
})

test_that("batches shrink to the rows there are", {
  set.seed(9)
  expect_no_error(mi_anchor(rnorm(25), rnorm(25), critic = critic_bilinear(), control = quick()))
  expect_no_error(mi_anchor(rnorm(30), rnorm(30), folds = 3, critic = critic_joint(4),
                            objective = objective_anchor(k = 7), control = quick()))
})

test_that("more columns than rows is no error", {
  set.seed(10)
  fit <- mi_anchor(matrix(rnorm(40 * 60), 40), rnorm(40), control = quick())
  expect_true(is.finite(fit$estimate))
})

test_that("bad arguments are errors that name them", {
  x <- c(seq(0.5, 12.5, by = 0.5))
  expect_snapshot(error = TRUE, {
    mi_anchor(x)
    mi_anchor(x, x[-1])
    mi_anchor(x[1:20], rev(x[1:20]))
    mi_anchor(x, x, critic = "separable")
    mi_anchor(x, x, critic = list())
    mi_anchor(x, x, objective = "anchor")
    mi_anchor(x, x, objective = objective_anchor(nu = 0), value = "plugin")
    mi_anchor(x, x, value = "bond")
    mi_anchor(x, x, objective = objective_anchor(k = 200))
    mi_anchor(x, x, critic = critic_bilinear(head = "ratio"))
    mi_anchor(x, x, folds = 2)
    mi_anchor(x, x, conf_level = 1)
    mi_anchor(x, x, standardise = NA)
    mi_anchor(x, x, control = list())
    mi_anchor(x, x, widths = 64)
    mi_anchor(x, x, objective_anchor(), 5, 5, 5, 5, 5, 5)
  })
})

test_that("an interrupt ends a fit at once, and the session goes on", {
  skip_on_cran()
  skip_on_os("windows")
  script <- tempfile(fileext = ".R")
  out <- tempfile()
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "library(anchormi)",
    "parent <- Sys.getpid()",
    "x <- matrix(rnorm(4e4), ncol = 20)", # the default's networks soon train
    "y <- x + rnorm(4e4)",
    "for (critic in list(critic_separable(), critic_joint(c(256, 256)),",
    "                    critic_auto(character()), critic_auto())) {",
    "  child <- parallel::mcparallel({",
    "    Sys.sleep(1.5); tools::pskill(parent, tools::SIGINT); as.numeric(Sys.time())",
    "  })",
    "  stopped <- tryCatch({ mi_anchor(x, y, critic = critic,",
    "      control = mi_control(max_steps = 1e6, patience = 1e6, batch_size = 256)); NA },",
    "    interrupt = function(i) as.numeric(Sys.time()))",
    "  cat(stopped - parallel::mccollect(child)[[1]], '\\n')",
    "}",
    "set.seed(1)",
    "fit <- mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear())",
    "cat(nobs(fit), '\\n')"), script)
  system2(file.path(R.home("bin"), "Rscript"), script, stdout = out, stderr = out)
  lines <- suppressWarnings(as.numeric(readLines(out)))
  expect_length(lines, 5)
  expect_lt(max(lines[1:4]), 0.5) # 0.2 s on a quiet machine
  expect_equal(lines[5], 50)
})

test_that("every objective gives an estimate near the truth, by its own value", {
  set.seed(21)
  g <- gaussian_pairs(1000, 1, 0.8)
  estimate <- function(objective, ...) {
    head <- if (anchormi:::wants_ratio(objective)) "ratio" else "log_ratio"
    critic <- critic_bilinear(head = head)
    set.seed(22)
    fit <- mi_anchor(g$x, g$y, critic = critic, objective = objective, folds = 3,
                     control = quick(max_steps = 300), ...)
    coef(fit)
  }
  # Chi-squared with a bilinear ratio is too stiff for a Gaussian; ranking stops at log 2.
  near <- list(objective_anchor(), objective_anchor(score_spherical(), nu = 10),
               objective_anchor(symmetric = TRUE), objective_infonce(), objective_nce(),
               objective_f("hellinger"), objective_dv(), objective_mine(), objective_nwj(),
               objective_tuba(), objective_js(), objective_smile(), objective_multilabel(),
               objective_interpolated(), objective_flo(), objective_fdime("gan"))
  for (objective in near) {
    expect_lt(abs(estimate(objective) - g$mi), 0.1, label = format(objective))
  }
  for (objective in list(objective_f("chi2"), objective_spectral(), objective_ranking())) {
    expect_gt(estimate(objective), 0.15, label = format(objective))
  }
  for (value in c("normalised", "one_step", "bound")) {
    expect_lt(abs(estimate(objective_anchor(), value = value) - g$mi), 0.1, label = value)
  }
  expect_lt(estimate(objective_anchor(), value = "jsd_lb"), g$mi)
})

test_that("a fit without the ratio says what it estimates, and predicts nothing", {
  set.seed(23)
  g <- gaussian_pairs(200, 1, 0.8)
  fit <- mi_anchor(g$x, g$y, critic = critic_bilinear(), objective = objective_infonce(),
                   control = quick())
  expect_output(print(fit), "64-way Jensen-Shannon divergence|40-way")
  expect_true(all(is.na(fit$pmi)))
  expect_error(predict(fit), class = "anchormi_error_input")
  expect_equal(mean(anchormi:::contributions(fit)), unname(coef(fit)))
})

test_that("options that small batches or folds can't bear are errors", {
  x <- seq_len(75) + 0.5
  expect_snapshot(error = TRUE, {
    mi_anchor(x, rev(x), objective = objective_multilabel(20))
    mi_anchor(x, rev(x), objective = objective_anchor(nu = 0),
              control = mi_control(batch_size = 2))
  })
})

test_that("it works without being attached", {
  skip_on_cran()
  code <- paste(".libPaths(c(%s, .libPaths())); set.seed(1)",
                "fit <- anchormi::mi_anchor(cars$speed, cars$dist,",
                "  control = anchormi::mi_control(max_steps = 25, threads = 1))",
                "cat(class(fit))", sep = "\n")
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(sprintf(code, deparse(dirname(find.package("anchormi")))), script)
  out <- system2(file.path(R.home("bin"), "Rscript"), shQuote(script), stdout = TRUE)
  expect_identical(out, "mi_fit")
})
