# Tasks that the 40 of "Beyond Normal" leave out: kinds of dependence that a neural network,
# nearest neighbours or correlations are each known to miss. To add one is to add an entry
# here. Truths without a closed form are means of the true pointwise values over three million draws
# (bench/tasks.R), or integrals that agree with these.

probe_tasks <- function() {
  probe <- function(role, ...) new_task(..., role = switch(role, D = "development", R = "report"))
  in_suite("probes", list(
    probe("D", "mixture-1v1", "mixture", c(1, 1), 0.4081,
          "two normals, correlations 0.9 and -0.9; uncorrelated",
          draw_mixture(c(0.5, 0.5), list(pairs_sigma(0.9, 1), pairs_sigma(-0.9, 1)), dim_x = 1)),
    probe("R", "mixture-3v3", "mixture", c(3, 3), 1.0668,
          "four normals that overlap, each with dependence of its own",
          draw_mixture(c(0.4, 0.3, 0.2, 0.1), lapply(c(0.6, -0.6, 0, 0.9), pairs_sigma, dim = 3),
                       means = rbind(c(0, 0, 0, 0, 0, 0), c(2, 0, 1, 0, 2, 0),
                                     c(-1, 2, 0, 2, -1, 1), c(0, -2, 2, 1, 1, -2)),
                       dim_x = 3)),
    probe("D", "clusters-2v2", "clusters", c(2, 2), log(8),
          "8 clusters on circles, y's partners out of order", draw_clusters_circle(8, sd = 0.05)),
    probe("R", "clusters-5v5", "clusters", c(5, 5), 2.7614,
          "16 clusters in corners of a cube, y's partners out of order",
          draw_clusters_cube(sd = 0.2)),
    probe("D", "sine-3", "oscillation", c(1, 1), 1.1547,
          "y = sin(6 pi x) + 0.2 e, x ~ U(0, 1)", draw_sine(3, 0.2)),
    probe("R", "sine-10", "oscillation", c(1, 1), 1.1545,
          "y = sin(20 pi x) + 0.2 e, x ~ U(0, 1)", draw_sine(10, 0.2)),
    probe("R", "part-1v1", "partial", c(1, 1), 0.1466,
          "correlation 0.97 in 30 % of the rows, none in the others", draw_part(0.3, 0.97, 1)),
    probe("D", "part-5v5", "partial", c(5, 5), 1.5281,
          "correlations 0.97 in 30 % of the rows, none in the others", draw_part(0.3, 0.97, 5)),
    probe("D", "rounded-1v1", "discrete", c(1, 1), 0.4758,
          "normal, correlation 0.8, rounded to halves", draw_rounded(0.8, 0.5)),
    probe("R", "counts-1v1", "discrete", c(1, 1), 0.3839,
          "Poisson counts with a common rate ~ Gamma(2, scale 3)", draw_counts(2, 3)),
    probe("R", "gamma-poisson", "discrete", c(1, 1), 0.5184,
          "x ~ Gamma(2, scale 2), y ~ Poisson(x)", draw_gamma_poisson(2, 2, zeros = 0)),
    probe("D", "zero-inflated", "discrete", c(1, 1), 0.2297,
          "x ~ Exp(1), y ~ Poisson(x), or 0 in 15 % of the rows",
          draw_gamma_poisson(1, 1, zeros = 0.15)),
    probe("D", "label-uniform", "label", c(1, 1), log(5) - 4 / 5 * log(2),
          "x a number from 0 to 4, y ~ U(x, x + 2)", draw_label_uniform(5)),
    probe("R", "label-clusters", "label", c(1, 2), 0.6168,
          "x a factor with 4 levels, y normal around each level's centre",
          draw_label_clusters(c(0.4, 0.3, 0.2, 0.1), rbind(c(0, 0), c(2, 0), c(0, 2), c(2, 2)))),
    probe("R", "mixed-2v1", "mixed", c(2, 1), 0.9602,
          "x a factor and a number, whose slope differs by level", draw_mixed(1)),
    probe("D", "mixed-2v2", "mixed", c(2, 2), 1.1899,
          "the same, and y has a factor too", draw_mixed(2)),
    probe("R", "cauchy-3v3", "heavy tails", c(3, 3), 4.5,
          "normal, 4.5 nats, with Cauchy margins",
          draw_transformed(draw_pairs(rep(sqrt(1 - exp(-3)), 3), 3),
                           function(u) stats::qcauchy(stats::pnorm(u)))),
    probe("D", "student-3v3", "heavy tails", c(3, 3), student_mi(0.95, 3, 2),
          "Student's t, 2 degrees of freedom, three pairs with correlation 0.95",
          draw_student(0.95, 3, 2)),
    probe("D", "circle-10v10", "manifold", c(10, 10), circle_mi(0.3),
          "two near angles as points of circles, among noise, rotated",
          draw_padded(draw_circle(0.3), 10)),
    probe("R", "circle-25v25", "manifold", c(25, 25), circle_mi(0.3),
          "two near angles as points of circles, among noise, rotated",
          draw_padded(draw_circle(0.3), 25)),
    probe("R", "helix-10v10", "manifold", c(10, 10), gaussian_mi(0.95),
          "normal, correlation 0.95, each wound on a helix, among noise, rotated",
          draw_padded(draw_transformed(draw_pairs(0.95, 1), helix), 10)),
    probe("D", "helix-25v25", "manifold", c(25, 25), gaussian_mi(0.95),
          "normal, correlation 0.95, each wound on a helix, among noise, rotated",
          draw_padded(draw_transformed(draw_pairs(0.95, 1), helix), 25)),
    probe("D", "surface-30v30", "manifold", c(30, 30), 3 * gaussian_mi(0.9),
          "hyperbolic tangents of 30 sums of three numbers, in pairs with correlation 0.9",
          draw_transformed(draw_pairs(rep(0.9, 3), 3), function(u) surface(u, 1),
                           function(v) surface(v, 2))),
    probe("R", "tuned-20v20", "manifold", c(20, 20), gaussian_mi(0.95),
          "responses of 20 units, each to values near its own, of normals with correlation 0.95",
          draw_transformed(draw_pairs(0.95, 1), tuned)),
    probe("D", "sign-2v1", "interaction", c(2, 1), log(2),
          "y = sign(x1 x2) abs(z)", draw_sign),
    probe("R", "parity-3v1", "interaction", c(3, 1), parity_mi(0.05),
          "y the parity of three signs, wrong in 5 % of the rows", draw_parity(0.05)),
    probe("D", "product-2v1", "interaction", c(2, 1), 1.1263,
          "y = x1 x2 + 0.3 e", draw_product(0.3)),
    probe("R", "times-1v1", "scale", c(1, 1), 0.4207, "y = x e", draw_times),
    probe("D", "scale-1v1", "scale", c(1, 1), 0.0866,
          "normal and independent, but for a common scale, 1 or 4", draw_scale(c(1, 4), 1)),
    probe("R", "scale-3v3", "scale", c(3, 3), 0.3961,
          "normal and independent, but for a common scale, 1 or 4", draw_scale(c(1, 4), 3)),
    probe("D", "checkerboard", "shape", c(1, 1), log(2),
          "uniform on the black squares of a 4 x 4 board", draw_checkerboard(4)),
    probe("R", "ring", "shape", c(1, 1), 0.6796,
          "a point of the unit circle with noise of 0.1", draw_ring(0.1)),
    probe("D", "absolute", "shape", c(1, 1), 0.7600, "y = abs(x) + 0.3 e", draw_absolute(0.3)),
    probe("D", "needle-10v1", "needle", c(10, 1), 1.1542,
          "y = sin(3 x1) + 0.2 e, and 9 columns of noise", draw_needle(10, 0.2)),
    probe("R", "needle-50v1", "needle", c(50, 1), 1.1541,
          "y = sin(3 x1) + 0.2 e, and 49 columns of noise", draw_needle(50, 0.2)),
    probe("D", "additive-40v1", "regression", c(40, 1), gaussian_mi(0.9),
          "normal y, correlation 0.9 with a sum of functions of 4 columns; 36 of noise",
          draw_regression(40, 0.9, function(x) {
            (x[, 1] + folded(x[, 2], 2) + folded(x[, 3], 3) + folded(x[, 4], 2)) / 2
          })),
    probe("D", "length-30v1", "regression", c(30, 1), gaussian_mi(0.9),
          "normal y, correlation 0.9 with the length of 5 columns; 25 of noise",
          draw_regression(30, 0.9, function(x) {
            stats::qnorm(stats::pchisq(rowSums(x[, 1:5, drop = FALSE]^2), 5))
          })),
    probe("R", "regression-50v2", "regression", c(50, 2), 2 * gaussian_mi(0.85),
          "normal y1 and y2, correlations 0.85 with functions of 4 columns each; 42 of noise",
          draw_regression(50, 0.85, function(x) {
            cbind(x[, 1] + folded(x[, 2], 2) + x[, 3] * sign(x[, 4]),
                  folded(x[, 5], 3) + x[, 6] * sign(x[, 7]) + x[, 8]) / sqrt(3)
          })),
    probe("R", "moderated-20v1", "regression", c(20, 1), gaussian_mi(0.9),
          "normal y, correlation 0.9 or -0.9 with a column, by a factor's level; 18 of noise",
          draw_moderated(20, 0.9)),
    probe("D", "skewed-noise-10v1", "regression", c(10, 1), 1.4084,
          "y = sum of 10 normal columns / sqrt(10) + 0.4 e, e ~ Exp(1)", draw_skewed_noise(0.4)),
    probe("R", "sharp-noise-10v1", "regression", c(10, 1), 1.9445,
          "y = sum of 10 normal columns / sqrt(10) + 0.3 e, e ~ U(-1, 1)", draw_sharp_noise(0.3)),
    probe("D", "skewed-10v1", "regression", c(10, 1), 1.3499,
          "y = sum of 10 lognormal columns / sqrt(10) + 0.5 e", draw_skewed_columns(0.5)),
    probe("R", "friedman-10v1", "regression", c(10, 1), 1.6387,
          "Friedman's function of 5 of 10 uniform columns, over 5, + 0.3 e, e ~ Exp(1)",
          draw_friedman(0.3)),
    probe("R", "sharp-noise-3v3", "regression", c(3, 3), 3 * additive_mi(0.5),
          "y_j = x_j + U(-0.5, 0.5), x_j ~ U(0, 1)", draw_additive(0.5, 3)),
    probe("D", "outputs-5v2", "regression", c(5, 2), 1.9400,
          "y1 = sin(2 x1) + 0.3 e, y2 = x2^2 + 0.5 e', e' ~ Exp(1), and 3 columns of noise",
          draw_outputs(0.3, 0.5)),
    probe("R", "clayton-2", "copula", c(1, 1), clayton_mi(2),
          "Clayton's copula, theta = 2, normal margins", draw_clayton(2)),
    probe("D", "clayton-6", "copula", c(1, 1), clayton_mi(6),
          "Clayton's copula, theta = 6, normal margins", draw_clayton(6)),
    probe("D", "hidden-300v300", "hidden", c(300, 300), log(2),
          "one pair with correlation sqrt(3 / 4) among noise, rotated",
          draw_transformed(draw_pairs(sqrt(3 / 4), 300), rotate)),
    probe("R", "hidden-500v500", "hidden", c(500, 500), log(2),
          "one pair with correlation sqrt(3 / 4) among noise, rotated",
          draw_transformed(draw_pairs(sqrt(3 / 4), 500), rotate)),
    probe("D", "weak-50v50", "many columns", c(50, 50), 10 * gaussian_mi(0.3),
          "10 pairs with correlation 0.3 among noise", draw_pairs(rep(0.3, 10), 50)),
    probe("D", "pixels-200v200", "many columns", c(200, 200), log(10),
          "10 classes in common, each a picture with its own brightness, noise, cut off at 0",
          draw_pictures(10, 200)),
    probe("R", "factors-300v300", "many columns", c(300, 300), 3 * gaussian_mi(0.8),
          "exponentials of 5 factors, of which 3 go in pairs with correlation 0.8, and noise",
          draw_transformed(draw_pairs(c(0.8, 0.8, 0.8, 0, 0), 300), function(u) {
            u[, 1:5] <- 10 * u[, 1:5]
            exp(rotate(u) / 2)
          })),
    probe("R", "polarity-150v150", "many columns", c(150, 150), parity_mi(0.1),
          "two classes, alike in 90 % of the rows, beside factors with heavy tails and noise",
          draw_polarity(0.1, 150)),
    probe("R", "spectrum-10v10", "spectrum", c(10, 10), gaussian_mi(0.95 * 0.75^(0:9)),
          "normal, canonical correlations 0.95 * 0.75^(0:9), rotated",
          draw_transformed(draw_pairs(0.95 * 0.75^(0:9), 10), rotate)),
    probe("D", "spectrum-20v20", "spectrum", c(20, 20), gaussian_mi(0.95 * 0.85^(0:19)),
          "normal, canonical correlations 0.95 * 0.85^(0:19), rotated",
          draw_transformed(draw_pairs(0.95 * 0.85^(0:19), 20), rotate)),
    probe("D", "disk", "edge", c(1, 1), disk_mi(), "uniform on the unit disk", draw_disk),
    probe("D", "extremes-2", "edge", c(1, 1), extremes_mi(2),
          "least and largest of 2 uniform numbers", draw_extremes(2)),
    probe("R", "extremes-5", "edge", c(1, 1), extremes_mi(5),
          "least and largest of 5 uniform numbers", draw_extremes(5)),
    probe("D", "shift-4", "edge", c(1, 1), log(4), "y = x + U(0, 1 / 4) modulo 1, x ~ U(0, 1)",
          draw_shift(1 / 4)),
    probe("R", "steps-8", "edge", c(1, 1), log(8),
          "uniform on the 8 squares of a permutation of 8 steps", draw_steps(8)),
    probe("D", "arrivals", "edge", c(1, 1), 1 + digamma(1) - digamma(2) - digamma(1),
          "y = x + e, x and e ~ Exp(1)", draw_arrivals),
    probe("R", "censored", "mixed", c(1, 2), 0.2195,
          "y a waiting time of rate exp(x), censored, and whether it was", draw_censored(0.5)),
    probe("R", "linked-0.2", "partial", c(1, 1), 0.1137,
          "correlation 0.99 in 20 % of the rows, none in the others", draw_part(0.2, 0.99, 1)),
    probe("D", "linked-0.05", "partial", c(1, 1), 0.1533,
          "nearly the same number (sd 0.001) in 5 % of the rows, independent in the others",
          draw_part(0.05, 1 - 5e-7, 1)),
    probe("R", "linked-2v2", "partial", c(2, 2), 0.4597,
          "nearly the same two numbers (sd 0.01) in 8 % of the rows, independent in the others",
          draw_part(0.08, 1 - 5e-5, 2))))
}

staircase_tasks <- function() {
  steps <- expand.grid(mi = c(2, 4, 6, 8, 10), kind = c("normal", "cubic"), d = c(10, 20),
                       stringsAsFactors = FALSE)
  in_suite("staircase", .mapply(function(mi, kind, d) {
    rho <- sqrt(-expm1(-2 * mi / d))
    draw <- draw_pairs(rep(rho, d), d)
    if (kind == "cubic") draw <- draw_transformed(draw, identity, function(y) y^3)
    new_task(sprintf("staircase-%s-%d-%d", kind, d, mi), "staircase", c(d, d), mi,
             paste0(sprintf("normal, %d pairs with correlation %.4f", d, rho),
                    if (kind == "cubic") ", y cubed"), draw)
  }, steps, NULL))
}

independence_tasks <- function() {
  in_suite("independence", lapply(c(1, 10, 50), function(d) {
    new_task(sprintf("independent-%dv%d", d, d), "independence", c(d, d), 0,
             "normal and independent", draw_pairs(0, d))
  }))
}

# Mixtures of normals ------------------------------------------------------------------------

# Covariance of d + d standard normal columns whose pairs have the correlation rho.
pairs_sigma <- function(rho, dim) {
  identity <- diag(2 * dim)
  identity + rho * identity[, c(dim + seq_len(dim), seq_len(dim))]
}

# Correlation rho in a `share` of the rows, none in the others.
draw_part <- function(share, rho, dim) {
  draw_mixture(c(share, 1 - share), list(pairs_sigma(rho, dim), diag(2 * dim)), dim_x = dim)
}

draw_scale <- function(scales, dim) {
  draw_mixture(rep(1 / length(scales), length(scales)),
               lapply(scales, function(s) s^2 * diag(2 * dim)), dim_x = dim)
}

draw_clusters <- function(x, y, sd) {
  k <- nrow(x)
  draw_mixture(rep(1 / k, k), rep(list(sd^2 * diag(ncol(x) + ncol(y))), k),
               means = cbind(x, y), dim_x = ncol(x))
}

draw_clusters_circle <- function(k, sd) {
  at <- 2 * pi * seq_len(k) / k
  centres <- cbind(cos(at), sin(at))
  draw_clusters(centres, centres[(3 * seq_len(k)) %% k + 1, ], sd)
}

# The corners with an even number of ones differ from each other in two places at least.
draw_clusters_cube <- function(sd) {
  corners <- as.matrix(expand.grid(rep(list(0:1), 5)))
  corners <- unname(corners[rowSums(corners) %% 2 == 0, ])
  draw_clusters(corners, corners[(5 * seq_len(16) + 3) %% 16 + 1, ], sd)
}

# Curves and shapes, with noise ----------------------------------------------------------------

# Log density, at y, of a mixture of normals on the line; one with many components stands for
# an integral. Computed on a grid, by a spline between: the error is below 1e-6.
log_mixture <- function(y, means, sds, weights) {
  step <- min(sds) / 20
  grid <- seq(min(y) - 10 * step, max(y) + 11 * step, by = step)
  density <- 0
  for (i in seq_along(means)) {
    density <- density + weights[i] * stats::dnorm(grid, means[i], sds[i])
  }
  stats::splinefun(grid, log(density))(y)
}

# Of sin(2 pi U) + sigma e, by the trapezoid rule, which is exact to rounding for periodic
# functions once its steps are smaller than the noise.
log_sine_density <- function(y, sigma) {
  k <- ceiling(20 / sigma)
  log_mixture(y, cos(pi * (seq_len(k) - 0.5) / k), rep(sigma, k), rep(1 / k, k))
}

# Density of a standard normal as a sum of points, close enough together for `sigma`.
normal_nodes <- function(sigma) {
  at <- seq(-9, 9, by = sigma / 8)
  list(at = at, weights = stats::dnorm(at) * sigma / 8)
}

draw_sine <- function(frequency, sigma) {
  force(frequency)
  function(n) {
    x <- stats::runif(n)
    e <- stats::rnorm(n)
    y <- sin(2 * pi * frequency * x) + sigma * e
    list(x = matrix(x), y = matrix(y),
         pmi = stats::dnorm(e, log = TRUE) - log(sigma) - log_sine_density(y, sigma))
  }
}

draw_needle <- function(dim, sigma) {
  force(dim)
  nodes <- normal_nodes(sigma)
  function(n) {
    x <- normal_matrix(n, dim)
    e <- stats::rnorm(n)
    y <- sin(3 * x[, 1]) + sigma * e
    log_density <- log_mixture(y, sin(3 * nodes$at), rep(sigma, length(nodes$at)),
                               nodes$weights)
    list(x = x, y = matrix(y),
         pmi = stats::dnorm(e, log = TRUE) - log(sigma) - log_density)
  }
}

# Columns of y that are normal, with the correlation rho with standard normal signals in x.
draw_regression <- function(dim, rho, signals) {
  force(dim)
  function(n) {
    x <- normal_matrix(n, dim)
    s <- as.matrix(signals(x))
    y <- rho * s + sqrt(1 - rho^2) * normal_matrix(n, ncol(s))
    list(x = x, y = y, pmi = pairs_pmi(s, y, rep(rho, ncol(s))))
  }
}

# A standard normal's function that goes up and down `times` times, and is standard normal too.
folded <- function(z, times) stats::qnorm(abs((times * stats::pnorm(z)) %% 2 - 1))

# Regressions whose noise, or signal, isn't normal.
draw_skewed_noise <- function(sigma) {
  force(sigma)
  function(n) {
    x <- normal_matrix(n, 10)
    e <- stats::rexp(n)
    y <- rowSums(x) / sqrt(10) + sigma * e
    log_density <- (1 / sigma - 2 * y) / (2 * sigma) + stats::pnorm(y - 1 / sigma, log.p = TRUE)
    list(x = x, y = matrix(y), pmi = -e - log_density)
  }
}

draw_sharp_noise <- function(sigma) {
  force(sigma)
  function(n) {
    x <- normal_matrix(n, 10)
    y <- rowSums(x) / sqrt(10) + sigma * stats::runif(n, -1, 1)
    # of probabilities below 1 / 2
    density <- stats::pnorm(sigma - abs(y)) - stats::pnorm(-sigma - abs(y))
    list(x = x, y = matrix(y), pmi = -log(density))
  }
}

draw_outputs <- function(sigma, scale) {
  nodes <- normal_nodes(sigma)
  square <- function(x) stats::pchisq(x, 1)
  noise <- function(x) stats::pexp(x, 1 / scale)
  function(n) {
    x <- normal_matrix(n, 5)
    e <- cbind(stats::rnorm(n), stats::rexp(n))
    y <- cbind(sin(2 * x[, 1]) + sigma * e[, 1], x[, 2]^2 + scale * e[, 2])
    log_densities <- log_mixture(y[, 1], sin(2 * nodes$at), rep(sigma, length(nodes$at)),
                                 nodes$weights) +
      log_sum_density(y[, 2], list(square, noise), 100)
    list(x = x, y = y, pmi = stats::dnorm(e[, 1], log = TRUE) - e[, 2] - log(sigma * scale) -
           log_densities)
  }
}

draw_skewed_columns <- function(sigma) {
  force(sigma)
  column <- function(x) stats::plnorm(sqrt(10) * x)
  noise <- function(x) stats::pnorm(x, 8 * sigma, sigma)
  function(n) {
    x <- exp(normal_matrix(n, 10))
    e <- stats::rnorm(n)
    y <- rowSums(x) / sqrt(10) + sigma * e
    log_density <- log_sum_density(y + 8 * sigma, c(rep(list(column), 10), noise), 200)
    list(x = x, y = matrix(y), pmi = stats::dnorm(e, log = TRUE) - log(sigma) - log_density)
  }
}

# Friedman (1991), equation 61, with noise that begins at once.
draw_friedman <- function(sigma) {
  force(sigma)
  below <- function(t) ifelse(t < 1, t * (1 - log(pmax(t, 1e-300))), 1) # of a product
  parts <- list(
    sine = function(x) {
      angle <- asin(pmin(x / 2, 1)) / pi
      below(angle) + 1 - below(1 - angle)
    },
    square = function(x) sqrt(pmin(x, 1)),
    slope = function(x) stats::punif(x, 0, 2),
    half = stats::punif,
    noise = function(x) stats::pexp(x, 1 / sigma))
  function(n) {
    x <- matrix(stats::runif(10 * n), n)
    e <- stats::rexp(n)
    f <- 2 * sin(pi * x[, 1] * x[, 2]) + 4 * (x[, 3] - 0.5)^2 + 2 * x[, 4] + x[, 5]
    y <- f + sigma * e
    list(x = x, y = matrix(y), pmi = -e - log(sigma) - log_sum_density(y, parts, 40))
  }
}

# Log density, at y, of a sum of independent numbers from 0 up to `end`, by their distribution
# functions: probabilities of small cells, convolved.
log_sum_density <- function(y, distributions, end, cells = 2^16) {
  step <- end / cells
  transforms <- lapply(distributions, function(p) stats::fft(diff(p(step * (0:cells)))))
  density <- Re(stats::fft(Reduce(`*`, transforms), inverse = TRUE)) / cells / step
  at <- step * (seq_len(cells) - 1 + length(distributions) / 2) # sums of the cells' middles
  stats::approx(at, log(pmax(density, 1e-300)), y, rule = 2)$y
}

draw_moderated <- function(dim, rho) {
  force(dim)
  function(n) {
    level <- sample(4, n, TRUE)
    x <- normal_matrix(n, dim - 1)
    s <- ifelse(level <= 2, 1, -1) * x[, 1]
    y <- rho * s + sqrt(1 - rho^2) * stats::rnorm(n)
    list(x = data.frame(level = factor(letters[level]), x), y = matrix(y),
         pmi = pairs_pmi(matrix(s), matrix(y), rho))
  }
}

draw_product <- function(sigma) {
  nodes <- normal_nodes(sigma)
  function(n) {
    x <- normal_matrix(n, 2)
    e <- stats::rnorm(n)
    y <- x[, 1] * x[, 2] + sigma * e
    log_density <- log_mixture(y, numeric(length(nodes$at)), sqrt(nodes$at^2 + sigma^2),
                               nodes$weights)
    list(x = x, y = matrix(y),
         pmi = stats::dnorm(e, log = TRUE) - log(sigma) - log_density)
  }
}

draw_ring <- function(sigma) {
  force(sigma)
  function(n) {
    angle <- stats::runif(n, 0, 2 * pi)
    x <- cos(angle) + sigma * stats::rnorm(n)
    y <- sin(angle) + sigma * stats::rnorm(n)
    r <- sqrt(x^2 + y^2)
    log_joint <- log(besselI(r / sigma^2, 0, expon.scaled = TRUE)) -
      (r - 1)^2 / (2 * sigma^2) - log(2 * pi * sigma^2)
    list(x = matrix(x), y = matrix(y),
         pmi = log_joint - log_sine_density(x, sigma) - log_sine_density(y, sigma))
  }
}

draw_absolute <- function(sigma) {
  force(sigma)
  function(n) {
    x <- stats::rnorm(n)
    e <- stats::rnorm(n)
    y <- abs(x) + sigma * e
    total <- sqrt(1 + sigma^2) # y is skew normal
    log_density <- log(2) + stats::dnorm(y, 0, total, log = TRUE) +
      stats::pnorm(y / (sigma * total), log.p = TRUE)
    list(x = matrix(x), y = matrix(y),
         pmi = stats::dnorm(e, log = TRUE) - log(sigma) - log_density)
  }
}

# y given x is N(0, x^2), and the density of a product of two normals is K0 / pi.
draw_times <- function(n) {
  x <- stats::rnorm(n)
  e <- stats::rnorm(n)
  y <- x * e
  log_density <- log(besselK(abs(y), 0, expon.scaled = TRUE)) - abs(y) - log(pi)
  list(x = matrix(x), y = matrix(y),
       pmi = stats::dnorm(e, log = TRUE) - log(abs(x)) - log_density)
}

draw_checkerboard <- function(squares) {
  force(squares)
  function(n) {
    column <- sample.int(squares, n, replace = TRUE) - 1
    row <- 2 * (sample.int(squares / 2, n, replace = TRUE) - 1) + column %% 2
    list(x = matrix((column + stats::runif(n)) / squares),
         y = matrix((row + stats::runif(n)) / squares), pmi = rep(log(2), n))
  }
}

draw_clayton <- function(theta) {
  force(theta)
  function(n) {
    u <- stats::runif(n)
    w <- stats::runif(n)
    v <- ((w^(-theta / (1 + theta)) - 1) * u^-theta + 1)^(-1 / theta)
    list(x = matrix(stats::qnorm(u)), y = matrix(stats::qnorm(v)),
         pmi = log1p(theta) - (1 + theta) * log(u * v) -
           (2 + 1 / theta) * log(u^-theta + v^-theta - 1))
  }
}

clayton_mi <- function(theta) log1p(theta) - theta / (1 + theta)

# Edges, beyond which there is nothing ------------------------------------------------------------

draw_disk <- function(n) {
  angle <- stats::runif(n, 0, 2 * pi)
  radius <- sqrt(stats::runif(n))
  x <- radius * cos(angle)
  y <- radius * sin(angle)
  # The density of either coordinate is 2 sqrt(1 - x^2) / pi.
  list(x = matrix(x), y = matrix(y),
       pmi = log(pi / 4) - log1p(-x^2) / 2 - log1p(-y^2) / 2)
}

# (1 + x) / 2 is Beta(3 / 2, 3 / 2).
disk_mi <- function() log(pi / 16) - 2 * (digamma(3 / 2) - digamma(3))

draw_extremes <- function(count) {
  force(count)
  function(n) {
    u <- matrix(stats::runif(n * count), n)
    x <- do.call(pmin, asplit(u, 2))
    y <- do.call(pmax, asplit(u, 2))
    list(x = matrix(x), y = matrix(y),
         pmi = log1p(-1 / count) + (count - 2) * log(y - x) -
           (count - 1) * (log1p(-x) + log(y)))
  }
}

# The largest is Beta(count, 1), as is 1 less the least; their distance is Beta(count - 1, 2).
extremes_mi <- function(count) {
  log1p(-1 / count) + (count - 2) * (digamma(count - 1) - digamma(count + 1)) -
    2 * (count - 1) * (digamma(count) - digamma(count + 1))
}

draw_shift <- function(width) {
  force(width)
  function(n) {
    x <- stats::runif(n)
    list(x = matrix(x), y = matrix((x + width * stats::runif(n)) %% 1), pmi = rep(-log(width), n))
  }
}

draw_steps <- function(count) {
  force(count)
  function(n) {
    step <- sample.int(count, n, replace = TRUE) - 1
    partner <- (3 * step + 1) %% count
    list(x = matrix((step + stats::runif(n)) / count),
         y = matrix((partner + stats::runif(n)) / count), pmi = rep(log(count), n))
  }
}

# y is Gamma(2).
draw_arrivals <- function(n) {
  x <- stats::rexp(n)
  y <- x + stats::rexp(n)
  list(x = matrix(x), y = matrix(y), pmi = x - log(y))
}

# Censored by a waiting time of its own.
draw_censored <- function(rate) {
  nodes <- normal_nodes(1)
  function(n) {
    x <- stats::rnorm(n)
    event <- stats::rexp(n, exp(x))
    censored <- stats::rexp(n, rate)
    seen <- event <= censored
    time <- pmin(event, censored)
    log_given <- seen * x - exp(x) * time
    margin <- 0
    for (i in seq_along(nodes$at)) {
      margin <- margin + nodes$weights[i] * exp(seen * nodes$at[i] - exp(nodes$at[i]) * time)
    }
    list(x = matrix(x), y = data.frame(time = time, seen = seen),
         pmi = log_given - log(margin))
  }
}

# Interactions: no column of x alone says anything, no column is correlated with y. ---------------

draw_sign <- function(n) {
  x <- normal_matrix(n, 2)
  list(x = x, y = matrix(sign(x[, 1] * x[, 2]) * abs(stats::rnorm(n))), pmi = rep(log(2), n))
}

draw_parity <- function(wrong) {
  force(wrong)
  function(n) {
    x <- normal_matrix(n, 3)
    flipped <- stats::runif(n) < wrong
    y <- sign(x[, 1] * x[, 2] * x[, 3]) * ifelse(flipped, -1, 1)
    list(x = x, y = matrix(y), pmi = log(2 * ifelse(flipped, wrong, 1 - wrong)))
  }
}

parity_mi <- function(wrong) log(2) + wrong * log(wrong) + (1 - wrong) * log1p(-wrong)

# Numbers that repeat, and labels --------------------------------------------------------------

draw_rounded <- function(rho, unit) {
  force(unit)
  function(n) {
    z <- draw_pairs(rho, 1)(n)
    cells <- rounded_cells(rho, unit)
    at <- lapply(z[c("x", "y")], function(u) round(u / unit))
    row <- function(k) k + (nrow(cells) + 1) / 2
    list(x = unit * at$x, y = unit * at$y,
         pmi = log(cells[cbind(row(at$x), row(at$y))] / rowSums(cells)[row(at$x)] /
                     colSums(cells)[row(at$y)]))
  }
}

# Probabilities of the rounded pair's cells, from -9 to 9 on both sides: over x by Simpson's
# rule, over y exact.
rounded_cells <- function(rho, unit) {
  k <- seq(-ceiling(9 / unit), ceiling(9 / unit))
  simpson <- c(1, rep(c(4, 2), length.out = 39), 1) / 120
  cells <- 0
  for (i in seq_along(simpson)) {
    x <- unit * (k - 0.5 + (i - 1) / 40)
    below <- outer(x, k, function(x, k) {
      # From the near side: differences of probabilities close to 1 would lose their digits.
      edges <- (cbind(unit * (k - 0.5), unit * (k + 0.5)) - rho * x) / sqrt(1 - rho^2)
      far <- rowSums(edges) > 0
      edges[far, ] <- -edges[far, 2:1]
      stats::pnorm(edges[, 2]) - stats::pnorm(edges[, 1])
    })
    cells <- cells + simpson[i] * unit * stats::dnorm(x) * below
  }
  cells
}

draw_counts <- function(shape, scale) {
  force(shape)
  force(scale)
  function(n) {
    rate <- stats::rgamma(n, shape, scale = scale)
    x <- stats::rpois(n, rate)
    y <- stats::rpois(n, rate)
    log_margin <- function(k) {
      stats::dnbinom(k, shape, prob = 1 / (1 + scale), log = TRUE)
    }
    # The sum is negative binomial, and x a binomial part of it.
    log_joint <- stats::dnbinom(x + y, shape, prob = 1 / (1 + 2 * scale), log = TRUE) +
      stats::dbinom(x, x + y, 0.5, log = TRUE)
    list(x = matrix(as.numeric(x)), y = matrix(as.numeric(y)),
         pmi = log_joint - log_margin(x) - log_margin(y))
  }
}

draw_gamma_poisson <- function(shape, scale, zeros) {
  force(shape)
  force(scale)
  force(zeros)
  function(n) {
    x <- stats::rgamma(n, shape, scale = scale)
    y <- stats::rpois(n, x) * (stats::runif(n) >= zeros)
    or_zero <- function(p) log(zeros * (y == 0) + (1 - zeros) * p)
    list(x = matrix(x), y = matrix(y),
         pmi = or_zero(stats::dpois(y, x)) -
           or_zero(stats::dnbinom(y, shape, prob = 1 / (1 + scale))))
  }
}

draw_label_uniform <- function(labels) {
  force(labels)
  function(n) {
    x <- sample.int(labels, n, replace = TRUE) - 1
    y <- x + stats::runif(n, 0, 2)
    # Every y but those of the first and the last unit can come from two labels.
    list(x = matrix(x), y = matrix(y),
         pmi = log(labels / ifelse(y < 1 | y > labels, 1, 2)))
  }
}

draw_label_clusters <- function(weights, centres) {
  force(weights)
  force(centres)
  function(n) {
    label <- sample.int(length(weights), n, replace = TRUE, prob = weights)
    y <- normal_matrix(n, 2) + centres[label, ]
    given <- vapply(seq_along(weights), function(k) {
      stats::dnorm(y[, 1], centres[k, 1]) * stats::dnorm(y[, 2], centres[k, 2])
    }, numeric(n))
    given <- matrix(given, n)
    list(x = data.frame(label = factor(letters[label], letters[seq_along(weights)])), y = y,
         pmi = log(given[cbind(seq_len(n), label)] / drop(given %*% weights)))
  }
}

# response = level + slope * dose + e / 2, with level and slope by group; and, when y has
# two columns, an outcome that is "yes" with probability pnorm(dose + tendency).
draw_mixed <- function(dim_y) {
  force(dim_y)
  weights <- c(0.5, 0.3, 0.2)
  level <- c(0, 0, 2)
  slope <- c(1, -1, 0.5)
  tendency <- c(0, 1, -1)
  sd <- 0.5
  function(n) {
    group <- sample.int(3, n, replace = TRUE, prob = weights)
    dose <- stats::rnorm(n)
    response <- stats::rnorm(n, level[group] + slope[group] * dose, sd)
    x <- data.frame(group = factor(letters[group], letters[1:3]), dose = dose)
    log_given <- stats::dnorm(response, level[group] + slope[group] * dose, sd, log = TRUE)
    # Of the response in each group, by columns; dose is normal given the response.
    margin <- vapply(1:3, function(g) {
      weights[g] * stats::dnorm(response, level[g], sqrt(slope[g]^2 + sd^2))
    }, numeric(n))
    margin <- matrix(margin, n)
    if (dim_y == 1) {
      return(list(x = x, y = matrix(response), pmi = log_given - log(rowSums(margin))))
    }
    yes <- stats::rnorm(n) < dose + tendency[group]
    side <- ifelse(yes, 1, -1)
    log_given <- log_given + stats::pnorm(side * (dose + tendency[group]), log.p = TRUE)
    for (g in 1:3) {
      variance <- sd^2 / (slope[g]^2 + sd^2)
      mean <- (response - level[g]) * slope[g] / (slope[g]^2 + sd^2)
      margin[, g] <- margin[, g] *
        stats::pnorm(side * (mean + tendency[g]) / sqrt(1 + variance))
    }
    list(x = x, y = data.frame(response = response, outcome = factor(yes, c(FALSE, TRUE),
                                                                     c("no", "yes"))),
         pmi = log_given - log(rowSums(margin)))
  }
}

# Few dimensions among many --------------------------------------------------------------------

draw_circle <- function(sigma) {
  force(sigma)
  function(n) {
    a <- stats::runif(n, 0, 2 * pi)
    e <- sigma * stats::rnorm(n)
    list(x = cbind(cos(a), sin(a)), y = cbind(cos(a + e), sin(a + e)),
         pmi = log(2 * pi) + stats::dnorm(e, sd = sigma, log = TRUE))
  }
}

# That of angles on the line: going round is 10 standard deviations away.
circle_mi <- function(sigma) log(2 * pi) - log(2 * pi * exp(1) * sigma^2) / 2

helix <- function(u) {
  t <- stats::pnorm(u)
  cbind(cos(3 * pi * t), sin(3 * pi * t), 2 * t - 1)
}

surface <- function(u, phase) {
  tanh(u %*% outer(seq_len(ncol(u)), 1:30, function(j, k) sin((j + phase) * k)))
}

tuned <- function(u) exp(-2 * outer(u[, 1], seq(-2, 2, length.out = 20), "-")^2)

# Both sides filled up by independent normal columns to `dim`, and rotated.
draw_padded <- function(draw, dim, sd = 0.3) {
  force(draw)
  function(n) {
    drawn <- draw(n)
    pad <- function(x) rotate(cbind(x, sd * normal_matrix(n, dim - ncol(x))))
    list(x = pad(drawn$x), y = pad(drawn$y), pmi = drawn$pmi)
  }
}

# The class is certain: so many columns are far apart. Of pictures it is all that they share.
draw_pictures <- function(classes, dim) {
  at <- outer(seq_len(dim), seq_len(classes), function(j, k) cos(2 * pi * (k + 1) * j / dim + k))
  pictures <- t(pmax(at, 0))
  function(n) {
    class <- sample.int(classes, n, replace = TRUE)
    taken <- function() {
      brightness <- exp(0.3 * stats::rnorm(n))
      pmax(pictures[class, ] * brightness + 0.5 * normal_matrix(n, dim) - 0.3, 0)
    }
    list(x = taken(), y = taken(), pmi = rep(log(classes), n))
  }
}

draw_polarity <- function(flip, dim) {
  function(n) {
    sign <- sample(c(-1, 1), n, replace = TRUE)
    flipped <- stats::runif(n) < flip
    seen <- function(sign) {
      factors <- matrix(stats::rt(3 * n, df = 3), n)
      rotate(cbind(4 * sign + stats::rnorm(n), 4 * factors, normal_matrix(n, dim - 4)))
    }
    list(x = seen(sign), y = seen(ifelse(flipped, -sign, sign)),
         pmi = log(2 * ifelse(flipped, flip, 1 - flip)))
  }
}

# An orthogonal map that spreads every column over all: Hartley's transform, with the columns
# reversed so that it isn't the first that goes to their mean.
rotate <- function(x) {
  waves <- stats::mvfft(t(x[, rev(seq_len(ncol(x))), drop = FALSE]))
  t(Re(waves) - Im(waves)) / sqrt(ncol(x))
}
