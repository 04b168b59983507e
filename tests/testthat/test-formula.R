blocks <- function(formula, data) {
  model <- anchormi:::formula_model(formula, data, call = NULL)
  frame <- anchormi:::formula_frame(model, data, NULL, environment(), call = NULL)
  lapply(anchormi:::formula_blocks(model, frame), names)
}

test_that("+ joins columns on either side, - leaves one out", {
  expect_equal(blocks(dist ~ speed, cars), list(x = "speed", y = "dist"))
  expect_equal(blocks(mpg + hp ~ wt + log(disp), mtcars),
               list(x = c("wt", "log(disp)"), y = c("mpg", "hp")))
  expect_equal(blocks(Species ~ ., iris), list(x = names(iris)[1:4], y = "Species"))
  expect_equal(blocks(Species ~ . - Sepal.Length - 1, iris),
               list(x = names(iris)[2:4], y = "Species"))
  expect_equal(blocks((mpg + hp) ~ ., mtcars[c("mpg", "hp", "wt", "qsec")]),
               list(x = c("wt", "qsec"), y = c("mpg", "hp")))
})

test_that("formula and blocks give the same fit", {
  set.seed(1)
  by_formula <- mi_anchor(Petal.Length + Species ~ Sepal.Length + Sepal.Width, data = iris,
                          critic = critic_bilinear(), control = quick())
  set.seed(1)
  by_blocks <- mi_anchor(iris[c("Sepal.Length", "Sepal.Width")], iris[c("Petal.Length", "Species")],
                         critic = critic_bilinear(), control = quick())
  expect_identical(by_formula$pmi, by_blocks$pmi)
})

test_that("subset, missing values and variables outside data work", {
  set.seed(1)
  fit <- mi_anchor(Ozone ~ Wind + Temp, data = airquality, subset = Month > 5,
                   critic = critic_bilinear(), control = quick())
  expect_equal(nobs(fit), sum(!is.na(airquality$Ozone) & airquality$Month > 5))
  x <- rnorm(60)
  y <- x + rnorm(60)
  fit <- mi_anchor(y ~ x, critic = critic_bilinear(), control = quick())
  expect_equal(nobs(fit), 60)
  # what isn't a column of the data is found where the formula was written
  breaks <- c(0, 10, 15, 30)
  fit <- mi_anchor(dist ~ cut(speed, breaks), data = cars, critic = critic_bilinear(),
                   control = quick())
  expect_length(predict(fit, cars[1:3, ]), 3)
  expect_length(update(mi_anchor(mpg ~ ., data = mtcars[1:3], critic = critic_bilinear(),
                                 control = quick()), . ~ . - disp)$recipes$x, 1)
})

test_that("terms that depend on the data keep what they learnt from it", {
  set.seed(1)
  fit <- mi_anchor(dist ~ scale(speed) + poly(speed, 2), data = cars, critic = critic_bilinear(),
                   control = quick())
  expect_equal(predict(fit, cars[7, ]), predict(fit, cars)[7])
})

test_that("what a formula can't say is an error", {
  expect_snapshot(error = TRUE, {
    mi_anchor(~ speed, data = cars)
    mi_anchor(dist ~ speed | dist, data = cars)
    mi_anchor(dist ~ speed + offset(dist), data = cars)
    mi_anchor(dist ~ speed * dist, data = cars)
    mi_anchor(dist ~ speed^2, data = cars)
    mi_anchor(. ~ speed, data = cars)
    mi_anchor(dist ~ .)
    mi_anchor(dist ~ speed - speed, data = cars)
    mi_anchor(dist ~ nonsense_variable, data = cars)
    mi_anchor(dist ~ speed, data = 3)
    mi_anchor(a ~ b, data = stats::setNames(data.frame(1:3, 1:3, 1:3), c("a", "b", "b")))
  })
})
