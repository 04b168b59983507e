# Ridge regression of a column on functions of others. How much ridge, and which functions, is what
# predicts best each of the rows that fit when it is left out, which has a closed form.

MOST_REGRESSED <- 20000          # rows
LEAST_VALUES <- 20               # of a column that is regressed
RIDGES <- c(0.001, 0.01, 0.1, 1) # times the features' variance
SCALE_RANGE <- c(0.1, 10)        # times the usual

has_few_values <- function(column) length(unique(column)) <= LEAST_VALUES

# Features of z, and what all regressions on them need: principal directions, what the penalties
# leave of each (`shrunk`), and how much rows weigh in what is predicted of them (`leverage`).
# `smooth`: the faster a wave, the smaller its slope, as a smoothing spline has it (Wahba 1990).
ROUGHNESS <- 2

ridge_fit <- function(z, features, smooth = FALSE, penalties = RIDGES) {
  of_z <- features_fit(features, z)
  weights <- if (smooth) wave_numbers(of_z$features)^-ROUGHNESS else 1
  values <- of_z$values * rep(weights, each = nrow(z))
  spectrum <- eigen(crossprod(values) / nrow(z), symmetric = TRUE)
  rotated <- values %*% spectrum$vectors
  shrunk <- 1 / outer(pmax(spectrum$values, 0), penalties, "+")
  list(features = of_z$features, directions = weights * spectrum$vectors, rotated = rotated,
       shrunk = shrunk, leverage = (rotated^2 %*% shrunk + 1) / nrow(z))
}

# Whether rows gain, together, more than chance makes of none.
BEYOND_CHANCE <- 2 # standard errors

beyond_chance <- function(gains) {
  isTRUE(sum(gains) > max(LEAST_BROUGHT, BEYOND_CHANCE * stats::sd(gains) * sqrt(length(gains))))
}

# The `regression` with the least loss (of each row, in nats) of its predictions of rows that were
# left out (`left_out`), and the `ridge` it is of: the mean alone, or the first of the `ridges` that
# no other beats by more than chance, which makes one of many the best.
best_ridge <- function(ridges, target, loss) {
  n <- length(target)
  centre <- mean(target)
  rest <- target - centre
  best <- list(regression = list(centre = centre), left_out = target - rest / (1 - 1 / n))
  best$loss <- loss(best$left_out)
  for (ridge in ridges) {
    slopes <- ridge$shrunk * drop(crossprod(ridge$rotated, rest)) / n
    errors <- (rest - ridge$rotated %*% slopes) / pmax(1 - ridge$leverage, 1e-3)
    left_out <- target - errors
    losses <- apply(left_out, 2, loss)
    least <- which.min(colMeans(losses))
    if (beyond_chance(best$loss - losses[, least])) {
      best <- list(left_out = left_out[, least], loss = losses[, least], ridge = ridge)
      best$regression <- list(centre = centre, features = ridge$features, kind = ridge$kind,
                              slopes = ridge$directions %*% slopes[, least])
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
location_scale <- function(ridges, target) {
  location <- best_ridge(ridges, target, squared_loss(target))
  rest <- target - location$left_out
  logs <- log(rest^2 + max(1e-6 * mean(rest^2), 1e-12))
  logs <- logs - mean(logs)
  scale <- best_ridge(ridges, logs, log_scale_loss(logs))
  spread <- scale_of(scale$left_out)
  list(location = location$regression, scale = scale$regression, left_out = location$left_out,
       spread = spread, residuals = rest / spread, ridge = location$ridge)
}

scale_of <- function(log_squares) pmin(pmax(exp(log_squares / 2), SCALE_RANGE[1]), SCALE_RANGE[2])
