test_that("every row is evaluated once, by a fold that neither trained nor chose it", {
  set.seed(1)
  for (folds in c(3, 5)) {
    plan <- anchormi:::make_plan(103, folds)
    expect_length(plan$tasks, folds)
    expect_equal(sort(unlist(lapply(plan$tasks, `[[`, "test"))), 1:103)
    for (task in plan$tasks) {
      expect_equal(sort(c(task$train, task$valid, task$test)), 1:103)
      expect_true(is.unsorted(task$valid) && is.unsorted(task$test)) # see train.h
      expect_gte(length(task$valid), 103 %/% folds)
    }
  }
})

test_that("of very many rows only some choose, and the others train", {
  plan <- anchormi:::make_plan(30000, 3)
  for (task in plan$tasks) {
    expect_length(task$valid, 1500)
    expect_equal(sort(c(task$train, task$valid, task$test)), 1:30000)
  }
  task <- anchormi:::make_plan(160000, 4)$tasks[[2]]
  expect_length(task$valid, 2000) # a twentieth of a part, for the offset
  expect_identical(anchormi:::choosers(task), task$valid[1:1500])
})

test_that("seeds are whole numbers of 32 bits", {
  set.seed(1)
  seeds <- replicate(100, anchormi:::draw_seed())
  expect_true(all(seeds == floor(seeds) & seeds >= 0 & seeds < 2^32))
  expect_equal(anyDuplicated(t(seeds)), 0)
})

test_that("of few rows parts take turns at choosing, and none is evaluated by what it chose", {
  set.seed(3)
  counts <- vapply(c(100, 500, 700, 1000, 1001, 5000), function(n) {
    length(anchormi:::make_plan(n, 5)$tasks[[1]]$turns)
  }, 1L)
  expect_identical(counts, c(4L, 4L, 2L, 2L, 1L, 1L))
  expect_length(anchormi:::make_plan(60, 3)$tasks[[1]]$turns, 2)
  for (task in anchormi:::make_plan(103, 5, runif(103))$tasks) {
    expect_identical(task$turns[[1]], task[c("train", "valid")])
    expect_length(Reduce(union, lapply(task$turns, `[[`, "valid")) |> intersect(task$test), 0)
    for (turn in task$turns) {
      expect_length(intersect(turn$train, turn$valid), 0)
      expect_length(intersect(turn$train, task$test), 0)
    }
  }
  chosen <- lapply(anchormi:::make_plan(100, 5)$tasks[[2]]$turns, `[[`, "valid")
  expect_length(unique(unlist(chosen)), 80)
})

test_that("groups stay together, in parts of nearly equal size", {
  set.seed(4)
  groups <- match(g <- sample(40, 300, TRUE, prob = 40:1), unique(g))
  plan <- anchormi:::make_plan(300, 5, groups = groups)
  expect_true(all(tapply(plan$part, groups, function(p) length(unique(p))) == 1))
  expect_lt(diff(range(tabulate(plan$part))), max(tabulate(groups)))
  for (task in plan$tasks) {
    expect_length(intersect(groups[c(task$train, task$valid)], groups[task$test]), 0)
    for (turn in task$turns) expect_length(intersect(groups[turn$train], groups[turn$valid]), 0)
    expect_setequal(task$apart, which(plan$part != task$fold))
    expect_equal(task$alike, 1)
  }
  # where three rows are worth one, a third of them are apart, of all groups alike
  for (task in anchormi:::make_plan(300, 5, groups = rep(1:50, 6), alike = 3)$tasks) {
    expect_equal(as.vector(table(rep(1:50, 6)[task$apart])), rep(2, 40))
  }
  # of many rows those of the choosing part that don't choose don't train either
  many <- anchormi:::make_plan(24000, 3, groups = rep(1:600, 40))
  for (task in many$tasks) {
    expect_length(task$valid, 1500)
    expect_length(task$train, 8000)
  }
  # rows of weight 0 don't count
  weights <- rep(c(1, 0), c(100, 200))
  plan <- anchormi:::make_plan(300, 5, weights, groups = rep(1:30, each = 10))
  expect_equal(tabulate(plan$part[1:100]), rep(20, 5))
  expect_equal(tabulate(plan$part), rep(60, 5))
  for (task in plan$tasks) expect_true(all(task$apart <= 100))
})

test_that("rows are cut into pieces in order, none lost", {
  for (n in c(0, 1, 9, 10, 11, 25)) {
    expect_identical(as.integer(unlist(anchormi:::chunks(n, 10))), seq_len(n))
    expect_identical(as.integer(unlist(anchormi:::row_blocks(seq_len(n), 10))), seq_len(n))
  }
  expect_identical(lengths(anchormi:::row_blocks(1:25, 10)), c(12L, 13L))
  expect_length(anchormi:::row_blocks(integer(), 10), 0)
})
