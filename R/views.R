# What networks see of a block of normal scores. A view is fitted once and applied to any rows.
#   plain   the scores and their squared length, in which elliptical and common-scale
#           dependence is plain to see
#   waves   cosines of the ranks beside these: a basis of functions of one column, in which
#           oscillations and edges are
# Of many columns, those that the closed forms found something in: canonical variates, and the
# columns that correlate most, themselves or their squares, with any of the other side.

MOST_COLUMNS <- 64

MOST_VARIATES <- 16

# Of a block of d columns: those that networks look at, `variates` of the columns they are of
# (NULL: none) where there are more, and whether there are waves.
view_fit <- function(d, columns, waves, variates, of) {
  weights <- if (d > length(columns) && !is.null(variates)) {
    first <- seq_len(min(ncol(variates), MOST_VARIATES))
    weights <- matrix(0, d, length(first))
    weights[of, ] <- variates[, first]
    weights
  }
  list(columns = columns, weights = weights,
       waves = if (waves) waves_of(length(columns)) else 0)
}

view_apply <- function(view, z) {
  own <- z[, view$columns, drop = FALSE]
  d <- ncol(own)
  parts <- list(own)
  if (!is.null(view$weights)) parts <- c(parts, list(z %*% view$weights))
  if (d > 1) parts <- c(parts, list((rowSums(own^2) - d) / sqrt(2 * d)))
  if (view$waves > 0) {
    ranks <- stats::pnorm(own)
    parts <- c(parts, lapply(seq_len(view$waves), function(k) sqrt(2) * cos(pi * k * ranks)))
  }
  unname(do.call(cbind, parts))
}

# Fewer waves of more columns: about so many features.
waves_of <- function(d) if (d <= 2) 16 else if (d <= 6) 8 else if (d <= 20) 4 else 2

# How strongly each column of a block goes with the other block: its largest correlation, by
# values or squares.
screen <- function(z, other) {
  both <- function(m) {
    m <- cbind(m, m^2)
    scale <- sqrt(pmax(colMeans(m^2) - colMeans(m)^2, 1e-12))
    t((t(m) - colMeans(m)) / scale)
  }
  r <- abs(crossprod(both(z), both(other))) / nrow(z)
  by_column <- apply(r, 1, max)
  pmax(by_column[seq_len(ncol(z))], by_column[-seq_len(ncol(z))])
}
