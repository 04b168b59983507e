# One-to-one transforms of columns, under which mutual information stays what it is, fitted on
# training rows alone.

# Standard scores: what the core does where it copies rows (copy_rows), kept within +-10, so
# that a single wild value can't rule a batch.

MARGIN_LIMIT <- 10

# NULL: columns stay as they are.
margins_fit <- function(block, rows, standardise) {
  if (standardise) c(.Call(ffi_margins, block, rows), limit = MARGIN_LIMIT)
}

# Normal scores of the ranks: tied values share the middle one, as many knots as a fit can
# afford to carry, straight lines between them, and beyond the outermost their values. Columns
# with few values are scaled to variance 1, which ranks of ties lose.

MOST_KNOTS <- 400

scores_fit <- function(block, rows) {
  lapply(seq_len(ncol(block)), function(j) {
    column <- block[rows, j]
    sorted <- sort(column)
    at <- unique(sorted)
    if (length(at) > MOST_KNOTS) {
      at <- knots_among(column, MOST_KNOTS)
    }
    below <- findInterval(at, sorted, left.open = TRUE)
    up_to <- findInterval(at, sorted)
    score <- stats::qnorm((below + up_to) / 2 / length(column))
    fitted <- interpolate(list(at = at, score = score), column)
    spread <- stats::sd(fitted)
    if (length(at) < 2 || !isTRUE(spread > 0)) return(list(at = at[1], score = 0))
    list(at = at, score = pmax(pmin((score - mean(fitted)) / spread, MARGIN_LIMIT), -MARGIN_LIMIT))
  })
}

# Some of the values, closer where they are rare, as the normal quantile is steep there.
knots_among <- function(column, count) {
  last <- stats::qnorm(1 - 0.5 / length(column))
  p <- stats::pnorm(seq(-last, last, length.out = count))
  unique(stats::quantile(column, p, names = FALSE, type = 1))
}

interpolate <- function(knots, column) {
  if (length(knots$at) == 1) return(0 * column)
  stats::approx(knots$at, knots$score, column, rule = 2, ties = "ordered")$y
}

# With principal components behind them, where there are any.
scores_apply <- function(scores, block) {
  out <- block
  for (j in seq_along(scores)) out[, j] <- interpolate(scores[[j]], block[, j])
  principal_apply(scores, unname(out))
}

# Columns of many that go together (pixels, embeddings, a panel of genes) say more by what they have
# in common than one by one, and with less noise. So where their covariance has eigenvalues that
# independent columns would not show (Marchenko and Pastur 1967), principal components of the
# scores, with variance 1, are further columns: `principal` holds their weights. By subspace
# iteration, which begins at rows: all eigenvectors of many columns take long.
MOST_PRINCIPAL <- 32
STANDS_OUT <- 1.2 # times the edge of independent columns
SUBSPACE <- c(columns = 48, steps = 5)

principal_fit <- function(scores, z, threads = 1) {
  d <- length(scores)
  if (d <= MOST_COLUMNS || nrow(z) < 2) return(scores) # before rows are taken for it
  n <- nrow(z)
  across <- t(z)
  # LAPACK's takes columns that depend on one another
  orthogonal <- function(m) qr.Q(qr(m, LAPACK = TRUE))
  directions <- orthogonal(across[, head_rows(seq_len(n), SUBSPACE[["columns"]]), drop = FALSE])
  for (step in seq_len(SUBSPACE[["steps"]])) {
    seen <- quick_crossprod(across, directions, threads)
    directions <- orthogonal(quick_crossprod(z, seen, threads))
  }
  found <- eigen(crossprod(quick_crossprod(across, directions, threads)) / n, symmetric = TRUE)
  edge <- (1 + sqrt(d / n))^2
  kept <- utils::head(which(found$values > STANDS_OUT * edge), MOST_PRINCIPAL)
  if (length(kept) == 0) return(scores)
  weights <- directions %*% found$vectors[, kept, drop = FALSE]
  structure(scores, principal = t(t(weights) / sqrt(found$values[kept])))
}

principal_apply <- function(scores, z) {
  weights <- attr(scores, "principal")
  if (is.null(weights)) z else cbind(z, z %*% weights)
}

# Which columns of the scores are principal components.
principal_columns <- function(scores) {
  length(scores) + seq_len(columns_of(attr(scores, "principal")))
}

# ---- of any matrix ------------------------------------------------------------------------

# In single precision.
quick_crossprod <- function(a, b, threads) .Call(ffi_crossprod, a, b, threads)

standardised <- function(m) {
  squares <- vapply(seq_len(ncol(m)), function(j) mean(m[, j]^2), 1)
  rescaled(m, colMeans(m), sqrt(pmax(squares - colMeans(m)^2, 1e-12)))
}

# Column by column, which takes no more memory than the result.
rescaled <- function(m, centre, scale) {
  for (j in seq_len(ncol(m))) m[, j] <- (m[, j] - centre[j]) / scale[j]
  m
}

columns_of <- function(matrix) if (is.null(matrix)) 0 else ncol(matrix)
