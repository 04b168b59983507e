# The log density ratio of a Gaussian copula in closed form: with canonical variates a_k(x),
# b_k(y) of the normal scores and their correlations rho_k it is
#   sum_k -log(1 - rho_k^2) / 2 + (rho_k a_k b_k - rho_k^2 (a_k^2 + b_k^2) / 2) / (1 - rho_k^2),
# an inner product of functions of x and of y, which is how critics take it (the core's known
# columns).
#
# With p and q columns and n rows, sample canonical correlations are too large, all of them:
# where rho = 0 their squares spread up to an edge of order (p + q) / n. Those within the edge
# are taken as 0, those beyond it lose their inflation, by the limit of Bao, Hu, Pan and Zhou
# (2019), "Canonical correlation coefficients of high-dimensional Gaussian vectors: finite rank
# case", The Annals of Statistics 47:
#   squared sample correlation = (r (1 - c) + c) (r (1 - d) + d) / r,  c = p / n, d = q / n.
# The directions are noisy too: on new rows the variates correlate less, by about the same
# amount as the sample's correlated more.
#
# That is for a few correlations among many columns. Where all columns correlate a little, what
# stands out is not all there is, and shrinking all correlations alike is better (James and Stein):
# of S, the sum of their squares, p q / n is noise.

MOST_CORRELATION <- 1 - 1e-6

# The Gaussian copula of all columns, shrunk either way, of those that stand out, of principal
# components, or none: which scores best.
MOST_OF_ROWS <- 0.9   # columns of both sides, as a share of the rows
MOST_SUMMED_UP <- 0.5 # where principal components say what most of them have in common

choose_gaussian <- function(fold) {
  zx <- fold$zx[fold$train, , drop = FALSE]
  zy <- fold$zy[fold$train, , drop = FALSE]
  principal <- list(x = fold$screened$x$principal, y = fold$screened$y$principal)
  summed_up <- any(lengths(principal) > 0)
  all <- Map(function(z, principal) setdiff(seq_len(ncol(z)), principal), list(x = zx, y = zy),
             principal)
  out <- Map(setdiff, list(x = fold$screened$x$out, y = fold$screened$y$out), principal)
  few <- min(lengths(out)) > 0 && sum(lengths(out)) < sum(lengths(all))
  of <- function(columns, ...) {
    gaussian_fits(zx, zy, columns, ..., most = if (summed_up) MOST_SUMMED_UP else MOST_OF_ROWS)
  }
  tried <- c(of(all, list(canonical_edge, canonical_all)), if (few) of(out),
             if (summed_up) of(Map(function(p, all) if (length(p) > 0) p else all, principal, all)))
  tried <- tried[!vapply(tried, is.null, NA)]
  weighed <- lapply(tried, function(gaussian) forms_weighed(list(gaussian = gaussian), fold))
  losses <- vapply(weighed, `[[`, 1, "score")
  if (!any(losses < 0)) return(NULL)
  best <- which.min(losses)
  c(tried[[best]], scale = weighed[[best]]$weights[[1]], score = losses[best])
}

# Of some `columns`, in each way to make them (`canonical`); NULL where nothing is found, or where
# columns are too many for the rows.
gaussian_fits <- function(zx, zy, columns, canonical = list(canonical_edge), most = MOST_OF_ROWS) {
  n <- nrow(zx)
  if (sum(lengths(columns)) > most * n) return(vector("list", length(canonical)))
  zx <- zx[, columns$x, drop = FALSE]
  zy <- zy[, columns$y, drop = FALSE]
  correlations <- whitened_correlations(whitening(crossprod(zx) / n), whitening(crossprod(zy) / n),
                                        crossprod(zx, zy) / n, n)
  lapply(canonical, function(by) gaussian_form(by(correlations), columns$x, columns$y))
}

gaussian_form <- function(found, columns_x, columns_y) {
  if (!is.null(found)) c(list(columns_x = columns_x, columns_y = columns_y), found)
}

# Canonical variates, as weights of the columns, and their correlations in the sample, from matrices
# that whiten and covariances of x with y over n rows.
whitened_correlations <- function(whitening_x, whitening_y, covariance, n) {
  cross <- svd(whitening_x %*% covariance %*% whitening_y)
  list(x = whitening_x %*% cross$u, y = whitening_y %*% cross$v, sample = cross$d, n = n,
       columns = dim(covariance), ranks = c(attr(whitening_x, "rank"), attr(whitening_y, "rank")))
}

# Those that stand out, freed of inflation; NULL if none does. `rho` is what the log ratio takes,
# `mi` the mutual information that there is, without bias: among p and q columns one correlation
# inflates the sample's by (p + q - 1) / (2 n), but k of them together by (p q - (p - k) (q - k)) /
# (2 n), which is less than k times that.
canonical_edge <- function(correlations) {
  n <- correlations$n
  c <- correlations$columns[1] / n
  d <- correlations$columns[2] / n
  squared <- pmin(correlations$sample, MOST_CORRELATION)^2
  edge <- null_edge(c, d)
  b <- c * (1 - d) + d * (1 - c) - squared
  inside <- b^2 - 4 * (1 - c) * (1 - d) * c * d
  true <- (-b + sqrt(pmax(inside, 0))) / (2 * (1 - c) * (1 - d))
  # an edge scatters by n^(-2/3) (Johnstone 2008)
  keep <- which(squared > edge + 1.5 * edge^(2 / 3) * n^(-2 / 3) & inside > 0 & true > 0)
  if (length(keep) == 0) return(NULL)
  r <- pmin(true[keep], squared[keep])
  list(x = correlations$x[, keep, drop = FALSE], y = correlations$y[, keep, drop = FALSE],
       sample = sqrt(squared[keep]), rho = sqrt(r),
       mi = gaussian_mi(sqrt(r)) + length(keep) * (length(keep) - 1) / (2 * n))
}

# All of them, shrunk alike; NULL if there is nothing but noise.
canonical_all <- function(correlations) {
  keep <- which(correlations$sample > 1e-6)
  if (length(keep) == 0) return(NULL)
  sample <- pmin(correlations$sample[keep], MOST_CORRELATION)
  left <- 1 - prod(correlations$ranks) / correlations$n / sum(sample^2)
  if (left <= 0) return(NULL)
  list(x = correlations$x[, keep, drop = FALSE], y = correlations$y[, keep, drop = FALSE],
       sample = sample, rho = left * sample, alike = TRUE,
       mi = gaussian_mi(sample) -
         gaussian_mi_bias(correlations$n, correlations$ranks[1], correlations$ranks[2]))
}

# The edge of squared sample correlations where there is none, for c = p / n and d = q / n.
null_edge <- function(c, d) (sqrt(c * (1 - d)) + sqrt(d * (1 - c)))^2

# Mutual information of one pair of directions among p and q columns that n rows see in 39 of 40
# samples, by a test of all correlations at a level of two in a hundred: how much there may be where
# independence was kept.
unseen_mi <- function(n, p, q) {
  critical <- stats::qchisq(0.98, p * q)
  missed <- function(noncentrality) stats::pchisq(critical, p * q, noncentrality) - 0.025
  most <- critical + 20 * sqrt(critical) + 100
  log1p(stats::uniroot(missed, c(0, most), tol = 1e-6 * most)$root / n) / 2
}

# A symmetric matrix that makes columns of a covariance uncorrelated with variance 1; what has no
# variance stays out (`rank`: how much is left).
whitening <- function(covariance) {
  e <- eigen(covariance, symmetric = TRUE)
  kept <- e$values > 1e-8 * max(e$values)
  structure(e$vectors %*% (t(e$vectors) * ifelse(kept, 1 / sqrt(pmax(e$values, 1e-300)), 0)),
            rank = sum(kept))
}

gaussian_mi <- function(rho) -sum(log1p(-rho^2)) / 2

# By how much the sample's is too large for Gaussian columns, whatever their correlations, so many
# of x and of y: log determinants of covariances have known means (Wishart). About p q / (2 n).
gaussian_mi_bias <- function(n, p, q) {
  log_det <- function(d) sum(digamma((n - seq_len(d) + 1) / 2))
  (log_det(p) + log_det(q) - log_det(p + q)) / 2
}

variates <- function(gaussian, zx, zy) {
  if (!is.null(gaussian$features_x)) {
    zx <- features_apply(gaussian$features_x, zx)
    zy <- features_apply(gaussian$features_y, zy)
  }
  list(x = zx[, gaussian$columns_x, drop = FALSE] %*% gaussian$x,
       y = zy[, gaussian$columns_y, drop = FALSE] %*% gaussian$y)
}

# The first variates of one side, of some columns, as weights of all of its d columns.
variate_weights <- function(d, columns, weights, most) {
  first <- seq_len(min(ncol(weights), most))
  out <- matrix(0, d, length(first))
  out[columns, ] <- weights[, first]
  out
}

# The two sides of the inner product; one column of zeros where nothing correlates.
gaussian_known <- function(gaussian, zx, zy) {
  if (is.null(gaussian)) return(list(x = matrix(0, nrow(zx), 1), y = matrix(0, nrow(zy), 1)))
  v <- variates(gaussian, zx, zy)
  rho <- gaussian$rho
  rest <- 1 - rho^2
  own <- rho^2 / rest / 2
  list(x = unname(cbind(t(t(v$x) * (rho / rest)), -sum(log(rest)) / 2 - v$x^2 %*% own, 1)),
       y = unname(cbind(v$y, 1, -v$y^2 %*% own)))
}

# Log ratios that are inner products: of a Gaussian copula, of columns or of features.
inner_pairs <- function(gaussian, zx, zy) {
  known <- gaussian_known(gaussian, zx, zy)
  rowSums(known$x * known$y)
}

inner_blocks <- function(gaussian, zx, zy, blocks) {
  known <- gaussian_known(gaussian, zx, zy)
  lapply(blocks, function(rows) inner_products(known, rows))
}

inner_products <- function(known, rows) {
  tcrossprod(known$x[rows, , drop = FALSE], known$y[rows, , drop = FALSE])
}
