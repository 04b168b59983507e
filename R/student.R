# The log density ratio of a Student copula: dependence by correlations and, beyond them, by a
# scale that all columns have in common, as heavy tails come together. With degrees of freedom nu,
# t-scores q of the columns, their dispersion R and Q = q'R^-1 q of x, of y and of both, it is
#   log p(x, y) / (p(x) p(y)) = constant + (nu + dx) / 2 log(1 + Q_x / nu)
#     + (nu + dy) / 2 log(1 + Q_y / nu) - (nu + dx + dy) / 2 log(1 + Q_xy / nu),
# since margins of a multivariate t are t (Demarta and McNeil 2005, "The t copula and related
# copulas", International Statistical Review 73). In canonical variates Q_xy is Q_x + Q_y less
# twice the Gaussian copula's inner product, whose correlations lose their inflation likewise.

MOST_STUDENT <- c(2000, 6000) # rows that fit one: of many and of few columns
STUDENT_NUMBERS <- 60000     # numbers in these, in between
MOST_STUDENT_DF <- 1000      # rows that choose the degrees of freedom
STUDENT_DF <- c(0.5, 50)     # between these
STUDENT_ROWS_PER_COLUMN <- 5 # at least: below it, columns are too many

choose_student <- function(fold) {
  columns <- ncol(fold$zx) + ncol(fold$zy)
  rows <- rows_for(fold$train, columns, STUDENT_NUMBERS, MOST_STUDENT[1], MOST_STUDENT[2])
  if (columns * STUDENT_ROWS_PER_COLUMN > length(rows)) return(NULL)
  student_fit(fold$zx[rows, , drop = FALSE], fold$zy[rows, , drop = FALSE])
}

student_fit <- function(zx, zy) {
  z <- cbind(zx, zy)
  spread <- colMeans(z^2) > 0
  start <- dispersion_of(crossprod(z) / nrow(z))
  few <- z[head_rows(seq_len(nrow(z)), MOST_STUDENT_DF), , drop = FALSE]
  likelihood <- function(log_df) student_likelihood(few, exp(log_df), start, spread)
  df <- exp(stats::optimize(likelihood, log(STUDENT_DF), maximum = TRUE, tol = 0.05)$maximum)
  ratios <- t_ratios(df)
  r <- student_dispersion(t_scores(z, ratios), df, start, steps = 10)
  is_x <- seq_len(ncol(zx))
  form <- list(df = df, ratios = ratios, whitening_x = whitening(r[is_x, is_x, drop = FALSE]),
               whitening_y = whitening(r[-is_x, -is_x, drop = FALSE]))
  correlations <- whitened_correlations(form$whitening_x, form$whitening_y,
                                        r[is_x, -is_x, drop = FALSE], nrow(z))
  form$gaussian <- gaussian_form(canonical_edge(correlations), is_x, seq_len(ncol(zy)))
  form
}

# t-scores from normal scores: their ratios to these are smooth, so interpolated.
RATIOS_AT <- seq(1e-3, MARGIN_LIMIT, length.out = 1000)

t_ratios <- function(df) {
  -stats::qt(stats::pnorm(-RATIOS_AT, log.p = TRUE), df, log.p = TRUE) / RATIOS_AT
}

t_scores <- function(z, ratios) {
  z * stats::approx(RATIOS_AT, ratios, abs(c(z)), rule = 2, ties = "ordered")$y
}

# Ones on the diagonal, and a root in spite of rounding.
dispersion_of <- function(r) {
  scale <- sqrt(pmax(diag(r), 1e-300))
  r <- r / outer(scale, scale)
  diag(r) <- 1 + 1e-6
  r
}

squared_lengths <- function(q, r) {
  colSums(backsolve(chol(r), t(q), transpose = TRUE)^2)
}

# By expectation and maximisation: rows far out count less.
student_dispersion <- function(q, df, r, steps) {
  for (step in seq_len(steps)) {
    weight <- (df + ncol(q)) / (df + squared_lengths(q, r))
    r <- dispersion_of(crossprod(q * sqrt(weight)))
  }
  r
}

# Mean log density of the copula; `spread` leaves constant columns out of its margins.
student_likelihood <- function(z, df, r, spread) {
  q <- t_scores(z, t_ratios(df))
  r <- student_dispersion(q, df, r, steps = 4)
  d <- ncol(q)
  margins <- sum(spread) * student_constant(df, 1) -
    (df + 1) / 2 * rowSums(log1p(q[, spread, drop = FALSE]^2 / df))
  mean(student_constant(df, d) - sum(log(diag(chol(r)))) -
         (df + d) / 2 * log1p(squared_lengths(q, r) / df) - margins)
}

student_constant <- function(df, d) lgamma((df + d) / 2) - lgamma(df / 2) - d / 2 * log(df * pi)

# Log ratios from what pairs have of x, of y and in common.
student_log_ratio <- function(form, of_x, of_y, inner, dx, dy) {
  df <- form$df
  rho <- form$gaussian$rho
  half_logs <- sum(log1p(-rho^2)) / 2 # which the inner product has, once with a minus
  both <- of_x + of_y - 2 * (inner + half_logs)
  constant <- student_constant(df, dx + dy) - student_constant(df, dx) - student_constant(df, dy)
  constant - half_logs + (df + dx) / 2 * log1p(of_x / df) + (df + dy) / 2 * log1p(of_y / df) -
    (df + dx + dy) / 2 * log1p(pmax(both, 0) / df)
}

student_halves <- function(form, zx, zy) {
  qx <- t_scores(zx, form$ratios)
  qy <- t_scores(zy, form$ratios)
  list(known = gaussian_known(form$gaussian, qx, qy),
       of_x = rowSums((qx %*% form$whitening_x)^2), of_y = rowSums((qy %*% form$whitening_y)^2))
}

student_pairs <- function(form, zx, zy) {
  halves <- student_halves(form, zx, zy)
  student_log_ratio(form, halves$of_x, halves$of_y, rowSums(halves$known$x * halves$known$y),
                    ncol(zx), ncol(zy))
}

student_blocks <- function(form, zx, zy, blocks) {
  halves <- student_halves(form, zx, zy)
  lapply(blocks, function(rows) {
    n <- length(rows)
    student_log_ratio(form, matrix(halves$of_x[rows], n, n),
                      matrix(halves$of_y[rows], n, n, byrow = TRUE),
                      inner_products(halves$known, rows), ncol(zx), ncol(zy))
  })
}
