# Row numbers: some of many, blocks of them, and what they count.

# Training rows come in the order of the data, which may mean something.
head_rows <- function(rows, most) {
  if (length(rows) <= most) rows else rows[round(seq(1, length(rows), length.out = most))]
}

# The same of so many numbers as `columns` leave room for, between the least and the most rows.
rows_for <- function(rows, columns, numbers, least, most) {
  head_rows(rows, max(least, min(most, numbers / columns)))
}

chunks <- function(n, size = 20000) {
  cut_after(seq_len(n), pmin(n, size * seq_len(ceiling(n / size))))
}

# Blocks of `size` rows or a little more, all about as large.
row_blocks <- function(rows, size) {
  count <- max(length(rows) > 0, length(rows) %/% size)
  cut_after(rows, floor(seq_len(count) * length(rows) / count))
}

# Pieces of rows, up to each of these places.
cut_after <- function(rows, ends) {
  Map(function(after, last) rows[after + seq_len(last - after)], c(0, ends)[seq_along(ends)], ends)
}

row_weights <- function(weights, n) if (is.null(weights)) rep(1, n) else weights

# As many equal rows say as much.
effective_rows <- function(weights, n) {
  if (is.null(weights)) n else sum(weights)^2 / sum(weights^2)
}

# Before what takes much memory: of many rows what others left counts, and R alone lets it grow to
# as much as there was before.
COLLECTED_ROWS <- 50000

collect_garbage <- function(rows) {
  if (rows < COLLECTED_ROWS) return(invisible())
  gc()
  .Call(ffi_release_memory)
}
