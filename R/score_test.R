# The score test of independence. At independence, the gradient of the anchored loss by the weights
# W of a critic f(x)' W g(y) is, but for a factor, the covariance of the features f(x) and g(y): no
# training is needed to know in which directions the loss falls. Features are functions of normal
# scores; with each standardised, a cell of sqrt(n) times the covariance is about standard normal
# under independence, and a permutation of y's rows permutes rows of g(y) alone.
#
# No one summary of the matrix is best: its sums of squares over groups of features find what
# spreads over many cells, its largest cell what is in one. What no fixed features show, as a sign
# of three columns' product, shows among neighbours: rows of x that are near each other have y
# alike (Friedman and Rafsky 1983), which is the score of a critic that is local in x. All are
# computed of the same permutations; each becomes a p-value by where it stands among them, and the
# mean of the p-values' reciprocals (nearly the smallest p-value, but with few ties) is ranked among
# the permutations. That is exact, and nothing is lost to Bonferroni.

MOST_FEATURES <- 120         # of a side
MOST_TEST_WAVES <- 12        # of a column: cos(pi k rank), k = 1, 2, ...
MOST_TEST_COSINES <- 60      # of all columns
MOST_TEST_PRODUCTS <- 6      # columns of which products are features
MOST_CELLS <- 4e6            # numbers in memory at a time
NEIGHBOURS <- 8              # of a row
MOST_NEAR_COLUMNS <- 6       # of a side whose rows have neighbours
MOST_NEAR_ROWS <- 3000

# Which features of x meet which of y in a sum of squares, and how much it counts: linear
# dependence is what is looked for most. (By trials on the alternatives of bench/independence.R
# and others, with other seeds.)
score_sums <- list(
  values     = list(x = "values", y = "values", counts = 10),        # linear, many columns
  quadratic  = list(x = "quadratic", y = "quadratic", counts = 2),   # scales
  polynomial = list(x = "polynomial", y = "polynomial", counts = 2), # parabolas, interactions
  length     = list(x = "length", y = "length", counts = 1),         # one scale of all columns
  slow       = list(x = "slow", y = "slow", counts = 1),             # checkerboards, spirals
  waves_x    = list(x = "waves", y = "slowest", counts = 0.5),       # y a sine of x
  waves_y    = list(x = "slowest", y = "waves", counts = 0.5))
score_most <- list(
  most        = list(x = "all", y = "all", counts = 1),
  most_values = list(x = "values", y = "values", counts = 2))        # few of many columns
# Whose neighbours are looked at, by the other side's slowest waves.
score_near <- list(
  near_x = list(of = "x", counts = 2), # y a function of x, of whatever shape
  near_y = list(of = "y", counts = 2))

# One side: its features, and for each kind which of them are of it.
score_features <- function(block) {
  rows <- seq_len(nrow(block))
  z <- scores_apply(scores_fit(block, rows), block)
  d <- ncol(z)
  pairs <- if (d > 1 && d <= MOST_TEST_PRODUCTS) utils::combn(d, 2) else matrix(0L, 2, 0)
  products <- z[, pairs[1, ], drop = FALSE] * z[, pairs[2, ], drop = FALSE]
  quadratic <- if (2 * d <= MOST_FEATURES) cbind(z^2, products)
  length <- if (d > 1) squared_length(z)
  room <- MOST_FEATURES - d - columns_of(quadratic) - 1
  waves <- min(MOST_TEST_WAVES, MOST_TEST_COSINES %/% d, room %/% d)
  if (waves < 2) waves <- 0
  features <- cbind(z, quadratic, length, if (waves > 0) cosines(z, waves))
  kind <- rep(c("values", "quadratic", "length", "waves"),
              c(d, columns_of(quadratic), d > 1, waves * d))
  order <- c(rep(Inf, sum(kind != "waves")), rep(seq_len(waves), each = d))
  list(features = standardised(features),
       is = list(all = kind == kind, values = kind == "values", quadratic = kind == "quadratic",
                 polynomial = kind %in% c("values", "quadratic"),
                 length = kind == (if (d > 1) "length" else "quadratic"),
                 waves = kind == "waves", slow = order <= 4, slowest = order <= 2))
}

# The summaries that two sides allow, with neighbours where these are looked at: of single columns
# `length` would be `quadratic` again, of a single pair of columns `most_values` `values`.
score_summaries <- function(f, g) {
  single <- sum(f$is$values) == 1 && sum(g$is$values) == 1
  possible <- function(s) any(f$is[[s$x]]) && any(g$is[[s$y]])
  kept <- function(table, doubled) {
    table <- Filter(possible, table)
    if (single) table[setdiff(names(table), doubled)] else table
  }
  near <- lapply(score_near, function(s) {
    own <- if (s$of == "x") f else g
    other <- if (s$of == "x") g else f
    if (sum(own$is$values) > MOST_NEAR_COLUMNS || !any(other$is$slowest)) return(NULL)
    c(s, list(neighbours = nearest(own$features[, own$is$values, drop = FALSE])))
  })
  list(sums = kept(score_sums, "length"), most = kept(score_most, "most_values"),
       near = Filter(Negate(is.null), near))
}

# Of some rows, spread over all, the nearest others among them: a matrix with a row for each. Those
# that are equally near, as where values repeat, are told apart by a further column of tiny numbers.
nearest <- function(z) {
  rows <- head_rows(seq_len(nrow(z)), MOST_NEAR_ROWS)
  n <- length(rows)
  z <- cbind(z[rows, , drop = FALSE], 1e-4 * ((seq_len(n) * (sqrt(5) - 1) / 2) %% 1))
  at <- lapply(chunks(n, max(1, MOST_CELLS %/% n)), function(some) {
    closeness <- 0
    for (j in seq_len(ncol(z))) closeness <- closeness - outer(z[some, j], z[, j], "-")^2
    closeness[cbind(seq_along(some), some)] <- -Inf # a row itself
    found <- matrix(0L, length(some), min(NEIGHBOURS, n - 1))
    for (j in seq_len(ncol(found))) {
      found[, j] <- max.col(closeness, "first")
      closeness[cbind(seq_along(some), found[, j])] <- -Inf
    }
    found
  })
  list(rows = rows, of = matrix(rows[do.call(rbind, at)], n))
}

# Statistics of some permutations of y's rows, the columns of a matrix: one row a summary.
# Rounded, as permutations that are the same pairs must have the same value whatever the order of
# summation.
score_statistics <- function(f, g, summaries, permutations, threads = 1) {
  n <- nrow(permutations)
  a <- ncol(f$features)
  b <- ncol(g$features)
  count <- ncol(permutations)
  permuted <- array(g$features[permutations, ], c(n, count, b))
  cells <- quick_crossprod(f$features, matrix(permuted, n), threads)^2 / n # a x (count b)
  of <- function(side, name, table) {
    vapply(table, function(s) as.numeric(side$is[[s[[name]]]]), numeric(ncol(side$features)))
  }
  by_y <- array(crossprod(cells, of(f, "x", summaries$sums)),
                c(count, b, length(summaries$sums)))
  of_y <- of(g, "y", summaries$sums)
  sums <- vapply(seq_along(summaries$sums), function(s) by_y[, , s] %*% of_y[, s],
                 numeric(count))
  cells <- array(cells, c(a, count, b))
  most <- vapply(summaries$most, function(s) {
    apply(cells[f$is[[s$x]], , g$is[[s$y]], drop = FALSE], 2, max)
  }, numeric(count))
  near <- vapply(summaries$near, function(s) {
    alike(s$neighbours, if (s$of == "x") permuted[, , g$is$slowest, drop = FALSE] else {
      inverse <- apply(permutations, 2, order)
      array(f$features[inverse, f$is$slowest], c(n, count, sum(f$is$slowest)))
    })
  }, numeric(count))
  out <- round(t(cbind(matrix(sums, count), matrix(most, count), matrix(near, count))), 3)
  rownames(out) <- unlist(lapply(summaries, names))
  out
}

# How alike rows and their neighbours are in features (an array of rows, permutations, features):
# of each permutation the sum of their products.
alike <- function(neighbours, features) {
  near <- 0
  for (j in seq_len(ncol(neighbours$of))) {
    near <- near + features[neighbours$of[, j], , , drop = FALSE]
  }
  rowSums(colSums(features[neighbours$rows, , , drop = FALSE] * near))
}

# The same of `count` permutations, number 1 of them the identity, so many at a time as there is
# room for. `permutations` makes those of some numbers.
score_test <- function(x, y, count, threads = 1, permutations) {
  f <- score_features(x)
  g <- score_features(y)
  summaries <- score_summaries(f, g)
  size <- max(1, MOST_CELLS %/% (ncol(g$features) * max(nrow(x), ncol(f$features))))
  statistics <- lapply(chunks(count, size), function(j) {
    score_statistics(f, g, summaries, permutations(j), threads)
  })
  structure(do.call(cbind, statistics), counts = score_counts(summaries))
}

score_counts <- function(summaries) {
  vapply(do.call(c, unname(summaries)), `[[`, 1, "counts")
}

# Statistics (rows) of permutations (columns), large where there is dependence, as one: the mean of
# the reciprocal p-values.
harmonic <- function(statistics, counts = attr(statistics, "counts")) {
  p <- apply(statistics, 1, tail_p)
  signif(as.vector((1 / p) %*% counts) / sum(counts), 10)
}

# A statistic's p-values by its ranks. Those end at one over the number of permutations, where what
# is far outside would count no more than any largest one: in the last twentieth p-values fall
# exponentially, as they do from the last quarter to it.
TAIL <- c(0.25, 0.05)
LEAST_P <- 1e-12

tail_p <- function(statistics) {
  p <- rank(-statistics, ties.method = "max") / length(statistics)
  from <- stats::quantile(statistics, 1 - TAIL, names = FALSE)
  far <- statistics > from[2]
  if (from[2] > from[1]) {
    beyond <- (statistics[far] - from[2]) / (from[2] - from[1])
    p[far] <- pmax(TAIL[2] * (TAIL[2] / TAIL[1])^beyond, LEAST_P)
  }
  p
}
