test_that("fits in other processes are the same fits", {
  skip_on_cran()
  skip_if_not_installed("future.apply")
  fit <- small_fit()
  old <- future::plan("sequential")
  on.exit(future::plan(old))
  plan_of <- list(
    sequential = function() future::plan(future::sequential),
    cluster = function() future::plan(future::cluster, workers = 2, rscript_libs = .libPaths()),
    multicore = function() future::plan(future::multicore, workers = 2),
    multisession = function() future::plan(future::multisession, workers = 2)) # which stays
  if (!future::supportsMulticore()) plan_of$multicore <- NULL
  for (name in names(plan_of)) {
    plan_of[[name]]()
    # Workers load the package from where this session has it.
    expect_identical(small_fit()[c("pmi", "critics")], fit[c("pmi", "critics")], label = name)
  }
  skip_if_not_installed("progressr")
  rlang::local_options(progressr.enable = TRUE) # else only where a person watches
  steps <- 0
  withCallingHandlers(small_fit(), progression = function(p) {
    if (p$type == "update") steps <<- steps + 1
  })
  expect_equal(steps, 5)
})

test_that("what estimators and scores of one's own use goes with them to the workers", {
  skip_on_cran()
  skip_if_not_installed("future.apply")
  script <- tempfile(fileext = ".R")
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    "library(anchormi)",
    "half <- 0.5; of_half <- function() half",
    "of <- function(estimator) function(x, y) estimator(x, y) # evaluated when it is needed",
    "runs <- function() mi_benchmark('sine-3', list(a = function(x, y) of_half(),",
    "  b = of(estimator_gaussian())), n = 50)",
    "third <- 1 / 3; at <- function(class) cbind(seq_along(class), class + 1)",
    "log_loss <- function(p, class) -third * log(p[at(class)])",
    "slope <- function(p, class) replace(0 * p, at(class), -third / p[at(class)])",
    "fit <- function() { set.seed(1); mi_anchor(dist ~ speed, cars, critic = critic_bilinear(),",
    "  objective = objective_anchor(score_custom(log_loss, slope)),",
    "  control = mi_control(max_steps = 25))$estimate }",
    "here <- fit()",
    "future::plan('multisession', workers = 2)",
    "estimates <- runs()$estimate",
    "cat(estimates[1], is.finite(estimates[2]), fit() == here, '\\n')"), script)
  out <- system2(file.path(R.home("bin"), "Rscript"), script, stdout = TRUE, stderr = TRUE)
  expect_equal(trimws(utils::tail(out, 1)), "0.5 TRUE TRUE")
})

test_that("a forked child can train after its parent has", {
  skip_on_cran()
  skip_on_os("windows")
  set.seed(1)
  g <- gaussian_pairs(300, 2, 0.5)
  one <- function() { # large enough that threads are used at all
    set.seed(1)
    mi_anchor(g$x, g$y, critic = critic_separable(c(64, 64)),
              control = quick(threads = 2, batch_size = 128, max_steps = 20))$pmi
  }
  here <- one()
  expect_identical(parallel::mclapply(1:2, function(i) one(), mc.cores = 2), list(here, here))
})
