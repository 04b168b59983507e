test_that("fits in other processes are the same fits", {
  skip_on_cran()
  skip_if_not_installed("future.apply")
  fit <- small_fit()
  old <- future::plan(future::multisession, workers = 2)
  on.exit(future::plan(old))
  # Workers load the package from where this session has it.
  expect_identical(small_fit()[c("pmi", "critics")], fit[c("pmi", "critics")])
})

test_that("a forked child can train after its parent has", {
  skip_on_cran()
  skip_on_os("windows")
  one <- function() {
    set.seed(1)
    mi_anchor(dist ~ speed, data = cars, critic = critic_separable(8),
              control = quick(threads = 2))$pmi
  }
  here <- one()
  expect_identical(parallel::mclapply(1:2, function(i) one(), mc.cores = 2), list(here, here))
})
