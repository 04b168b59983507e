# Row numbers: some of many, blocks of them, and what they count.

# Training rows come in the order of the data, which may mean something.
head_rows <- function(rows, most) {
  if (length(rows) <= most) rows else rows[round(seq(1, length(rows), length.out = most))]
}

# The same of so many numbers as `columns` leave room for, between the least and the most rows.
rows_for <- function(rows, columns, numbers, least, most) {
  head_rows(rows, max(least, min(most, numbers / columns)))
}

chunks <- function(n, size = 20000) unname(split(seq_len(n), (seq_len(n) - 1) %/% size))

# Blocks of `size` rows or a little more, all about as large.
row_blocks <- function(rows, size) {
  count <- max(1, length(rows) %/% size)
  unname(split(rows, ceiling(seq_along(rows) * count / length(rows))))
}

row_weights <- function(weights, n) if (is.null(weights)) rep(1, n) else weights

# As many equal rows say as much.
effective_rows <- function(weights, n) {
  if (is.null(weights)) n else sum(weights)^2 / sum(weights^2)
}
