#' More than two blocks
#'
#' Measures of what several blocks of columns have in common, as sums and differences of mutual
#' informations on the same rows and folds, so that the standard error is that of the sum and not
#' of its parts.
#'
#' @details
#' `mi_total_correlation()`: how far the blocks \eqn{X_1, \dots, X_m} are from independence
#' (Watanabe 1960), \eqn{\sum_k I(X_1, \dots, X_{k-1}; X_k)} by the chain rule: 0 if and only if
#' all are independent. With `dual = TRUE` the dual total correlation (Han 1978), what is shared by
#' more than one of them, \eqn{\sum_k I(X_k; X_{-k})} less the total correlation. For two blocks
#' both are the mutual information.
#'
#' `mi_interaction()`: \eqn{I(X; Y) - I(X; Y | Z)} (McGill 1954), by the chain rule
#' \eqn{I(X; Y) + I(X; Z) - I(X; Y, Z)}: what Y and Z tell about X alike. Above 0 they are
#' redundant, as two measurements of one cause are; below 0 they tell more together than the sum
#' of what each tells, as the two inputs of an exclusive or do. It is symmetric in the three.
#'
#' @param x `mi_total_correlation()`: a data frame or matrix, whose columns are the blocks, or a
#'   list of blocks (vectors, matrices, data frames) with the same rows. `mi_interaction()`: a
#'   block.
#' @param y,z Further blocks.
#' @param dual `TRUE` or `FALSE` (default): the dual total correlation.
#' @param weights,groups,folds,conf_level,na.action,units As in [mi_anchor()].
#' @param ... Further arguments of [mi_anchor()] for each of the fits: `critic`, `objective`,
#'   `value`, `control`, `standardise`, `preset`.
#' @param object,data An object of class `mi_combination`; a data frame with the rows that it was
#'   given, or `NULL`.
#' @param conf.int,conf.level,level,parm As for [mi_fit] and its [tidiers].
#' @return An object of class `mi_combination`, a list:
#' \describe{
#'   \item{`estimate`, `std_error`, `df`, `conf_level`, `conf_int`, `least`,
#'     `units`}{As in [mi_fit]; an interaction may be negative: its `least` is `-Inf`.}
#'   \item{`terms`}{Data frame, one row a mutual information: `term`, `sign`, `estimate`,
#'     `std.error`.}
#'   \item{`fits`}{List of these, each a [mi_fit].}
#'   \item{`contribution`, `pmi`, `fold`, `groups`, `n`, `na_action`, `call`}{As in [mi_fit];
#'     contributions and pointwise values are sums.}
#' }
#' It has `summary()` (the terms with their errors, and what was added to each), `coef()`,
#' `confint()`, `nobs()`, `update()`, `tidy()`, `glance()`, `augment()`, `autoplot()` (the terms and
#' their sum) and `plot()`.
#' @section Errors:
#' Those of [mi_anchor()]; fewer than two blocks.
#' @references
#' Watanabe (1960). Information theoretical analysis of multivariate correlation. IBM Journal of
#' Research and Development 4.
#'
#' Han (1978). Nonnegative entropy measures of multivariate symmetric correlations. Information and
#' Control 36.
#'
#' McGill (1954). Multivariate information transmission. Psychometrika 19.
#' @examples
#' # How much do three of a flower's measurements have in common?
#' set.seed(1)
#' mi_total_correlation(iris[1:3], critic = critic_bilinear(), folds = 3)
#'
#' # Do petals and sepals tell the same about the species?
#' set.seed(1)
#' mi_interaction(iris$Species, iris[c("Petal.Length", "Petal.Width")],
#'                iris[c("Sepal.Length", "Sepal.Width")], critic = critic_bilinear(), folds = 3)
#' @name mi_combination
NULL

#' @rdname mi_combination
#' @export
mi_total_correlation <- function(x, dual = FALSE, weights = NULL, groups = NULL, folds = NULL,
                                 conf_level = 0.95, na.action = stats::na.omit,
                                 units = c("nats", "bits"), ...) {
  if (missing(x)) abort_input("{.arg x} is missing: two blocks or more are needed.")
  dual <- check_flag(dual)
  blocks <- as_blocks(x)
  m <- length(blocks)
  chain <- function(last, sign) {
    lapply(seq_len(last)[-1], function(k) list(x = seq_len(k - 1), y = k, sign = sign))
  }
  # The chain's last term is that of the last block, which the dual's sum has with both signs.
  of_each <- lapply(seq_len(m - 1), function(k) list(x = seq_len(m)[-k], y = k, sign = 1))
  terms <- if (dual) c(of_each, chain(m - 1, -1)) else chain(m, 1)
  name <- if (dual) c(dtc = "dual total correlation") else c(tc = "total correlation")
  combine(blocks, terms, name, weights, groups, folds, conf_level, na.action, units, match.call(),
          ...)
}

#' @rdname mi_combination
#' @export
mi_interaction <- function(x, y, z, weights = NULL, groups = NULL, folds = NULL,
                           conf_level = 0.95, na.action = stats::na.omit,
                           units = c("nats", "bits"), ...) {
  if (missing(x) || missing(y) || missing(z)) {
    abort_input("Three blocks are needed: {.arg x}, {.arg y} and {.arg z}.")
  }
  terms <- list(list(x = 1, y = 2, sign = 1), list(x = 1, y = 3, sign = 1),
                list(x = 1, y = 2:3, sign = -1))
  combine(list(x = x, y = y, z = z), terms, c(interaction = "interaction information"),
          weights, groups, folds, conf_level, na.action, units, match.call(), ...)
}

as_blocks <- function(x, call = caller_env()) {
  if (is.matrix(x) && is.atomic(x)) { # whose columns are still time series if it is one
    x <- stats::setNames(lapply(seq_len(ncol(x)), function(j) x[, j]), colnames(x))
  }
  if (!is.list(x) || length(x) < 2) {
    abort_input(c("{.arg x} must be two or more blocks: a data frame, a matrix or a list.",
                  x = "It is {describe(x)}."), call = call)
  }
  names <- names(x)
  if (is.null(names)) names <- character(length(x))
  names[!nzchar(names)] <- paste0("x", seq_along(x))[!nzchar(names)]
  check_names(names, "x", call)
  stats::setNames(as.list(x), names)
}

# `terms`: each the blocks of x and of y, by number, and a sign. All on one plan.
combine <- function(blocks, terms, name, weights, groups, folds, conf_level, na.action, units,
                    call, ..., error_call = caller_env()) {
  own <- setdiff(names(formals(check_settings)), c("conditioning", "no_pairs", "call"))
  check_names_among(..., names = own, of = deparse1(call[[1]]), call = error_call)
  settings <- check_settings(folds = folds, conf_level = conf_level, units = units, ...,
                             no_pairs = "Others are bounds, and sums of bounds are none.",
                             call = error_call)
  names <- names(blocks)
  data <- prepare_blocks(blocks, na.action, weights, stats::setNames(names, names), groups,
                         error_call)
  for (pair in utils::combn(length(names), 2, simplify = FALSE)) {
    report_shared(stats::setNames(data$blocks[pair], c("x", "y")), names(data$recipes[[pair[1]]]),
                  stats::setNames(names[pair], c("x", "y")))
  }
  settings$folds <- check_rows(settings, data, error_call)
  plan <- make_plan(data$n, settings$folds, data$weights, data$groups,
                    rows_alike(data$blocks, data$groups), error_call)
  in_nats <- settings
  in_nats$units <- "nats"
  fits <- lapply(terms, function(term) {
    own <- c(join_blocks(data, list(x = term$x, y = term$y)), given = 0)
    mi_fit_data(own, in_nats, call, plan = plan, error_call = error_call)
  })
  text <- function(which) paste(names[which], collapse = ", ")
  labels <- vapply(terms, function(term) paste0("I(", text(term$x), "; ", text(term$y), ")"), "")
  new_mi_combination(name, stats::setNames(fits, labels), vapply(terms, `[[`, 1, "sign"), plan,
                     data, settings, call)
}

new_mi_combination <- function(name, fits, sign, plan, data, settings, call) {
  total <- function(what) Reduce(`+`, Map(function(fit, s) s * what(fit), fits, sign))
  contribution <- total(contributions)
  # What was added errs alike in terms of one sign; how far signs cancel is not known.
  error <- sqrt(sum(tapply(vapply(fits, function(f) added_error(f$corrections), 1), sign, sum)^2))
  # What offsets err by comes of pairs of rows that each term sees other columns of.
  of_critics <- vapply(fits, function(f) critic_errors(f$critics, f$settings$value),
                       numeric(length(plan$tasks)))
  value <- estimate_mean(contribution, plan$part, total(scatter_of), error,
                         row_weights(data$weights, data$n), data$groups,
                         critics = sqrt(rowSums(of_critics^2)))
  of_fits <- function(what) vapply(fits, `[[`, 1, what)
  least <- if (names(name) == "interaction") -Inf else least_of(settings$value)
  fit <- structure(
    list(what = name, estimate = value$estimate, std_error = value$std_error,
         df = value$df, conf_level = settings$conf_level,
         conf_int = student_interval(value$estimate, value$std_error, value$df,
                                     settings$conf_level, least),
         least = least, units = settings$units,
         terms = data.frame(term = names(fits), sign = sign, estimate = of_fits("estimate"),
                            std.error = of_fits("std_error"), row.names = NULL),
         fits = fits, contribution = contribution, pmi = total(function(f) f$pmi),
         fold = plan$part, groups = data$groups, n = data$n, na_action = data$na_action,
         call = call),
    class = "mi_combination")
  in_units(fit, settings$units)
}

#' @export
format.mi_combination <- function(x, ...) {
  number <- function(value) formatC(value, digits = 4, format = "f")
  terms <- paste0(ifelse(x$terms$sign > 0, "+ ", "- "), format(x$terms$term), " ",
                  format(number(x$terms$estimate), justify = "right"))
  remarks <- lapply(x$fits, fit_remarks)
  of_all <- Reduce(intersect, remarks)
  of_one <- Map(function(own, term) paste0(term, ": ", setdiff(own, of_all), recycle0 = TRUE),
                remarks, x$terms$term)
  c(paste0("<mi_combination> ", x$what),
    label("Estimate", paste(number(x$estimate), x$units)),
    label("Standard error", number(x$std_error)),
    label(paste0(format(100 * x$conf_level), " % interval"),
          paste(number(x$conf_int), collapse = " to ")),
    label("Rows", paste0(x$n, in_groups(x), dropped_text(x))),
    paste0(c("  Sum of           ", rep(strrep(" ", 19), length(terms) - 1)), terms),
    as_notes(c(of_all, unlist(of_one))))
}

#' @export
print.mi_combination <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname mi_combination
#' @export
summary.mi_combination <- function(object, ...) {
  structure(list(fit = object), class = "summary.mi_combination")
}

#' @export
print.summary.mi_combination <- function(x, ...) {
  fit <- x$fit
  print(fit)
  cat("\nTerms, and what was added to their plug-in values, ", fit$units, ":\n", sep = "")
  terms <- fit$terms
  terms$sign <- ifelse(terms$sign > 0, "+", "-")
  terms$added <- vapply(fit$fits, function(f) sum(f$corrections$added), 1) / NATS[[fit$units]]
  print(format(terms, digits = 4), row.names = FALSE)
  invisible(x)
}

#' @rdname mi_combination
#' @export
coef.mi_combination <- function(object, ...) {
  stats::setNames(object$estimate, names(object$what))
}

#' @rdname mi_combination
#' @export
confint.mi_combination <- function(object, parm, level = object$conf_level, ...) {
  interval_matrix(object, level)
}

#' @export
formula.mi_combination <- function(x, ...) NULL # it is by blocks

#' @rdname mi_combination
#' @export
nobs.mi_combination <- function(object, ...) object$n

#' @rdname mi_combination
#' @export
tidy.mi_combination <- function(x, conf.int = FALSE, conf.level = x$conf_level, ...) {
  tidy_estimate(x, conf.int, conf.level)
}

#' @rdname mi_combination
#' @export
glance.mi_combination <- function(x, ...) {
  data.frame(estimate = x$estimate, std.error = x$std_error, nobs = x$n, groups = group_count(x),
             terms = nrow(x$terms), folds = max(x$fold), units = x$units)
}

#' @rdname mi_combination
#' @export
augment.mi_combination <- function(x, data = NULL, ...) augment_rows(x, data)

#' @rdname mi_combination
#' @exportS3Method ggplot2::autoplot
autoplot.mi_combination <- function(object, ...) {
  terms <- object$terms
  rows <- data.frame(
    term = c(paste(ifelse(terms$sign > 0, "+", "-"), terms$term), object$what),
    estimate = c(terms$estimate, object$estimate),
    is = rep(c("term", "sum"), c(nrow(terms), 1)))
  rows$term <- factor(rows$term, rev(unique(rows$term)))
  of_terms <- vapply(object$fits, function(fit) fit$conf_int / NATS[[object$units]], numeric(2))
  rows[c("low", "high")] <- t(cbind(of_terms, object$conf_int))
  ggplot2::ggplot(rows, ggplot2::aes(x = .data[["estimate"]], y = .data[["term"]],
                                     colour = .data[["is"]])) +
    ggplot2::geom_vline(xintercept = 0, linetype = "dotted") +
    ggplot2::geom_pointrange(ggplot2::aes(xmin = .data[["low"]], xmax = .data[["high"]]),
                             na.rm = TRUE) +
    ggplot2::scale_colour_manual(values = c(term = "grey40", sum = "firebrick"), guide = "none") +
    ggplot2::labs(x = paste0("Estimate and interval (", object$units, ")"), y = NULL)
}

#' @rdname mi_combination
#' @export
plot.mi_combination <- draw
