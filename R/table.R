# The log density ratio of a contingency table: of a side's values, where these are few, and else of
# intervals of one of its columns, cut where the distribution of the other side changes. Smooth
# critics miss what happens at once (steps, thresholds, the ends of uniform distributions), closed
# forms and networks alike. Cells have few rows, so they are drawn towards independence: as by so
# many rows more (`strength`), spread over the cells as it would spread them, that every row is
# likeliest given all the others.

TABLE_STRENGTH <- c(0.01, 1e6)
MOST_TABLE_CELLS <- 1e6

choose_table <- function(fold) {
  zx <- fold$zx[fold$train, , drop = FALSE]
  zy <- fold$zy[fold$train, , drop = FALSE]
  x <- keys_fit(zx)
  y <- keys_fit(zy)
  cut <- is.null(x) || is.null(y)
  if (cut) {
    sides <- cut_sides(table_side(zx, x, fold$screened$x$few[1]),
                       table_side(zy, y, fold$screened$y$few[1]))
    x <- list(columns = sides$x, key = table_keys(sides$x, zx))
    y <- list(columns = sides$y, key = table_keys(sides$y, zy))
  }
  classes <- c(max(x$key), max(y$key))
  if (min(classes) == 1 || prod(classes) > MOST_TABLE_CELLS) return(NULL)
  form <- list(x = x$columns, y = y$columns, log_ratio = table_fit(x$key, y$key))
  if (!cut || brings_more(form, fold)) form
}

# Than the Gaussian copula says, if there is one.
brings_more <- function(table, fold) {
  forms <- Filter(Negate(is.null), list(table = table, gaussian = fold$gaussian))
  brought <- min(0, fold$gaussian$score) - forms_weighed(forms, fold)$score
  brought * length(fold$weighing) > LEAST_BROUGHT
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
  unseen_as_0(form$log_ratio[cbind(table_keys(form$x, zx), table_keys(form$y, zy))])
}

table_blocks <- function(form, zx, zy, blocks) {
  x <- table_keys(form$x, zx)
  y <- table_keys(form$y, zy)
  lapply(blocks, function(rows) unseen_as_0(form$log_ratio[x[rows], y[rows], drop = FALSE]))
}

# Which of a side's classes rows are in: those of its columns' values, or of a column's intervals.
table_keys <- function(side, z) {
  if (is.null(side$cuts)) keys_apply(side, z)
  else findInterval(z[, side$column], side$cuts) + 1
}

# Of values that weren't there nothing is known.
unseen_as_0 <- function(log_ratio) replace(log_ratio, is.na(log_ratio), 0)

# ---- intervals ----------------------------------------------------------------------------

# A side that is to be cut, given the classes of the other: so that these are likeliest in its
# intervals, with a prior in each (Dirichlet's, worth a row) and a price for each cut, which is one
# of so many (Boulle 2011). By dynamic programming over places that are evenly spread; then each cut
# moves to where it is best between its neighbours, and those stay that are still wanted. Where both
# sides are cut, in turn.
MOST_CUTTING <- 20000 # rows
MOST_PLACES <- 128
FIRST_INTERVALS <- 32
MOST_CLASSES <- 64    # beside a side that is cut
CUTTING_TURNS <- 4

# `keys` of a side that has few values; else one of its columns, in order.
table_side <- function(z, keys, column) {
  rows <- head_rows(seq_len(nrow(z)), MOST_CUTTING)
  if (!is.null(keys) && max(keys$key) <= MOST_CLASSES) {
    return(list(key = keys$key[rows], columns = keys$columns))
  }
  ordered <- order(z[rows, column])
  values <- z[rows, column][ordered]
  list(column = column, ordered = ordered, values = values, ends = which(diff(values) > 0))
}

# What table_keys() needs of both.
cut_sides <- function(x, y) {
  if (is.null(x$key) && is.null(y$key)) {
    x <- cut_at(x, even_places(x, min(FIRST_INTERVALS, floor(sqrt(length(x$values)) / 2))))
    value <- -Inf
    for (turn in seq_len(CUTTING_TURNS)) {
      y <- cut_side(y, x$key)
      x <- cut_side(x, y$key)
      if (x$value < value + 1) break # a nat, of all rows
      value <- x$value
    }
  } else if (is.null(x$key)) {
    x <- cut_side(x, y$key)
  } else if (is.null(y$key)) {
    y <- cut_side(y, x$key)
  }
  lapply(list(x = x, y = y), function(side) side$columns %||% side[c("column", "cuts")])
}

# Places are numbers of rows before them, where values differ (`ends`): here about evenly spread
# ones.
even_places <- function(side, count) {
  wanted <- seq_len(count - 1) * length(side$values) / count
  unique(side$ends[pmax(1, findInterval(wanted, side$ends))])
}

cut_at <- function(side, places) {
  side$places <- places
  side$cuts <- (side$values[places] + side$values[places + 1]) / 2
  side$key[side$ordered] <- findInterval(seq_along(side$values) - 1, places) + 1
  side
}

cut_side <- function(side, classes) {
  n <- length(classes)
  so_far <- counts_so_far(classes[side$ordered])
  likelihood <- classes_likelihood(ncol(so_far), n)
  tried <- unique(c(even_places(side, min(MOST_PLACES, n %/% 4)), side$places))
  best_of <- function(places) {
    places <- c(0, sort(places), n)
    best <- best_cuts(so_far[places + 1, , drop = FALSE], likelihood, log(length(tried)))
    list(cuts = places[best$cuts], value = best$value)
  }
  best <- best_of(settle_cuts(best_of(tried)$cuts, side$ends, so_far, likelihood))
  side$value <- best$value
  cut_at(side, best$cuts)
}

# How many rows of each class are among the first 0, 1, ...
counts_so_far <- function(classes) {
  apply(outer(c(0, classes), seq_len(max(classes)), "=="), 2, cumsum)
}

# The log likelihood of the classes in intervals, by how many rows of each are there (one row an
# interval), less that of as many rows of one class.
classes_likelihood <- function(classes, n) {
  of_class <- lgamma(0:n + 1 / classes) - lgamma(1 / classes)
  of_all <- lgamma(0:n + 1)
  function(counts) {
    rowSums(matrix(of_class[counts + 1], nrow(counts))) - of_all[rowSums(counts) + 1]
  }
}

# Which of the places (rows of `so_far`, the first and the last not to be chosen) are best together.
best_cuts <- function(so_far, likelihood, price) {
  value <- from <- numeric(nrow(so_far))
  for (end in seq_len(nrow(so_far))[-1]) {
    starts <- seq_len(end - 1)
    counts <- rep(so_far[end, ], each = end - 1) - so_far[starts, , drop = FALSE]
    values <- value[starts] + likelihood(counts) - price
    from[end] <- which.max(values)
    value[end] <- max(values)
  }
  cuts <- integer()
  end <- nrow(so_far)
  while ((end <- from[end]) > 1) cuts <- c(end, cuts)
  list(cuts = cuts, value = value[nrow(so_far)])
}

settle_cuts <- function(cuts, places, so_far, likelihood) {
  edges <- c(0, cuts, nrow(so_far) - 1)
  for (i in rep(seq_along(cuts) + 1, 2)) {
    tried <- places[places > edges[i - 1] & places < edges[i + 1]]
    before <- so_far[tried + 1, , drop = FALSE]
    at <- function(edge) rep(so_far[edge + 1, ], each = length(tried))
    edges[i] <- tried[which.max(likelihood(before - at(edges[i - 1])) +
                                likelihood(at(edges[i + 1]) - before))]
  }
  edges[seq_along(cuts) + 1]
}
