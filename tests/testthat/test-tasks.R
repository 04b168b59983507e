test_that("tasks are listed once each, with truths", {
  tasks <- mi_tasks()
  expect_false(anyDuplicated(tasks$task) > 0)
  expect_equal(sum(tasks$suite == "bmi"), 40)
  expect_gte(sum(tasks$suite == "probes"), 24)
  expect_true(all(is.finite(tasks$mi) & tasks$mi >= 0))
  expect_setequal(unique(tasks$role[tasks$suite == "probes"]), c("development", "report"))
  known <- c("1v1-normal-0.75" = 0.413339, "multinormal-dense-50-50-0.5" = 1.624265,
             "student-identity-5-5-2" = 0.448151, "1v1-additive-0.1" = 1.709438,
             "spiral-multinormal-sparse-25-25-2-2.0" = 1.021651)
  expect_equal(tasks$mi[match(names(known), tasks$task)], unname(known), tolerance = 1e-5)
})

test_that("draws have the task's columns, and pointwise values whose mean is the truth", {
  tasks <- mi_tasks()
  for (i in seq_len(nrow(tasks))) {
    n <- if (tasks$dim_x[i] > 100) 300 else 3000
    drawn <- mi_sample_seeded(tasks$task[i], n)
    expect_equal(c(nrow(drawn$x), NCOL(drawn$x), NCOL(drawn$y)),
                 c(n, tasks$dim_x[i], tasks$dim_y[i]), label = tasks$task[i])
    expect_false(anyNA(drawn$x) || anyNA(drawn$y), label = tasks$task[i])
    off <- abs(mean(drawn$pmi) - tasks$mi[i])
    expect_lte(off, 4.5 * sd(drawn$pmi) / sqrt(n) + 1e-9, label = tasks$task[i])
  }
})

test_that("unknown tasks are errors that name the nearest", {
  expect_snapshot(error = TRUE, {
    mi_sample("clayton-3", 10)
    mi_sample(1, 10)
    mi_sample("clayton-2", 0)
  })
})

test_that("a task can be drawn row by row", {
  for (task in mi_tasks()$task) expect_length(mi_sample(task, 1)$pmi, 1)
})
