test_that("tidiers have the columns that broom's users expect", {
  fit <- small_fit()
  expect_named(tidy(fit), c("term", "estimate", "std.error", "units"))
  row <- tidy(fit, conf.int = TRUE, conf.level = 0.8)
  expect_equal(c(row$conf.low, row$conf.high), c(confint(fit, level = 0.8)))
  expect_equal(nrow(glance(fit)), 1)
  expect_equal(glance(fit)$nobs, 50)
  expect_equal(glance(fit)$groups, NA_integer_)
  rows <- augment(fit, cars)
  expect_named(rows, c("speed", "dist", ".pmi", ".fold"))
  expect_equal(rows$.pmi, fit$pmi)
})

test_that("augment() puts rows in their places when some were missing", {
  data <- airquality[1:60, c("Ozone", "Wind")]
  fit <- mi_anchor(Ozone ~ Wind, data = data, critic = critic_bilinear(), control = quick())
  rows <- augment(fit, data)
  expect_equal(rows$Ozone, data$Ozone[!is.na(data$Ozone)])
  fit <- update(fit, na.action = na.exclude)
  rows <- augment(fit, data)
  expect_equal(nrow(rows), 60)
  expect_equal(is.na(rows$.pmi), is.na(data$Ozone))
  expect_snapshot(error = TRUE, augment(fit, data[1:10, ]))
})

test_that("fits in a list column become rows, tests and comparisons too", {
  flowers <- data.frame(Species = levels(iris$Species))
  flowers$data <- split(iris, iris$Species)
  set.seed(1)
  flowers$fit <- lapply(flowers$data, function(part) {
    mi_anchor(Petal.Length ~ Sepal.Length, part, critic = critic_bilinear(), control = quick())
  })
  rows <- do.call(rbind, lapply(flowers$fit, tidy, conf.int = TRUE))
  expect_equal(rows$estimate, vapply(flowers$fit, `[[`, 1, "estimate"), ignore_attr = TRUE)
  expect_equal(nrow(do.call(rbind, lapply(flowers$fit, glance))), 3)
  test <- mi_test(Petal.Length ~ Sepal.Length, flowers$data[[1]], critic = NULL)
  expect_equal(tidy(test)$p.value, test$p.value)
  compared <- mi_compare(dist ~ speed, data = cars, critics = critic_bilinear(),
                         objectives = objective_nce(), control = quick())
  expect_identical(class(tidy(compared)), "data.frame")
})
