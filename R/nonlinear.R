# Canonical correlations of more than the columns: of their squares, of their products with one
# another and with functions of their length: the squared length itself (centred), cosines of its
# rank among that of normals, as shells and clusters have, and its sine and cosine, as a rotation
# has that depends on it; and of waves of each column, by which sums of functions of columns
# correlate as they do in additive regression (Breiman and Friedman 1985). Such features are no
# normals, so the Gaussian copula's log ratio of them is none; but with a weight it is often near,
# it is found in closed form from few rows, and networks can begin there.

NONLINEAR_BASES <- list("length", "shells", "turn", "squares", c("squares", "shells"),
                        c("squares", "length", "products"), "waves", c("waves", "products"))
TURN <- 0.7                 # radians by which a standard deviation of the squared length turns
MOST_PRODUCTS <- 10         # columns of a side that are multiplied with one another
MOST_NONLINEAR <- 20000     # rows that fit one
NONLINEAR_ROWS <- 5         # at least, for each feature
LEAST_WAVES <- 2            # of a column
FEATURE_LIMIT <- 5          # products have heavy tails

# The basis that scores best; NULL if none is better than the Gaussian copula. Of the columns, or,
# where there are too many features of all, of those that stand out; waves of these alone.
choose_nonlinear <- function(fold) {
  rows <- head_rows(fold$train, MOST_NONLINEAR)
  zx <- fold$zx[rows, , drop = FALSE]
  zy <- fold$zy[rows, , drop = FALSE]
  fit <- function(basis, columns) {
    nonlinear_fit(zx, zy, basis, fold$screened$x[[columns]], fold$screened$y[[columns]])
  }
  best <- fold$gaussian
  for (basis in NONLINEAR_BASES) {
    form <- if (!"waves" %in% basis) fit(basis, "most")
    form <- form %||% fit(basis, "some")
    if (is.null(form)) next
    weighed <- form_weighed("nonlinear", form, fold)
    if (weighed$score < min(0, best$score)) {
      best <- c(form, list(scale = weighed$weights, score = weighed$score))
    }
  }
  if (!is.null(best$features_x)) best
}

nonlinear_fit <- function(zx, zy, basis, columns_x = seq_len(ncol(zx)),
                          columns_y = seq_len(ncol(zy))) {
  room <- nrow(zx) %/% NONLINEAR_ROWS
  columns <- list(columns_x, columns_y)
  waves <- if ("waves" %in% basis) {
    products <- vapply(columns, function(of) pairs_of(basis, length(of)), 1)
    (room - sum(products)) %/% sum(lengths(columns)) - 1
  } else 0
  if ("waves" %in% basis && waves < LEAST_WAVES) return(NULL)
  of_x <- features_fit(zx, basis, columns_x, waves)
  of_y <- features_fit(zy, basis, columns_y, waves)
  if (ncol(of_x$values) + ncol(of_y$values) > room) return(NULL)
  found <- gaussian_fit(of_x$values, of_y$values)
  if (is.null(found)) return(NULL)
  c(found, list(features_x = of_x$features, features_y = of_y$features))
}

# How many products of so many columns are features.
pairs_of <- function(basis, d) {
  if ("products" %in% basis && d <= MOST_PRODUCTS) choose(d, 2) else 0
}

# The `features` and their `values` of these rows.
features_fit <- function(z, basis, columns, most_waves = Inf) {
  features <- list(columns = columns, basis = basis,
                   waves = min(waves_of(length(columns)), most_waves))
  raw <- raw_features(features, z)
  scale <- apply(raw, 2, stats::sd)
  features <- c(features, list(centre = colMeans(raw), scale = ifelse(scale > 0, scale, 1)))
  list(features = features, values = rescaled(raw, features$centre, features$scale))
}

features_apply <- function(features, z) {
  rescaled(raw_features(features, z), features$centre, features$scale)
}

raw_features <- function(features, z) {
  z <- z[, features$columns, drop = FALSE]
  d <- ncol(z)
  length <- squared_length(z)
  products <- function() {
    pairs <- utils::combn(d, 2)
    z[, pairs[1, ], drop = FALSE] * z[, pairs[2, ], drop = FALSE]
  }
  shells <- function() {
    rank <- stats::pchisq(rowSums(z^2), d)
    cbind(z * cos(pi * rank), z * cos(2 * pi * rank))
  }
  has <- function(what) what %in% features$basis
  more <- cbind(if (has("length")) z * length,
                if (has("shells")) shells(),
                if (has("turn")) cbind(z * cos(TURN * length), z * sin(TURN * length)),
                if (has("squares")) (z^2 - 1) / sqrt(2),
                if (has("waves")) cosines(z, features$waves),
                if (pairs_of(features$basis, d) > 0) products())
  cbind(z, pmin(pmax(more, -FEATURE_LIMIT), FEATURE_LIMIT))
}
