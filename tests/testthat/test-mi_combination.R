closed <- function() critic_auto("gaussian", character())

# Three normals, of which the closed forms of everything are determinants.
sigma <- matrix(c(1, 0.6, 0.5, 0.6, 1, 0.4, 0.5, 0.4, 1), 3)
three <- function(n) matrix(rnorm(3 * n), n) %*% chol(sigma)
half_logs <- function(rows) log(det(sigma[rows, rows, drop = FALSE])) / 2

test_that("total correlations and interaction information have their closed forms", {
  set.seed(1)
  x <- three(1500)
  tc <- mi_total_correlation(x, critic = closed())
  expect_lt(abs(tc$estimate + half_logs(1:3)), 2.5 * tc$std_error)
  dual <- mi_total_correlation(x, dual = TRUE, critic = closed())
  truth <- half_logs(1:3) * (1 - 3) + half_logs(1:2) + half_logs(2:3) + half_logs(c(1, 3))
  expect_lt(abs(dual$estimate - truth), 2.5 * dual$std_error)
  redundant <- mi_interaction(x[, 1], x[, 2], x[, 3], critic = closed())
  truth <- half_logs(1:3) - half_logs(1:2) - half_logs(2:3) - half_logs(c(1, 3))
  expect_lt(abs(redundant$estimate - truth), 2.5 * redundant$std_error)
  # terms add up, and so do rows
  for (fit in list(tc, dual, redundant)) {
    expect_equal(sum(fit$terms$sign * fit$terms$estimate), fit$estimate)
    expect_equal(mean(fit$contribution), fit$estimate)
  }
})

test_that("what critics err by is in the error of a sum, and of a share", {
  set.seed(4)
  x <- three(300)
  set.seed(5)
  mi <- mi_anchor(x[, 1], x[, 2], critic = closed())
  set.seed(5)
  tc <- mi_total_correlation(x[, 1:2], critic = closed())
  expect_gt(min(vapply(mi$critics, `[[`, 1, "error")), 0.001)
  expect_equal(tc$std_error, mi$std_error)
  fit <- mi_anchor(Species ~ Petal.Width, data = iris, critic = closed())
  wide <- fit
  for (fold in seq_along(wide$critics)) wide$critics[[fold]]$error <- 0.5
  width <- function(fit) with(mi_normalised(fit, "uncertainty", 0.5), conf.high - conf.low)
  expect_gt(width(wide), width(fit))
})

test_that("two blocks have their mutual information in common, whichever the measure", {
  set.seed(2)
  mi <- mi_anchor(cars$speed, cars$dist, critic = critic_bilinear(), control = quick())
  for (dual in c(FALSE, TRUE)) {
    set.seed(2)
    both <- mi_total_correlation(cars, dual = dual, critic = critic_bilinear(), control = quick())
    expect_equal(both$estimate, mi$estimate, tolerance = if (dual) 0.2 else 1e-10)
    expect_equal(nrow(both$terms), 1)
  }
})

test_that("a combination answers what a fit answers", {
  data <- iris[1:4]
  data[1, 2] <- NA
  set.seed(3)
  fit <- mi_total_correlation(data, critic = critic_bilinear(), control = quick(), units = "bits")
  expect_named(coef(fit), "tc")
  expect_equal(nobs(fit), 149)
  expect_equal(c(confint(fit)), fit$conf_int)
  row <- tidy(fit, conf.int = TRUE)
  expect_equal(c(row$conf.low, row$conf.high), fit$conf_int)
  expect_equal(row$units, "bits")
  expect_equal(glance(fit)$terms, 3)
  expect_equal(augment(fit, data)$.pmi, fit$pmi)
  expect_s3_class(autoplot(fit), "ggplot")
  set.seed(3)
  nats <- update(fit, units = "nats")
  expect_equal(nats$estimate, fit$estimate * log(2))
  expect_snapshot(print(nats))
  set.seed(3)
  grouped <- mi_total_correlation(iris[1:3], critic = closed(), units = "bits",
                                  groups = rep(1:75, each = 2))
  expect_equal(glance(grouped)$groups, 75)
  added <- vapply(grouped$fits, function(f) sum(f$corrections$added), 1) / log(2)
  expect_gt(max(added), 0.001)
  printed <- capture.output(summary(grouped))
  table <- read.table(text = gsub(" \\+ ", " ", sub("I\\(.*\\)", "I", tail(printed, 2))))
  expect_equal(table[[4]], unname(added), tolerance = 1e-3)
  expect_equal(table[[2]], grouped$terms$estimate, tolerance = 1e-3)
})

test_that("bad blocks are errors", {
  expect_snapshot(error = TRUE, {
    mi_total_correlation(iris[1])
    mi_total_correlation("a")
    mi_total_correlation(list(a = 1:50, b = 1:40))
    mi_total_correlation(iris[1:3], conditioning = "residuals")
    mi_interaction(1:50, 50:1, letters)
    mi_interaction(1:50, 50:1)
    mi_total_correlation()
    mi_total_correlation(iris[1:3], objective = objective_infonce())
  })
})

test_that("missing values can be information, and shared columns warn", {
  set.seed(6)
  fit <- mi_total_correlation(airquality[1:3], na.action = na_informative,
                              critic = critic_bilinear(), control = quick())
  expect_equal(nobs(fit), 153)
  expect_warning(mi_total_correlation(cbind(a = 1:60 + 0.5, b = 1:60 + 0.5, c = rnorm(60)),
                                      critic = critic_bilinear(), control = quick()),
                 "share columns", class = "anchormi_warning_shared")
})

test_that("global correlation is the absolute correlation of normals", {
  set.seed(4)
  x <- three(1500)
  fit <- mi_anchor(x[, 1], -x[, 2], critic = closed())
  found <- mi_normalised(fit)
  expect_equal(found$estimate, 0.6, tolerance = 0.06)
  expect_equal(found$conf.low, sqrt(1 - exp(-2 * fit$conf_int[1])))
  bits <- fit
  bits[c("estimate", "std_error")] <- lapply(fit[c("estimate", "std_error")], `/`, log(2))
  bits$units <- "bits"
  expect_equal(mi_normalised(bits), found)
})

test_that("the uncertainty coefficient is the share of the entropy that is explained", {
  set.seed(5)
  n <- 1000
  y <- factor(sample(c("a", "b", "c"), n, TRUE, c(0.5, 0.25, 0.25)))
  x <- as.integer(y) * 10 + rnorm(n) # all of it
  fit <- mi_anchor(x, y, critic = critic_separable(), control = mi_control(max_steps = 300))
  found <- mi_normalised(fit, "uncertainty")
  expect_equal(found$estimate, 1, tolerance = 0.03)
  expect_equal(mean(fit$surprisal), -sum(prop.table(table(y)) * log(prop.table(table(y)))))
  bits <- in_units(fit, "bits")
  bits$units <- "bits"
  expect_equal(mi_normalised(bits, "uncertainty"), found)
  expect_error(mi_normalised(update(fit, y = rnorm(n)), "uncertainty"), "discrete y",
               class = "anchormi_error_input")
})
