#' Mutual information on a scale from 0 to 1
#'
#' Mutual information has no upper limit of its own. `mi_normalised()` puts a fit on a scale that
#' has.
#'
#' @details
#' `"correlation"`: the global correlation \eqn{\sqrt{1 - \exp(-2 I)}} (Linfoot 1957), which for two
#' jointly normal variables is the absolute correlation. Its interval is the transformed one. For
#' conditional fits it is, in the normal case, the absolute partial correlation.
#'
#' `"uncertainty"`: the uncertainty coefficient \eqn{I(X; Y) / H(Y)} (Theil 1970): the share of
#' y's entropy that x explains, 1 if y is a function of x. It needs a y with entropy: factors,
#' ordered factors and logicals, or whole numbers with few values. The entropy is that of
#' y's observed frequencies; the standard error takes its sampling noise into account (delta
#' method). Conditional fits have none.
#'
#' @param fit A fit; see [mi_fit].
#' @param type `"correlation"` (default) or `"uncertainty"`.
#' @param conf_level Number in (0, 1): level of the interval. Default: the fit's.
#' @return A data frame with one row: `term`, `estimate`, `conf.low`, `conf.high`, numbers from 0
#'   to 1 without a unit.
#' @section Errors:
#' `"uncertainty"` where y is not discrete, or of a conditional fit: class `anchormi_error_input`.
#' @references
#' Linfoot (1957). An informational measure of correlation. Information and Control 1.
#'
#' Theil (1970). On the estimation of relationships involving qualitative variables. American
#' Journal of Sociology 76.
#' @examples
#' # How strong is the dependence of a car's stopping distance on its speed?
#' set.seed(1)
#' mi_normalised(mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear()))
#'
#' # What share of the uncertainty about the species do the petals take away?
#' set.seed(1)
#' fit <- mi_anchor(Species ~ Petal.Length + Petal.Width, data = iris,
#'                  critic = critic_separable(), control = mi_control(max_steps = 200))
#' mi_normalised(fit, "uncertainty")
#' @export
mi_normalised <- function(fit, type = c("correlation", "uncertainty"),
                          conf_level = fit$conf_level) {
  check_inherits(fit, "mi_fit", "a fit by `mi_anchor()`")
  type <- check_choice(type, c("correlation", "uncertainty"))
  conf_level <- check_number(conf_level, lower = 0, upper = 1, open = TRUE)
  one <- NATS[[fit$units]]
  on_scale <- function(value) pmin(pmax(value, 0), 1)
  values <- if (type == "correlation") {
    interval <- stats::confint(fit, level = conf_level)
    sqrt(on_scale(1 - exp(-2 * one * c(fit$estimate, interval))))
  } else {
    surprisal <- fit$surprisal
    if (is.null(surprisal)) {
      abort_input(c(paste("{.arg fit} must have a discrete y, and no z,",
                          "for {.code type = \"uncertainty\"}."),
                    i = "Make y a factor, if its values are categories."))
    }
    weights <- row_weights(fit$weights, fit$n)
    entropy <- stats::weighted.mean(surprisal, weights)
    share <- one * fit$estimate / entropy
    linear <- function(v) share + (one * v - share * surprisal) / entropy
    value <- estimate_mean(linear(contributions(fit)), fit$fold, linear(scatter_of(fit)),
                           one * added_error(fit$corrections) / entropy, weights, fit$groups,
                           critics = critic_errors(fit$critics, fit$settings$value) / entropy)
    on_scale(c(share, student_interval(share, value$std_error, value$df, conf_level)))
  }
  data.frame(term = type, estimate = values[1], conf.low = values[2], conf.high = values[3])
}

# Minus the log of each row's frequency, nats, of a block that is discrete; NULL if it isn't.
# Numbers are taken as such if a value has ten rows on the average.
surprisal_of <- function(block, recipe, weights) {
  categories <- vapply(recipe, function(column) column$type != "numeric", NA)
  key <- row_keys(block, always = all(categories))
  if (is.null(key)) return(NULL)
  weights <- row_weights(weights, nrow(block))
  share <- as.numeric(tapply(weights, key, sum))[key] / sum(weights)
  ifelse(share > 0, -log(share), 0) # who is not there has no part
}
