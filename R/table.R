# The log density ratio of a contingency table, where both x and y are discrete. Its cells have few
# rows, so they are drawn towards independence: as by so many rows more (`strength`), spread over
# the cells as it would spread them, that every row is likeliest given all the others.

TABLE_STRENGTH <- c(0.01, 1e6)
MOST_TABLE_CELLS <- 1e6

choose_table <- function(fold) {
  x <- keys_fit(fold$zx[fold$train, , drop = FALSE])
  y <- if (!is.null(x)) keys_fit(fold$zy[fold$train, , drop = FALSE])
  if (is.null(y) || max(x$key) * max(y$key) > MOST_TABLE_CELLS) return(NULL)
  list(keys_x = x$columns, keys_y = y$columns, log_ratio = table_fit(x$key, y$key))
}

# Log ratios of x's values (rows) and y's (columns), given as numbers from 1.
table_fit <- function(x, y) {
  n <- length(x)
  counts <- matrix(tabulate(x + (y - 1) * max(x), max(x) * max(y)), max(x))
  independent <- outer(rowSums(counts), colSums(counts)) / n^2
  found <- counts[counts > 0]
  expected <- independent[counts > 0]
  given_others <- function(log_strength) {
    strength <- exp(log_strength)
    sum(found * log(found - 1 + strength * expected)) - n * log(n - 1 + strength)
  }
  strength <- exp(stats::optimize(given_others, log(TABLE_STRENGTH), maximum = TRUE)$maximum)
  log((counts / independent + strength) / (n + strength))
}

table_pairs <- function(form, zx, zy) {
  unseen_as_0(form$log_ratio[cbind(keys_apply(form$keys_x, zx), keys_apply(form$keys_y, zy))])
}

table_blocks <- function(form, zx, zy, blocks) {
  x <- keys_apply(form$keys_x, zx)
  y <- keys_apply(form$keys_y, zy)
  lapply(blocks, function(rows) unseen_as_0(form$log_ratio[x[rows], y[rows], drop = FALSE]))
}

# Of values that weren't there nothing is known.
unseen_as_0 <- function(log_ratio) replace(log_ratio, is.na(log_ratio), 0)
