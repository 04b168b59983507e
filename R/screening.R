# Columns that stand out: by what is quick to compute of all of them.

MOST_COLUMNS <- 64 # that networks look at

# Which columns are looked at. `most`: all, or of many those that stand out; `out`: those that
# correlate with the other side by values or squares; `few`: those that go with a column of the
# other side by waves, the strongest first, if there are any on both sides (`found`), or else
# `most`; `some`: what stands out either way, or by products of two, or else `most`; `pairs`: which
# two interact. Principal components come before the columns that they are of.
screened_columns <- function(zx, zy, principal = list(), threads = 1) {
  waves <- screen_waves(zx, zy, threads)
  found <- length(waves$x) > 0 && length(waves$y) > 0
  strengths <- screen(zx, zy, threads)
  pick <- function(strength, few, paired, principal) {
    stands_out <- strength > sqrt(2 * log(4 * ncol(zx) * ncol(zy)) / nrow(zx))
    most <- sort(utils::head(unique(c(principal, few, order(-strength))), MOST_COLUMNS))
    of_few <- intersect(few, principal)
    few <- utils::head(if (length(of_few) > 0) of_few else few, MOST_COLUMNS)
    out <- which(stands_out)
    some <- unique(c(if (found) few, out[order(-strength[out])], paired$columns))
    some <- sort(utils::head(some, MOST_COLUMNS))
    list(most = most, out = out, few = if (found) few else most,
         some = if (length(some) > 0) some else most, pairs = paired$pairs, principal = principal)
  }
  list(x = pick(strengths$x, waves$x, screen_pairs(zx, zy, strengths$x, threads), principal$x),
       y = pick(strengths$y, waves$y, screen_pairs(zy, zx, strengths$y, threads), principal$y),
       found = found)
}

# How strongly each column goes with the other block: its largest correlation, by values or squares.
screen <- function(zx, zy, threads = 1) {
  r <- abs(quick_crossprod(standardised(cbind(zx, zx^2)), standardised(cbind(zy, zy^2)),
                           threads)) / nrow(zx)
  strongest <- function(margin, d) {
    by_column <- apply(r, margin, max)
    pmax(by_column[seq_len(d)], by_column[-seq_len(d)])
  }
  list(x = strongest(1, ncol(zx)), y = strongest(2, ncol(zy)))
}

# Of the strongest columns, those whose products of waves with one another's correlate with a value
# or square of the other block; `pairs`: which go together, the strongest first, by values alone (a
# sum of functions has a square with products of them).
MOST_PAIRED <- 64      # columns
PAIRED_WAVES <- 2
PAIRED_NUMBERS <- 1e7

screen_pairs <- function(z, other, strength, threads = 1) {
  columns <- sort(utils::head(order(-strength), MOST_PAIRED))
  d <- length(columns)
  if (d < 2) return(list(columns = integer(), pairs = matrix(0L, 2, 0)))
  other <- cbind(other, other^2)
  rows <- rows_for(seq_len(nrow(z)), d * PAIRED_WAVES * ncol(other), PAIRED_NUMBERS, 200, Inf)
  n <- length(rows)
  other <- standardised(other[rows, , drop = FALSE])
  waves <- standardised(cosines(z[rows, columns, drop = FALSE], PAIRED_WAVES))
  means <- function(a, b) quick_crossprod(a, b, threads) / n
  spread <- sqrt(pmax(means(waves^2, waves^2) - means(waves, waves)^2, 1e-12))
  pairs <- utils::combn(d, 2)
  strongest <- function(others) {
    r <- 0
    for (o in others) r <- pmax(r, abs(means(waves * other[, o], waves)) / spread)
    r <- array(r, rep(c(d, PAIRED_WAVES), 2))
    apply(r, c(1, 3), max)[t(pairs)]
  }
  tests <- ncol(other) * ncol(pairs) * PAIRED_WAVES^2
  edge <- sqrt(2 * log(2 * tests) / n)
  values <- seq_len(ncol(other) / 2)
  by_value <- strongest(values)
  out <- by_value > edge | strongest(length(values) + values) > edge
  interact <- order(-by_value)[seq_len(sum(by_value > edge))]
  list(columns = columns[unique(as.vector(pairs[, out]))],
       pairs = matrix(columns[pairs[, interact]], 2))
}

# Columns whose waves correlate with those of a column of the other block, of all pairs of waves
# together, or of all pairs of slow ones, which noise hides less: a chi-squared statistic for each
# pair of columns, however they wiggle.
MOST_WAVES <- 12
MOST_WAVE_FEATURES <- 600
SLOW_WAVES <- 4

screen_waves <- function(zx, zy, threads = 1) {
  count <- function(d) max(2, min(MOST_WAVES, MOST_WAVE_FEATURES %/% d))
  of_x <- count(ncol(zx))
  of_y <- count(ncol(zy))
  features <- function(z, waves) standardised(cosines(z, waves))
  squares <- quick_crossprod(features(zx, of_x), features(zy, of_y), threads)^2 / nrow(zx)
  wave <- function(d, of) rep(seq_len(of), each = d)
  column <- function(d, of) rep(seq_len(d), of)
  strength <- function(most) { # y by x
    slow_x <- wave(ncol(zx), of_x) <= most
    slow_y <- wave(ncol(zy), of_y) <= most
    by_x <- rowsum(squares[slow_x, slow_y, drop = FALSE], column(ncol(zx), of_x)[slow_x])
    by_pair <- rowsum(t(by_x), column(ncol(zy), of_y)[slow_y])
    count <- min(of_x, most) * min(of_y, most)
    (by_pair - count) / sqrt(2 * count)
  }
  strength <- pmax(strength(MOST_WAVES), strength(SLOW_WAVES))
  out <- function(strongest) {
    strong <- order(-strongest)
    strong[strongest[strong] > 4 + sqrt(2 * log(length(strength)))]
  }
  list(x = out(apply(strength, 2, max)), y = out(apply(strength, 1, max)))
}
