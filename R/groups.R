# Rows that belong together: measurements of one person, stretches of a series.

# As whole numbers from 1, or NULL.
check_groups <- function(groups, n, call) {
  if (is.null(groups)) return(NULL)
  if (!is.atomic(groups) || length(groups) != n || all(is.na(groups))) {
    abort_input(c(paste("{.arg groups} must be a vector or factor of length {n}: for each row the",
                        "group that it belongs to."),
                  x = "It is {describe(groups)}."), call = call)
  }
  group_codes(groups)
}

group_codes <- function(groups) {
  if (!is.null(groups)) match(groups, unique(groups[!is.na(groups)]))
}

# Of a fit.
group_count <- function(x) if (is.null(x$groups)) NA_integer_ else max(x$groups)

# Rows in each, or their weights.
group_sizes <- function(groups, weights = rep(1, length(groups))) {
  drop(rowsum(weights, groups))
}

# As many equal groups as say as much; without groups each row is one.
effective_groups <- function(groups, weights, n) {
  effective_rows(if (is.null(groups)) weights else group_sizes(groups, row_weights(weights, n)), n)
}

# The largest groups first, each to a part that has the fewest rows so far; at random among equals.
# `counts`: which rows have a weight; groups that have none are spread.
parts_of_groups <- function(folds, counts, groups, call) {
  size <- group_sizes(groups, as.numeric(counts))
  part_of <- integer(length(size))
  part_of[size == 0] <- sample(rep_len(seq_len(folds), sum(size == 0)))
  shuffled <- sample.int(length(size))
  parts <- sample.int(folds)
  rows_in <- numeric(folds)
  for (group in shuffled[order(-size[shuffled])]) if (size[group] > 0) {
    part <- which.min(rows_in)
    part_of[group] <- parts[part]
    rows_in[part] <- rows_in[part] + size[group]
  }
  if (min(rows_in) < ROWS_IN_FOLD) {
    abort_input(c(paste("{.arg groups} must leave at least {ROWS_IN_FOLD} rows to each of {folds}",
                        "folds."),
                  x = "One would have {min(rows_in)}: some groups are much larger than others."),
                call = call)
  }
  part_of[groups]
}

# How many rows are worth one, where x and y are independent of one another: 1 + (m - 1) r s for
# groups of m rows, whose x and y correlate by r and s within groups (Kish 1965, for products). By
# the columns of two blocks, and their squares, that do so most.
# Without groups `blocks` are not looked at, nor made.
rows_alike <- function(blocks, groups) {
  if (is.null(groups)) return(1)
  size <- group_sizes(groups)
  most <- sort(vapply(blocks, function(block) max(within_groups(block, groups, size)), 1),
               decreasing = TRUE)
  1 + (sum(size^2) / sum(size) - 1) * most[1] * most[2]
}

# Intraclass correlations of normal scores and their squares, by the analysis of variance.
within_groups <- function(block, groups, size) {
  n <- length(groups)
  z <- stats::qnorm((apply(block, 2, rank) - 0.5) / n)
  z <- cbind(z, z^2)
  z <- z - rep(colMeans(z), each = n)
  between <- colSums(rowsum(z, groups)^2 / size)
  within <- (colSums(z^2) - between) / max(1, n - length(size))
  between <- between / (length(size) - 1)
  typical <- (n - sum(size^2) / n) / (length(size) - 1)
  r <- (between - within) / (between + (typical - 1) * within)
  ifelse(is.finite(r), pmin(pmax(r, 0), 1), 0) # squares of two values don't vary
}
