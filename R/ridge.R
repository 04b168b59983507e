# Ridge regression of a column on functions of others. How much ridge, and which functions, is what
# predicts best each of the rows that fit when it is left out, which has a closed form.

MOST_REGRESSED <- 20000          # rows
LEAST_VALUES <- 20               # of a column that is regressed
RIDGES <- c(0.001, 0.01, 0.1, 1) # times the features' variance
SCALE_RANGE <- c(0.1, 10)        # times the usual

has_few_values <- function(column) length(unique(column)) <= LEAST_VALUES

# Features of z, and what all regressions on them need. `smooth`: the faster a wave, the smaller its
# slope, as a smoothing spline has it (Wahba 1990).
ROUGHNESS <- 2

ridge_fit <- function(z, features, smooth = FALSE) {
  of_z <- features_fit(features, z)
  weights <- if (smooth) wave_numbers(of_z$features)^-ROUGHNESS else 1
  values <- of_z$values * rep(weights, each = nrow(z))
  spectrum <- eigen(crossprod(values) / nrow(z), symmetric = TRUE)
  list(features = of_z$features, directions = weights * spectrum$vectors,
       rotated = values %*% spectrum$vectors, variances = pmax(spectrum$values, 0))
}

# The `regression` with the least loss (of each row, in nats) of its predictions of rows that were
# left out (`left_out`), and the `ridge` it is of: the mean alone, or the first of the `ridges` that
# no other beats by more than chance, which makes one of many the best.
BEYOND_CHANCE <- 2 # standard errors

beyond_chance <- function(gains) {
  sum(gains) > max(LEAST_BROUGHT, BEYOND_CHANCE * stats::sd(gains) * sqrt(length(gains)))
}

best_ridge <- function(ridges, target, loss, penalties = RIDGES) {
  n <- length(target)
  centre <- mean(target)
  rest <- target - centre
  best <- list(regression = list(centre = centre), left_out = target - rest / (1 - 1 / n))
  best$loss <- loss(best$left_out)
  for (ridge in ridges) {
    covariance <- drop(crossprod(ridge$rotated, rest)) / n
    squares <- ridge$rotated^2
    tried <- lapply(penalties, function(penalty) {
      shrunk <- 1 / (ridge$variances + penalty)
      leverage <- drop(squares %*% shrunk) / n + 1 / n
      error <- rest - drop(ridge$rotated %*% (shrunk * covariance))
      left_out <- target - error / pmax(1 - leverage, 1e-3)
      list(shrunk = shrunk, left_out = left_out, loss = loss(left_out))
    })
    this <- tried[[which.min(vapply(tried, function(at) mean(at$loss), 1))]]
    if (beyond_chance(best$loss - this$loss)) {
      best <- c(this[c("left_out", "loss")], list(ridge = ridge))
      best$regression <- list(centre = centre, features = ridge$features, kind = ridge$kind,
                              slopes = ridge$directions %*% (this$shrunk * covariance))
    }
  }
  best
}

# By normal likelihoods: of a mean, and of the log of squares about it.
squared_loss <- function(target) function(left_out) log_scale_loss(log((target - left_out)^2))(0)

log_scale_loss <- function(logs) function(left_out) {
  squares <- exp(logs - left_out)
  (left_out + squares / mean(squares) + log(mean(squares))) / 2
}

ridge_apply <- function(regression, z) {
  if (is.null(regression$slopes)) return(rep(regression$centre, nrow(z)))
  regression$centre + drop(features_apply(regression$features, z) %*% regression$slopes)
}

# Two of them, of the column itself and of the log of its squared residuals; with what they say of
# rows that are left out, and residuals.
location_scale <- function(ridges, target, penalties = RIDGES) {
  location <- best_ridge(ridges, target, squared_loss(target), penalties)
  rest <- target - location$left_out
  logs <- log(rest^2 + max(1e-6 * mean(rest^2), 1e-12))
  logs <- logs - mean(logs)
  scale <- best_ridge(ridges, logs, log_scale_loss(logs), penalties)
  spread <- scale_of(scale$left_out)
  list(location = location$regression, scale = scale$regression, left_out = location$left_out,
       spread = spread, residuals = rest / spread, ridge = location$ridge)
}

scale_of <- function(log_squares) pmin(pmax(exp(log_squares / 2), SCALE_RANGE[1]), SCALE_RANGE[2])
