test_that("settings are checked", {
  expect_snapshot(error = TRUE, {
    mi_control(batch_size = 1)
    mi_control(max_steps = 0)
    mi_control(learn_rate = 0)
    mi_control(weight_decay = -1)
    mi_control(average = 1)
    mi_control(patience = "many")
    mi_control(min_delta = -1)
    mi_control(drops = 0.5)
    mi_control(threads = 0)
    mi_control(learn_rate = 5, weight_decay = 50)
  })
})

test_that("settings print", {
  expect_snapshot({
    mi_control(threads = 2)
    mi_control(min_delta = 0, drops = 2, learn_rate = 0.1, weight_decay = 0, threads = 1)
  })
})

test_that("threads come from the option, and are at most two by default", {
  old <- options(anchormi.threads = 3)
  on.exit(options(old))
  expect_equal(mi_control()$threads, 3)
  options(anchormi.threads = NULL)
  expect_lte(mi_control()$threads, 2)
})
