# Fits that are quick rather than good.
quick <- function(...) {
  defaults <- list(batch_size = 64, max_steps = 100, check_every = 20, patience = 3, drops = 0,
                   threads = 1)
  do.call(mi_control, utils::modifyList(defaults, list(...)))
}

# n rows of d + d columns with correlation rho between partners.
gaussian_pairs <- function(n, d, rho) {
  x <- matrix(rnorm(n * d), n)
  list(x = x, y = rho * x + sqrt(1 - rho^2) * matrix(rnorm(n * d), n),
       mi = -d / 2 * log(1 - rho^2))
}

# A fit that many tests look at.
small_fit <- function(...) {
  set.seed(1)
  mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear(), control = quick(), ...)
}

# Draws of a task with a known truth.
mi_sample_seeded <- function(task, n, seed = 6) {
  set.seed(seed)
  mi_sample(task, n)
}

# The Gaussian copula of all columns.
gaussian_fit <- function(zx, zy, canonical = canonical_edge) {
  columns <- lapply(list(x = zx, y = zy), function(z) seq_len(ncol(z)))
  gaussian_fits(zx, zy, columns, list(canonical))[[1]]
}
