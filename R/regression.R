# The log density ratio of a regression of one side's only column on the other side's columns:
#
#   y = f(x) + s(x) e,   log p_e((y - f(x)) / s(x)) - log s(x) - log p(y),
#
# with f and s by ridge regression (ridge.R), a distribution of e of any shape (density.R), and p(y)
# as the regression has it, over x as they come. Few rows say more of it than of anything that has
# to learn from scratch that y goes with one function of x; and where noise is skewed, has heavy
# tails or ends at once, no inner product of functions of x and of y is near.

MOST_AVERAGED <- 500 # rows, for p(y)
MARGIN_KNOTS <- 200
MOST_SMOOTHED <- c(400, 1 / 2) # features, in all and a row
SMOOTHING <- 10^(-6:0)         # ridges, times the features' variance

# The regression that scores best: of y on x or of x on y, of normal scores or of values as they
# are; then made efficient.
choose_regression <- function(fold) {
  best <- NULL
  for (of in c("y", "x")) {
    z <- fold[[paste0("z", of)]]
    if (ncol(z) > 1 || has_few_values(drop(z))) next
    for (found in regressions_of(fold, of)) {
      score <- forms_weighed(list(regression = regression_form(found)), fold)$score
      if (score < min(0, best$score)) best <- c(found, score = score)
    }
  }
  if (is.null(best)) return(NULL)
  best$fit <- efficient(best$fit, best$target, SMOOTHING)
  c(regression_form(best), score = best$score)
}

# The `fit` of a side's column (`target`) as scores, and that as values.
regressions_of <- function(fold, of) {
  on <- setdiff(c("x", "y"), of)
  rows <- head_rows(fold$train, MOST_REGRESSED)
  screened <- fold$screened[[on]]
  seen <- scores_and_values(fold, on, rows, union(screened$most, screened$some))
  targets <- scores_and_values(fold, of, rows, 1)
  ridges <- ridges_of(seen$as, screened)
  found <- lapply(names(targets$as), function(kind) {
    target <- drop(targets$as[[kind]])
    of_kind <- vapply(ridges, function(ridge) ridge$kind == kind, NA)
    fit <- location_scale(ridges[order(!of_kind)], target, SMOOTHING)
    found <- !is.null(fit$location$slopes) || !is.null(fit$scale$slopes)
    if (!found || !isTRUE(stats::sd(fit$residuals) > 0)) return(NULL)
    list(of = of, kind = kind, values_of = if (kind == "values") targets$values,
         values_on = values_used(seen$values, fit), fit = fit, target = target)
  })
  Filter(Negate(is.null), found)
}

# With the densities of what is left and of the column itself.
regression_form <- function(found) {
  fit <- found$fit
  form <- c(found[c("of", "kind", "values_of", "values_on")], fit[c("location", "scale")],
            list(density = density_fit(fit$residuals)))
  averaged <- head_rows(seq_along(found$target), MOST_AVERAGED)
  places <- normal_places(length(found$target), MARGIN_KNOTS)
  at <- unique(stats::quantile(found$target, places, names = FALSE, type = 1))
  given <- density_given(form, fit$left_out[averaged], fit$spread[averaged], at)
  form$margin <- list(at = at, score = log(colMeans(exp(given))))
  form
}

# Least squares are right for normal noise. A step of Newton's method from there towards the
# greatest likelihood, by the density of what is left, makes the fit as good as if the noise's
# distribution were known (adaptive estimation: Stone 1975, Bickel 1982): of f plus the score over
# its information, regressed as the column was. Where noise ends at once the likelihood has that
# edge, blurred by the error of f, so that steps go from wide kernels to narrow ones; each stays if
# the likelihood of rows left out rises by more than chance.
STEP_WIDTHS <- c(0.5, 0.25, 0.12, 0.06, 0.03) # usual distances

efficient <- function(fit, target, penalties) {
  if (is.null(fit$ridge)) return(fit)
  likelihood <- density_stacked(fit$residuals)$log
  for (width in STEP_WIDTHS) {
    score <- location_score(fit$residuals, width)
    towards <- fit$left_out + fit$spread * score / mean(score^2)
    step <- best_ridge(list(fit$ridge), towards, squared_loss(towards), penalties)
    residuals <- (target - step$left_out) / fit$spread
    if (!isTRUE(stats::sd(residuals) > 0)) next
    now <- density_stacked(residuals)$log
    if (!beyond_chance(now - likelihood)) next
    likelihood <- now
    fit$location <- step$regression
    fit[c("left_out", "residuals")] <- list(step$left_out, residuals)
  }
  fit
}

# Rows of a side `as` normal scores and, unless tails are too heavy, as values, of some columns;
# with what makes `values` of scores.
scores_and_values <- function(fold, side, rows, columns) {
  z <- fold[[paste0("z", side)]][rows, , drop = FALSE]
  scores <- fold[[paste0("scores_", side)]]
  back <- values_fit(scores, z, cbind(seq_along(scores) %in% columns))
  if (!isTRUE(back$alike > ALIKE[1])) return(list(as = list(scores = z)))
  list(as = list(scores = z, values = as_values(back$knots, z)), values = back$knots)
}

# Of all columns' knots those that a fit needs; of the others one stands for all.
values_used <- function(values, fit) {
  of_values <- Filter(function(ridge) identical(ridge$kind, "values"), fit[c("location", "scale")])
  if (length(of_values) == 0) return(NULL)
  columns <- unlist(lapply(of_values, function(ridge) ridge$features[c("columns", "pairs")]))
  values[-columns] <- list(list(at = 0, score = 0))
  values
}

# Of columns; squares and products; and smooth functions of columns that stand out, and of pairs of
# them that interact, as splines have it.
ridges_of <- function(as, screened) {
  room <- floor(min(MOST_SMOOTHED * c(1, nrow(as[[1]]))))
  ridge <- function(kind, columns, basis, ...) {
    features <- features_of(columns, basis, screened$pairs, FINEST, room)
    features <- fewer_waves(list(features), room)
    if (!is.null(features)) c(ridge_fit(as[[kind]], features[[1]], ...), kind = kind)
  }
  plain <- lapply(names(as), ridge, screened$most, character())
  curved <- lapply(names(as), ridge, screened$some, c("squares", "products"))
  splines <- list(ridge("scores", screened$some, "waves", smooth = TRUE),
                  if (ncol(screened$pairs) > 0) {
                    ridge("scores", screened$some, c("waves", "pairs"), smooth = TRUE)
                  })
  Filter(Negate(is.null), c(plain, curved, splines))
}

# Log densities of each of the values `y` (columns) where f and s are these (rows).
density_given <- function(form, f, s, y) {
  residuals <- (rep(y, each = length(f)) - f) / s
  matrix(density_log(form$density, residuals) - log(s), length(f))
}

# What a form says of rows: f, s, y and log p(y).
regression_of <- function(form, zx, zy) {
  sides <- if (form$of == "y") list(on = zx, of = zy) else list(on = zy, of = zx)
  seen <- list(scores = sides$on)
  kinds <- c(form$location$kind, form$scale$kind)
  if ("values" %in% kinds) seen$values <- as_values(form$values_on, sides$on)
  predicted <- function(ridge) ridge_apply(ridge, seen[[ridge$kind %||% "scores"]])
  y <- drop(if (form$kind == "values") as_values(form$values_of, sides$of) else sides$of)
  list(f = predicted(form$location), s = scale_of(predicted(form$scale)), y = y,
       margin = interpolate(form$margin, y))
}

regression_pairs <- function(form, zx, zy) {
  of <- regression_of(form, zx, zy)
  limited(density_log(form$density, (of$y - of$f) / of$s) - log(of$s) - of$margin)
}

regression_blocks <- function(form, zx, zy, blocks) {
  of <- regression_of(form, zx, zy)
  lapply(blocks, function(rows) {
    given <- density_given(form, of$f[rows], of$s[rows], of$y[rows])
    log_ratio <- limited(given - rep(of$margin[rows], each = length(rows)))
    if (form$of == "y") log_ratio else t(log_ratio)
  })
}
