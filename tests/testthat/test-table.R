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
  form <- anchormi:::choose_table(list(zx = drawn$x, zy = drawn$y, train = 1:150))
  expect_equal(diag(anchormi:::table_blocks(form, drawn$x, drawn$y, list(1:200))[[1]]),
               anchormi:::table_pairs(form, drawn$x, drawn$y))
})

test_that("cuts are the best of all choices", {
  set.seed(6)
  classes <- c(sample(3, 20, TRUE), sample(2, 15, TRUE), rep(3, 10))
  so_far <- anchormi:::counts_so_far(classes)
  expect_equal(unname(so_far[46, ]), tabulate(classes))
  likelihood <- anchormi:::classes_likelihood(3, length(classes))
  # by the chance of each row given those before it in its interval
  one_by_one <- function(interval) {
    counts <- numeric(3)
    sum(vapply(interval, function(class) {
      chance <- (counts[class] + 1 / 3) / (sum(counts) + 1)
      counts[class] <<- counts[class] + 1
      log(chance)
    }, 1))
  }
  places <- c(0, 5, 12, 19, 20, 30, 35, 40, 45)
  price <- 1.5
  chosen <- expand.grid(rep(list(c(FALSE, TRUE)), 7))
  values <- apply(chosen, 1, function(chosen) {
    edges <- places[c(TRUE, chosen, TRUE)]
    sum(mapply(function(from, to) one_by_one(classes[(from + 1):to]) - price,
               edges[-length(edges)], edges[-1]))
  })
  best <- anchormi:::best_cuts(so_far[places + 1, ], likelihood, price)
  expect_equal(best$value, max(values))
  expect_equal(best$cuts, 1 + which(unlist(chosen[which.max(values), ])), ignore_attr = TRUE)
  # and then anywhere
  everywhere <- anchormi:::best_cuts(so_far, likelihood, price)$cuts - 1
  expect_equal(anchormi:::settle_cuts(everywhere, 1:44, so_far, likelihood), everywhere)
})

# What choose_table() takes of a fold.
fold_of <- function(x, y, train) {
  n <- nrow(x)
  fold <- list(zx = x, zy = y, train = seq_len(train), weighing = (train + 1):n, threads = 1,
               screened = list(x = list(few = 1), y = list(few = 1)))
  c(fold, list(gaussian = anchormi:::choose_gaussian(c(fold, list(screened = list(
    x = list(out = 1), y = list(out = 1)))))))
}

test_that("continuous columns are cut where the other side changes, and only there", {
  set.seed(7)
  n <- 900
  at <- sample(3, n, TRUE)
  x <- matrix(at + runif(n))                        # from 1 to 4
  y <- matrix(c(7, 2, 4)[at] + runif(n))
  label <- matrix(at + 0)
  form <- anchormi:::choose_table(fold_of(x, y, 600))
  expect_equal(form$x$cuts, 2:3, tolerance = 0.02)
  expect_length(form$y$cuts, 2)
  expect_true(all(form$y$cuts > c(3, 5) & form$y$cuts < c(4, 7)))
  expect_equal(mean(anchormi:::table_pairs(form, x, y)), log(3), tolerance = 0.05)
  for (drawn in list(list(x, y), list(x, label), list(label, y))) {
    form <- do.call(anchormi:::choose_table, list(fold_of(drawn[[1]], drawn[[2]], 600)))
    expect_equal(diag(anchormi:::table_blocks(form, drawn[[1]], drawn[[2]], list(1:n))[[1]]),
                 anchormi:::table_pairs(form, drawn[[1]], drawn[[2]]))
    expect_equal(dim(form$log_ratio), c(3, 3))
  }
  expect_null(anchormi:::choose_table(fold_of(x, matrix(rnorm(n)), 600)))
  expect_null(anchormi:::choose_table(fold_of(label, matrix(rnorm(n)), 600)))
  # steps of a Gaussian copula are none
  z <- rnorm(n)
  expect_null(anchormi:::choose_table(fold_of(matrix(z), matrix(z + rnorm(n)), 600)))
})

test_that("steps are found by the default call", {
  set.seed(8)
  drawn <- mi_sample("steps-8", 600)
  closed <- mi_anchor(drawn$x, drawn$y, critic = critic_auto(networks = character()))
  expect_gt(mean(vapply(closed$critics, function(critic) critic$weights[["table"]], 1)), 0.1)
  expect_lt(abs(closed$estimate - log(8)), 2 * closed$std_error)
  again <- unserialize(serialize(closed, NULL))
  expect_equal(predict(again, drawn$x[1:20], drawn$y[1:20]),
               predict(closed, drawn$x[1:20], drawn$y[1:20]))
})
