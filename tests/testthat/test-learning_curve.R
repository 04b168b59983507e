# A stack of the first of four folds, and what its networks lack.
lacking_of <- function(x, y, ..., seed = 1, n = length(x)) {
  set.seed(seed)
  task <- utils::modifyList(make_plan(n, 4)$tasks[[1]], list(...))
  objective <- objective_anchor(nu = 10)
  control <- mi_control(max_steps = 1500, threads = 2)
  stack <- fit_auto(cbind(x), cbind(y), task, critic_auto("gaussian", "sharp"), objective, control)
  before <- .Random.seed
  lacking <- still_lacking(stack, cbind(x), cbind(y), task, objective, control)
  expect_identical(.Random.seed, before)
  list(stack = stack, lacking = lacking, task = task)
}

test_that("networks that follow edges lack something that the gap doesn't show", {
  s <- mi_sample_seeded("1v1-additive-0.75", 8000)
  got <- lacking_of(s$x, s$y)
  test <- got$task$test
  lacks <- mean(s$pmi[test]) - mean(critic_pairs(got$stack, s$x[test, , drop = FALSE],
                                                 s$y[test, , drop = FALSE]))
  expect_gt(got$lacking, lacks / 4)
  expect_lt(got$lacking, 4 * lacks)
  expect_identical(lacking_of(s$x, s$y, apart = 1:2, alike = 1)$lacking, 0)
})

test_that("nothing is lacking where closed forms do as well, or of few rows", {
  set.seed(2)
  g <- gaussian_pairs(8000, 1, 0.7)
  expect_identical(lacking_of(g$x, g$y)$lacking, 0)
  s <- mi_sample_seeded("1v1-additive-0.75", 4000)
  expect_identical(lacking_of(s$x, s$y)$lacking, 0)
})
