# A stack of the first of four folds, and what its networks lack.
edges <- mi_sample_seeded("1v1-additive-0.75", 8000)
control <- mi_control(max_steps = 1000, threads = 2)
objective <- objective_anchor(nu = 10)

stack_of_fold <- function(x, y) {
  set.seed(1)
  task <- make_plan(nrow(x), 4)$tasks[[1]]
  list(x = x, y = y, task = task,
       stack = fit_auto(x, y, task, critic_auto("gaussian", "sharp"), objective, control))
}

lacking_of <- function(s, task = s$task, with = control) {
  still_lacking(s$stack, s$x, s$y, task, objective, with)
}

test_that("networks that follow edges lack something that the gap doesn't show", {
  s <- stack_of_fold(edges$x, edges$y)
  before <- .Random.seed
  lacking <- lacking_of(s)
  expect_identical(.Random.seed, before)
  test <- s$task$test
  found <- mean(critic_pairs(s$stack, s$x[test, , drop = FALSE], s$y[test, , drop = FALSE]))
  lacks <- mean(edges$pmi[test]) - found
  expect_gt(lacking, lacks / 4)
  expect_lt(lacking, 4 * lacks)
  expect_identical(lacking_of(s, with = mi_control(max_steps = 1000, threads = 1)), lacking)
  expect_identical(lacking_of(s, c(s$task, list(apart = 1:2))), 0)
  few <- s$task
  few$train <- few$train[1:3999]
  expect_identical(lacking_of(s, few), 0)
})

test_that("nothing is lacking where closed forms do as well", {
  set.seed(2)
  g <- gaussian_pairs(8000, 1, 0.7)
  expect_identical(lacking_of(stack_of_fold(g$x, g$y)), 0)
})

test_that("the debiased value alone has half of it, and its standard error all", {
  estimate <- function(value) {
    set.seed(1)
    mi_anchor(edges$x, edges$y, critic = critic_auto(character(), "sharp"), folds = 4,
              control = control, value = value)
  }
  debiased <- estimate("debiased")
  plugin <- estimate("plugin")
  curve <- subset(debiased$corrections, of == "learning curve")
  expect_gt(curve$added, 0)
  expect_equal(curve$error, 2 * curve$added)
  expect_gte(debiased$std_error, curve$error)
  expect_output(print(summary(debiased)), "learning curve +[0-9.]+ +[0-9.]+")
  expect_equal(debiased$estimate - sum(debiased$corrections$added), plugin$estimate)
  expect_identical(c(plugin$corrections$added, plugin$corrections$error), numeric(12))
})
