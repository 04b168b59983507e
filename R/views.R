# What networks see of a block of normal scores. A view is fitted once and applied to any rows.
#   plain   the scores and their squared length, in which elliptical and common-scale
#           dependence is plain to see
#   waves   cosines of the ranks beside these: a basis of functions of one column, in which
#           oscillations and edges are
# Of many columns, those that the closed forms found something in: canonical variates, and the
# columns that correlate most, themselves or their squares, with any of the other side.

MOST_VARIATES <- 16

# Of a block of d columns: those that networks look at, `variates` of the columns they are of
# (NULL: none) where there are more, and whether there are waves.
view_fit <- function(d, columns, waves, variates, of) {
  weights <- if (d > length(columns) && !is.null(variates)) {
    variate_weights(d, of, variates, MOST_VARIATES)
  }
  list(columns = columns, weights = weights,
       waves = if (waves) waves_of(length(columns)) else 0)
}

# With `known` columns behind what is seen. Filled in place: of many rows every copy counts.
view_apply <- function(view, z, known = NULL) {
  own <- z[, view$columns, drop = FALSE]
  d <- ncol(own)
  out <- matrix(0, nrow(z), view_size(view) + columns_of(known))
  filled <- 0
  add <- function(columns) {
    out[, filled + seq_len(ncol(columns))] <<- columns
    filled <<- filled + ncol(columns)
  }
  add(own)
  if (!is.null(view$weights)) add(z %*% view$weights)
  if (d > 1) add(matrix(squared_length(own)))
  each_wave(view$waves, own, add)
  if (!is.null(known)) add(known)
  out
}

# Of normal scores with mean 0 and variance 1, standardised.
squared_length <- function(z) (rowSums(z^2) - ncol(z)) / sqrt(2 * ncol(z))

# How many columns there are to see.
view_size <- function(view) {
  own <- length(view$columns)
  own * (1 + view$waves) + columns_of(view$weights) + (own > 1)
}

# Cosines of the columns' ranks among normals, with variance 1: `take` gets wave by wave, of all
# columns. By the recursion of Chebyshev's polynomials, as cosines take time.
each_wave <- function(waves, z, take) {
  if (waves == 0) return(invisible())
  first <- cos(pi * stats::pnorm(z))
  last <- 1
  this <- first
  for (k in seq_len(waves)) {
    take(sqrt(2) * this)
    following <- 2 * first * this - last
    last <- this
    this <- following
  }
}

cosines <- function(z, waves) {
  out <- matrix(0, nrow(z), ncol(z) * waves)
  filled <- 0
  each_wave(waves, z, function(wave) {
    out[, filled + seq_len(ncol(z))] <<- wave
    filled <<- filled + ncol(z)
  })
  out
}

# Fewer waves of more columns: about so many features.
waves_of <- function(d) if (d <= 2) 16 else if (d <= 6) 8 else if (d <= 20) 4 else 2
