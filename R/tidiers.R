#' @importFrom generics tidy
#' @export
generics::tidy

#' @importFrom generics glance
#' @export
generics::glance

#' @importFrom generics augment
#' @export
generics::augment

#' Fits as data frames
#'
#' @param x A fit; see [mi_fit].
#' @param conf.int `TRUE` or `FALSE` (default): add the interval.
#' @param conf.level Number in (0, 1): its level. Default: the fit's.
#' @param data Data frame, or `NULL` (default): the rows that the fit was given, to which
#'   the columns are added.
#' @param ... Ignored.
#' @return `tidy()`: one row, with `term`, `estimate`, `std.error`, on request `conf.low` and
#'   `conf.high`, and the `units` that they are in. `glance()`: one row about the fit as a whole
#'   (`groups`: how many, `NA` where rows have none).
#'   `augment()`: one row for each row used (each row of `data`), with `.pmi`, the held-out
#'   pointwise mutual information (`NA` where the objective finds it only up to a
#'   function of x), and `.fold`.
#' @section Errors:
#' `data` with other rows than the fit was given; class `anchormi_error_input`. After a fit
#' with `subset`, give `data` with that subset.
#' @examples
#' set.seed(1)
#' fit <- mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear())
#' tidy(fit, conf.int = TRUE)
#' glance(fit)
#'
#' # Which cars speak for a dependence, and which against?
#' rows <- augment(fit, cars)
#' head(rows[order(rows$.pmi), ])
#' @name tidiers
NULL

#' @rdname tidiers
#' @export
tidy.mi_fit <- function(x, conf.int = FALSE, conf.level = x$conf_level, ...) {
  tidy_estimate(x, conf.int, conf.level)
}

# Of anything with an estimate.
tidy_estimate <- function(x, conf.int, conf.level) {
  out <- data.frame(term = names(stats::coef(x)), estimate = x$estimate, std.error = x$std_error)
  if (check_flag(conf.int)) {
    conf.level <- check_number(conf.level, lower = 0, upper = 1, open = TRUE)
    interval <- stats::confint(x, level = conf.level)
    out$conf.low <- interval[1]
    out$conf.high <- interval[2]
  }
  out$units <- x$units
  out
}

#' @rdname tidiers
#' @export
glance.mi_fit <- function(x, ...) {
  data.frame(estimate = x$estimate, std.error = x$std_error, nobs = x$n, groups = group_count(x),
             columns.x = length(x$recipes$x), columns.y = length(x$recipes$y),
             columns.z = length(x$recipes$z),
             folds = nrow(x$folds), critics = paste(sort(unique(x$folds$critic)), collapse = ", "),
             objective = format(x$settings$objective, batch = fit_batch(x)),
             value = x$settings$value, units = x$units)
}

#' @rdname tidiers
#' @export
augment.mi_fit <- function(x, data = NULL, ...) augment_rows(x, data)

augment_rows <- function(x, data, call = caller_env()) {
  columns <- data.frame(.pmi = stats::napredict(x$na_action, x$pmi),
                        .fold = stats::napredict(x$na_action, x$fold))
  if (is.null(data)) return(columns)
  check_inherits(data, "data.frame", "a data frame or NULL", call = call)
  if (nrow(data) == x$n + length(x$na_action) && nrow(columns) < nrow(data)) {
    data <- data[-x$na_action, , drop = FALSE] # na.omit: these rows were left out
  }
  if (nrow(data) != nrow(columns)) {
    abort_input(c("{.arg data} must have the rows that the fit was given.",
                  x = "It has {nrow(data)} rows; the fit used {x$n}.",
                  i = "After a fit with {.arg subset}, take that subset of the data."), call = call)
  }
  data[names(columns)] <- columns
  data
}

# These are tidy as they are.
#' @export
tidy.mi_comparison <- function(x, ...) plain_frame(x)

#' @export
tidy.mi_benchmark <- function(x, ...) plain_frame(x)

plain_frame <- function(x) {
  class(x) <- "data.frame"
  x
}
