# A table with known probabilities, and rows of it.
cells <- rbind(c(0.20, 0.05, 0.05), c(0.02, 0.28, 0.05), c(0.01, 0.04, 0.10), c(0.10, 0.05, 0.05))
exact <- sum(cells * log(cells / outer(rowSums(cells), colSums(cells))))
rows_of_table <- function(n) {
  cell <- sample(12, n, TRUE, cells)
  list(x = row(cells)[cell], y = col(cells)[cell])
}

test_that("a table of many rows is the log ratio, one of few is drawn towards independence", {
  set.seed(1)
  many <- rows_of_table(2e5)
  truth <- log(cells / outer(rowSums(cells), colSums(cells)))
  expect_equal(anchormi:::table_fit(many$x, many$y), truth, tolerance = 0.05)
  few <- rows_of_table(60)
  plain <- table(few$x, few$y) / 60
  plain <- log(plain / outer(rowSums(plain), colSums(plain)))
  expect_lt(max(anchormi:::table_fit(few$x, few$y)), max(plain))
  independent <- anchormi:::table_fit(sample(rep(1:4, 50)), sample(rep(1:4, 50)))
  expect_lt(max(abs(independent)), 0.3)
})

test_that("its strength makes each row likeliest given the others", {
  set.seed(2)
  few <- rows_of_table(80)
  n <- 80
  counts <- table(few$x, few$y)
  share <- outer(rowSums(counts), colSums(counts)) / n^2
  # row by row, with a table of the others and all rows' margins
  of_others <- function(strength) {
    sum(vapply(seq_len(n), function(r) {
      at <- cbind(few$x[r], few$y[r])
      log((counts[at] - 1 + strength * share[at]) / (n - 1 + strength))
    }, 1))
  }
  best <- optimize(of_others, c(0.1, 1000), maximum = TRUE)$maximum
  expect_equal(anchormi:::table_fit(few$x, few$y),
               unclass(log((counts / share + best) / (n + best))), tolerance = 1e-3,
               ignore_attr = TRUE)
})

test_that("exact mutual information of discrete columns of any type is found", {
  set.seed(3)
  drawn <- rows_of_table(1500)
  closed <- critic_auto("table", character())
  of <- function(x, y) {
    set.seed(4)
    mi_anchor(x, y, critic = closed)
  }
  fit <- of(drawn$x, drawn$y)
  expect_lt(abs(fit$estimate - exact), 2.5 * fit$std_error)
  expect_lt(fit$std_error, 0.03)
  expect_equal(of(factor(drawn$x), factor(drawn$y))$estimate, fit$estimate)
  twice <- cbind(drawn$x > 2, drawn$x %% 2) + 0
  expect_equal(of(twice, drawn$y)$estimate, fit$estimate)
  new <- data.frame(x = c(1, 4, 4), y = c(1, 1, 3))
  expect_equal(predict(fit, new$x, new$y)[1], log(cells[1] / (0.3 * 0.33)), tolerance = 0.3)
  # what wasn't there says nothing but the offset
  form <- fit$critics[[1]]$turns[[1]]$forms$table
  expect_equal(anchormi:::table_pairs(form, matrix(c(77, 77)), matrix(c(77, 77))), c(0, 0))
})

test_that("pairs are the matrix's diagonal", {
  set.seed(5)
  drawn <- lapply(rows_of_table(200), matrix)
  fold <- list(zx = drawn$x, zy = drawn$y, train = 1:150)
  form <- anchormi:::choose_table(fold)
  expect_equal(diag(anchormi:::table_blocks(form, drawn$x, drawn$y, list(1:200))[[1]]),
               anchormi:::table_pairs(form, drawn$x, drawn$y))
})

test_that("what is continuous has no table, and what is both has none either", {
  set.seed(6)
  z <- matrix(rnorm(200))
  d <- matrix(rep(1:4, 50))
  choose <- function(x, y) anchormi:::choose_table(list(zx = x, zy = y, train = 1:200))
  expect_null(choose(z, d))
  expect_null(choose(d, z))
  expect_null(choose(cbind(d, z), d))
  expect_false(is.null(choose(d, d)))
})
