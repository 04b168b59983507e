prepare <- function(x, y, na.action = na.omit) {
  anchormi:::prepare_data(x, y, na.action, call = NULL)
}

test_that("every type of column has its numbers", {
  x <- data.frame(number = c(1.5, 2, 3, 4), whole = 1:4, yes = c(TRUE, FALSE, TRUE, TRUE),
                  kind = factor(c("a", "b", "c", "a")),
                  size = factor(c("s", "m", "l", "s"), levels = c("s", "m", "l"), ordered = TRUE),
                  day = as.Date("2020-01-01") + 0:3)
  x$inner <- cbind(p = c(1, 3, 2, 4), q = 4:1)
  block <- prepare(x, c(2, 4, 1, 3))$x
  expect_equal(colnames(block), c("number", "whole", "yes", "kinda", "kindb", "kindc",
                                  "size", "day", "inner.p", "inner.q"))
  expect_equal(block[, "yes"], c(1, 0, 1, 1))
  expect_equal(block[, "kindb"], c(0, 1, 0, 0))
  expect_equal(block[, "size"], c(1, 2, 3, 1))
  expect_equal(block[, "day"], 18262 + 0:3)
  expect_type(block, "double")
})

test_that("vectors, matrices, series and data frames of the same numbers are the same", {
  v <- c(3, 1, 4, 1, 5)
  plain <- unname(prepare(v, 1:5)$x)
  for (x in list(matrix(v), data.frame(v), ts(v), data.frame(v = I(v)), array(v))) {
    expect_equal(unname(prepare(x, 1:5)$x), plain)
  }
  m <- ts(cbind(a = v, b = rev(v)))
  expect_equal(prepare(m, 1:5)$x, cbind(a = v, b = rev(v)))
})

test_that("missing values follow na.action", {
  x <- c(1, NA, 3, 4, 2)
  y <- c(1, 2, NaN, 5, 7)
  data <- prepare(x, y)
  expect_equal(data$x[, 1], c(1, 4, 2))
  expect_equal(as.integer(data$na_action), 2:3)
  expect_s3_class(data$na_action, "omit")
  expect_s3_class(prepare(x, y, na.exclude)$na_action, "exclude")
  expect_s3_class(prepare(x, y, "na.exclude")$na_action, "exclude")
  expect_null(prepare(1:3, c(2, 3, 1))$na_action)
  expect_snapshot(error = TRUE, {
    prepare(x, y, na.fail)
    prepare(x, y, na.pass)
    prepare(x, y, function(data) replace(data, is.na(data), 2))
    prepare(x, y, "nonsense")
    prepare(x, y, 3)
  })
})

test_that("bad columns are errors that name them", {
  expect_snapshot(error = TRUE, {
    prepare(1:5, 1:4)
    prepare(data.frame(id = letters), 1:26)
    prepare(letters, 1:26)
    prepare(data.frame(a = I(list(1, 2))), 1:2)
    prepare(c(1, Inf, -Inf), 1:3)
    prepare(as.Date("2020-01-01") + c(1, Inf), 1:2)
    prepare(1:3, c(1i, 2i, 3i))
    prepare(1:3, NULL)
    prepare(1:3, mean)
    prepare(1:3, data.frame(a = 1:3)[0])
    prepare(array(1:8, c(2, 2, 2)), 1:2)
    prepare(1:3, cbind(a = 1:3, a = 3:1))
    prepare(stats::setNames(data.frame(1:3, 3:1), c("b", "b")), 1:3)
    prepare(rep(1, 3), 1:3)
    prepare(1:3, data.frame(a = c(NA, 1, 1), b = c("x", NA, NA) == "x"))
  })
})

test_that("a constant column is dropped with a warning", {
  expect_warning(data <- prepare(cbind(a = 1:4, b = 2), c(2, 4, 1, 3)), "Constant",
                 class = "anchormi_warning_constant")
  expect_equal(colnames(data$x), "a")
  # constant among the rows that are kept
  expect_warning(prepare(data.frame(a = 1:4, b = c(1, 1, 1, NA)), c(2, 4, 1, 3)),
                 class = "anchormi_warning_constant")
})

test_that("a continuous column on both sides is reported, a shared category is not", {
  v <- c(0.3, 1.7, -2.2, 0.9)
  expect_warning(prepare(cbind(a = v, b = rev(v)), v), class = "anchormi_warning_shared")
  expect_silent(prepare(c(0, 1, 1, 0), c(0, 1, 1, 0)))
  for (y in list(exp(v), -v, cbind(c(1, 2, 3, 5), 2 * v))) {
    expect_warning(data <- prepare(v, y), class = "anchormi_warning_shared")
    expect_true(data$shared)
  }
  expect_silent(data <- prepare(v, v^2))
  expect_false(data$shared)
  rounded <- rep(1:30, 10) # whose entropy is what there is
  expect_warning(data <- prepare(rounded, -rounded), "at least their entropy",
                 class = "anchormi_warning_shared")
  expect_false(data$shared)
  # of many rows some say which columns may be shared, all decide
  w <- seq(0, 1, length.out = 3000)
  expect_silent(prepare(w, replace(w, 2, 5)))
})

test_that("new rows are encoded as the fit's were", {
  x <- data.frame(k = factor(c("a", "b", "c")), v = 1:3)
  recipe <- prepare(x, c(2, 3, 1))$recipes$x
  encode <- function(new) anchormi:::encode_new(recipe, new, "x_new", call = NULL)
  expect_equal(encode(data.frame(other = 1, v = 5, k = "b")),
               cbind(ka = 0, kb = 1, kc = 0, v = 5))
  expect_equal(encode(data.frame(v = NA, k = factor(NA, levels = "a"))),
               cbind(ka = NA_real_, kb = NA, kc = NA, v = NA))
  expect_snapshot(error = TRUE, {
    encode(data.frame(k = "d", v = 1))
    encode(data.frame(k = "a"))
    encode(data.frame(k = 1, v = 1))
    encode(data.frame(k = "a", v = factor("a")))
  })
})

test_that("times in parts are times", {
  times <- as.POSIXct("2026-01-01", tz = "UTC") + 86400 * 1:3
  block <- function(x) anchormi:::block_columns(x, "x")
  expect_equal(block(as.POSIXlt(times))$x, times)
  frame <- data.frame(a = 1:3)
  frame$at <- as.POSIXlt(times)
  expect_equal(block(frame)$at, times)
})
