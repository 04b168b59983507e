# The density of numbers, of any shape: kernel estimates with widths of all kinds, the same
# everywhere or as many neighbours are apart, folded at the ends of the numbers, where it may end at
# once, a normal distribution, and a Cauchy distribution for what lies far out. They are mixed by
# weights with which each half of the numbers is likeliest given the other (stacked density
# estimation, Smyth and Wolpert 1999).

KERNELS <- c(500, 1 / 20) # at most, each of as many numbers; or as this share of them
MIXED_BY <- 250           # numbers of a half
WIDTHS <- c(0.1, 0.3, 1)        # times the rule of thumb
FOLDED <- c(2, 3)               # of these
NEAREST_SHARES <- c(0.015, 0.1) # of all
MIXING_STEPS <- 500

density_fit <- function(numbers) {
  halves <- split(numbers, seq_along(numbers) %% 2)
  likelihoods <- rbind(densities_at(halves[[1]], head_rows(halves[[2]], MIXED_BY)),
                       densities_at(halves[[2]], head_rows(halves[[1]], MIXED_BY)))
  weights <- mixed_weights(likelihoods)
  centres <- kernel_centres(sort(numbers))
  edges <- range(centres)
  beyond <- stats::sd(numbers) * 2^(-8:4)
  at <- c(edges[1] - rev(beyond), centres, edges[2] + beyond)
  at <- sort(unique(c(at, (at[-1] + at[-length(at)]) / 2)))
  normalised(list(at = at, score = log(drop(densities_at(numbers, at) %*% weights))))
}

kernel_centres <- function(ordered) {
  head_rows(ordered, max(KERNELS[1], KERNELS[2] * length(ordered)))
}

# Log densities, linear between where they are known.
density_log <- function(density, numbers) interpolate(density, numbers)

normalised <- function(density) {
  p <- exp(density$score)
  steps <- diff(p) / diff(density$score)
  same <- abs(diff(density$score)) < 1e-8
  steps[same] <- p[-1][same]
  density$score <- density$score - log(sum(steps * diff(density$at)))
  density
}

# Each of the estimates (columns) at these places.
densities_at <- function(numbers, at) {
  n <- length(numbers)
  ordered <- sort(numbers)
  sd <- stats::sd(numbers)
  usual <- usual_distance(numbers)
  centres <- kernel_centres(ordered)
  index <- kernel_centres(seq_len(n))
  least <- pmax(c(diff(centres), 0), c(0, diff(centres)), 1e-4 * usual)
  apart <- function(share) {
    k <- max(1, round(share * n / 2))
    from <- pmax(1, index - k)
    to <- pmin(n, index + k)
    (ordered[to] - ordered[from]) / (to - from) * k
  }
  widths <- c(lapply(WIDTHS, function(width) width * stats::bw.nrd0(numbers)),
              lapply(NEAREST_SHARES, apart))
  kernels <- function(width, at) {
    sums <- .Call(ffi_smooth_sums, centres, pmax(width, least), at)
    sums / (length(centres) * sqrt(2 * pi))
  }
  plain <- vapply(widths, kernels, numeric(length(at)), at)
  edges <- range(centres)
  folded <- vapply(FOLDED, function(f) {
    out <- plain[, f]
    for (edge in edges) {
      near <- abs(at - edge) < 4 * max(widths[[f]], least)
      out[near] <- out[near] + kernels(widths[[f]], 2 * edge - at[near])
    }
    ifelse(at >= edges[1] & at <= edges[2], out, 0)
  }, numeric(length(at)))
  cbind(plain, folded, stats::dnorm(at, mean(numbers), sd),
        stats::dcauchy(at, stats::median(numbers), 3 * usual))
}

# By expectation and maximisation. None is 0, as if a row more were shared by all.
mixed_weights <- function(likelihoods) {
  n <- nrow(likelihoods)
  even <- rep(1 / ncol(likelihoods), ncol(likelihoods))
  weights <- even
  for (step in seq_len(MIXING_STEPS)) {
    gains <- crossprod(likelihoods, 1 / (likelihoods %*% weights))
    weights <- (weights * gains + even) / (n + 1)
  }
  drop(weights)
}

# Density by kernels of one width (times the usual distance), with a little of Cauchy's for what
# lies far out.
FAR_OUT <- 0.02
NEAR <- 20 # usual distances from the median
KERNEL_PLACES <- 4096

kernel_density <- function(numbers, width) {
  usual <- usual_distance(numbers)
  middle <- stats::median(numbers)
  ends <- middle + c(-1, 1) * NEAR * usual
  near <- numbers[numbers >= ends[1] & numbers <= ends[2]]
  kernels <- stats::density(near, width * usual, n = KERNEL_PLACES, from = ends[1], to = ends[2])
  list(at = kernels$x, kernels = pmax(kernels$y, 0), count = length(near),
       own = stats::dnorm(0) / (width * usual), with_far_out = function(kernels, at) {
         (1 - FAR_OUT) * kernels + FAR_OUT * stats::dcauchy(at, middle, usual)
       })
}

# By how much each number's log density falls where the number grows: the score of a location.
location_score <- function(numbers, width) {
  density <- kernel_density(numbers, width)
  steps <- diff(density$at)
  log_density <- log(density$with_far_out(density$kernels, density$at))
  slopes <- list(at = density$at[-1] - steps / 2, score = diff(log_density) / steps)
  score <- -interpolate(slopes, numbers)
  score - mean(score)
}

# The log density of each number by the others, with the width at which they are likeliest.
left_out_log <- function(numbers, widths) {
  of_widths <- vapply(widths, function(width) {
    density <- kernel_density(numbers, width)
    all <- interpolate(list(at = density$at, score = density$kernels), numbers)
    others <- (density$count * all - density$own) / (density$count - 1)
    log(density$with_far_out(pmax(others, 0), numbers))
  }, numeric(length(numbers)))
  of_widths[, which.max(colMeans(of_widths))]
}

# The standard deviation, or if tails are heavy what it would be without them.
usual_distance <- function(numbers) {
  sd <- stats::sd(numbers)
  usual <- min(sd, stats::IQR(numbers) / 1.349)
  if (usual > 0) usual else sd
}
