# Canonical correlations of more than the columns: of their squares, of their products with one
# another and with functions of their length: the squared length itself (centred), cosines of its
# rank among that of normals, as shells and clusters have, and its sine and cosine, as a rotation
# has that depends on it; of waves of each column, by which sums of functions of columns correlate
# as they do in additive regression (Breiman and Friedman 1985), and of products of waves of two
# that interact. Where y is such a function and noise, or x is, the other side's columns alone are
# right. Features are no normals, so the Gaussian copula's log ratio of them is none; but with a
# weight it is often near, it is found in closed form from few rows, and networks can begin there.

NONLINEAR_BASES <- list("length", "shells", "turn", "squares", c("squares", "shells"),
                        c("squares", "length", "products"), "waves", c("waves", "products"),
                        c("waves", "pairs"))
TURN <- 0.7                 # radians by which a standard deviation of the squared length turns
MOST_PRODUCTS <- 10         # columns of a side that are multiplied with one another
MOST_NONLINEAR <- 20000     # rows that fit one
NONLINEAR_ROWS <- 5         # at least, for each feature
LEAST_WAVES <- 2            # of a column
FINEST <- 4                 # times the waves that are tried first
MOST_PAIRS <- 6
PAIR_WAVES <- 4             # of a pair's, those are multiplied whose numbers' product is no more
FEATURE_LIMIT <- 5          # products have heavy tails

# The form that scores best; NULL if none is better than the Gaussian copula. Of the columns, or,
# where there are too many features of all, of those that stand out; waves of these alone, and more
# of them as long as that is better.
choose_nonlinear <- function(fold) {
  rows <- head_rows(fold$train, MOST_NONLINEAR)
  zx <- fold$zx[rows, , drop = FALSE]
  zy <- fold$zy[rows, , drop = FALSE]
  forms <- function(basis, fineness) {
    fit <- function(columns) nonlinear_fits(zx, zy, fold$screened, columns, basis, fineness)
    of_most <- if (!"waves" %in% basis) fit("most")
    if (length(of_most) > 0) of_most else fit("some")
  }
  best <- fold$gaussian
  for (basis in NONLINEAR_BASES) {
    for (fineness in if ("waves" %in% basis) 2^(0:log2(FINEST)) else 1) {
      better <- best_form(forms(basis, fineness), best, fold)
      if (identical(better, best)) break
      best <- better
    }
  }
  if (!is.null(best$features_x)) best
}

# The best of these forms, weighed, and of the `best` before them.
best_form <- function(forms, best, fold) {
  for (form in forms) {
    weighed <- forms_weighed(list(nonlinear = form), fold)
    if (weighed$score < min(0, best$score)) {
      best <- c(form, list(scale = weighed$weights[[1]], score = weighed$score))
    }
  }
  best
}

# Forms: with features of both sides and, where these find more than columns do, of either; none if
# rows are too few for the features. `columns`: which of the `screened` ones.
nonlinear_fits <- function(zx, zy, screened, columns, basis, fineness = 1) {
  n <- nrow(zx)
  features <- lapply(screened[c("x", "y")], function(side) {
    features_of(side[[columns]], basis, side$pairs, fineness, n %/% NONLINEAR_ROWS)
  })
  features <- fewer_waves(features, n %/% NONLINEAR_ROWS)
  interact <- any(lengths(lapply(features, `[[`, "pairs")) > 0)
  if (is.null(features) || ("pairs" %in% basis && !interact)) return(list())
  x <- side_fit(features$x, zx)
  y <- side_fit(features$y, zy)
  covariance <- crossprod(x$values, y$values) / n
  fit <- function(x, y) {
    found <- canonical_edge(whitened_correlations(
      x$whitening, y$whitening, covariance[x$own, y$own, drop = FALSE], n))
    if (!is.null(found)) {
      c(gaussian_form(found, x$own, y$own), list(features_x = x$features, features_y = y$features))
    }
  }
  without <- fit(x$plain, y$plain)$mi %||% 0
  finds_more <- function(form) { # than noise does, of which more is chi-squared
    more <- length(form$columns_x) * length(form$columns_y) -
      length(x$plain$own) * length(y$plain$own)
    !is.null(form) && form$mi > without + sqrt(2 * more) / n
  }
  c(Filter(Negate(is.null), list(fit(x$all, y$all))),
    Filter(finds_more, list(fit(x$all, y$plain), fit(x$plain, y$all))))
}

# A side's features and their values for these rows; `all` of them or columns alone (`plain`), and
# which values are theirs (`own`).
side_fit <- function(features, z) {
  fitted <- features_fit(features, z)
  all <- fitted$features
  values <- fitted$values
  covariance <- crossprod(values) / nrow(z)
  part <- function(features) {
    own <- seq_along(features$centre)
    list(features = features, own = own, whitening = whitening(covariance[own, own, drop = FALSE]))
  }
  columns <- seq_along(all$columns)
  plain <- utils::modifyList(all, list(basis = character(), centre = all$centre[columns],
                                       scale = all$scale[columns]))
  list(values = values, all = part(all), plain = part(plain))
}

# What features there are of a block of normal scores: of these columns, kinds (`basis`), and pairs
# of columns that interact, with `room` for so many of both sides.
features_of <- function(columns, basis, pairs = matrix(0L, 2, 0), fineness = 1, room = Inf) {
  has <- function(what) what %in% basis
  pair_waves <- fineness * PAIR_WAVES
  most_pairs <- if (has("pairs")) min(MOST_PAIRS, room %/% 2 %/% nrow(crossed(pair_waves))) else 0
  list(columns = columns, basis = basis,
       waves = if (has("waves")) fineness * waves_of(length(columns)) else 0,
       pairs = pairs[, seq_len(min(ncol(pairs), most_pairs)), drop = FALSE],
       pair_waves = pair_waves)
}

# Both sides' features, with no more waves than there is room for; NULL if there is none.
fewer_waves <- function(features, room) {
  size <- function(features) sum(vapply(features, features_size, 1))
  if (any(vapply(features, function(f) f$waves > 0, NA))) {
    rest <- size(lapply(features, utils::modifyList, list(waves = 0)))
    most <- (room - rest) %/% sum(lengths(lapply(features, `[[`, "columns")))
    if (most < LEAST_WAVES) return(NULL)
    features <- lapply(features, function(f) utils::modifyList(f, list(waves = min(f$waves, most))))
  }
  if (size(features) <= room) features
}

features_size <- function(features) {
  ncol(raw_features(features, matrix(0, 1, max(features$columns, features$pairs))))
}

# Of each column and wave, which wave it is, of a pair's the product of both numbers.
wave_numbers <- function(features) {
  d <- length(features$columns)
  of_pair <- crossed(features$pair_waves)
  pairs <- if ("pairs" %in% features$basis) ncol(features$pairs) else 0
  c(rep(1, d), rep(seq_len(features$waves), each = d), rep(of_pair[, 1] * of_pair[, 2], pairs))
}

# With the mean and scale of these rows, and their `values`.
features_fit <- function(features, z) {
  raw <- raw_features(features, z)
  scale <- apply(raw, 2, stats::sd)
  features <- c(features, list(centre = colMeans(raw), scale = ifelse(scale > 0, scale, 1)))
  list(features = features, values = rescaled(raw, features$centre, features$scale))
}

features_apply <- function(features, z) {
  rescaled(raw_features(features, z), features$centre, features$scale)
}

raw_features <- function(features, z) {
  all <- z
  z <- z[, features$columns, drop = FALSE]
  d <- ncol(z)
  length <- squared_length(z)
  products <- function(pairs) z[, pairs[1, ], drop = FALSE] * z[, pairs[2, ], drop = FALSE]
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
                if (has("products") && d > 1 && d <= MOST_PRODUCTS) products(utils::combn(d, 2)),
                if (has("pairs")) paired_waves(all, features$pairs, features$pair_waves))
  cbind(z, pmin(pmax(more, -FEATURE_LIMIT), FEATURE_LIMIT))
}

# Waves of the first column of a pair times waves of the second: of many of one, few of the other.
paired_waves <- function(z, pairs, most) {
  numbers <- crossed(most)
  do.call(cbind, lapply(seq_len(ncol(pairs)), function(p) {
    of <- lapply(1:2, function(k) cosines(z[, pairs[k, p], drop = FALSE], most))
    of[[1]][, numbers[, 1], drop = FALSE] * of[[2]][, numbers[, 2], drop = FALSE]
  }))
}

# Pairs of numbers with a product of so much at most (a hyperbolic cross).
crossed <- function(most) {
  numbers <- as.matrix(expand.grid(seq_len(most), seq_len(most)))
  numbers[numbers[, 1] * numbers[, 2] <= most, , drop = FALSE]
}
