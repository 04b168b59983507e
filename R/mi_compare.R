#' Several objectives and critics on the same folds
#'
#' Fits each objective with each critic by [mi_anchor()], all on the same folds and with the
#' same seeds, so that differences are theirs and not the split's.
#'
#' Estimates of different kinds stand side by side here: read `value` and `up_to`. Larger is not
#' better, and there is no picking the largest: that would be a best of many.
#'
#' @param x,... Data and settings for [mi_anchor()]: two blocks, or a formula and its data.
#'   `value`, where given, must be one that every objective can report. `subset`, and `weights` and
#'   `groups` with a formula, can't be given: take that subset of the data, and blocks.
#'   With weights, groups or a z objectives must find the log ratio itself (not InfoNCE).
#' @param objectives An objective or a list of them; names label the rows. Default: the anchored
#'   log score, NCE and InfoNCE.
#' @param critics A critic or a list of them; names label the rows. Each is fitted by itself. A
#'   critic that gives a log ratio is given `head = "ratio"` for chi-squared and spectral
#'   objectives. Default: bilinear and separable.
#' @return A data frame of class `mi_comparison`, one row a fit: `objective`, `critic`, `value`
#'   (which estimate), `up_to` (what the objective leaves open, empty if nothing), `estimate`,
#'   `std.error`, `conf.low`, `conf.high`, their `units`, `score` (mean held-out loss on the
#'   choosing rows less that of independence; compares critics of one objective), `seconds`.
#'   `autoplot()` and `plot()` draw it.
#' @section Errors:
#' Those of [mi_anchor()].
#' @examples
#' # Does it matter which objective one takes, for petals and sepals?
#' set.seed(1)
#' comparison <- mi_compare(
#'   iris[c("Sepal.Length", "Sepal.Width")], iris[c("Petal.Length", "Petal.Width")],
#'   objectives = list(anchor = objective_anchor(nu = 10), infonce = objective_infonce()),
#'   critics = critic_bilinear(), control = mi_control(max_steps = 300))
#' comparison
#' @export
mi_compare <- function(x, ..., objectives = list(objective_anchor(nu = 10), objective_nce(),
                                                 objective_infonce()),
                       critics = list(critic_bilinear(), critic_separable())) {
  wrong <- intersect(...names(), c("objective", "critic", "subset",
                                   if (inherits(x, "formula")) c("weights", "groups")))
  if (length(wrong) > 0) {
    abort_input(c("{.arg {wrong[1]}} is no argument of {.fn mi_compare}.",
                  i = paste("Give {.arg objectives} and {.arg critics}, a subset of the data",
                            "in the place of {.arg subset}; weights and groups with blocks.")))
  }
  objectives <- as_members(objectives, "mi_objective", "an objective")
  critics <- as_members(critics, "mi_critic", "a critic")
  stats::runif(1) # so that there is a state to go back to
  state <- get(".Random.seed", globalenv())
  pairs <- expand.grid(critic = seq_along(critics), objective = seq_along(objectives))
  here <- environment()
  compared <- Map(function(objective, critic) {
    if (wants_ratio(objective) && critic$head == "log_ratio") critic$head <- "ratio"
    check_critic_for(objective, critic, call = here) # before hours were spent on others
    list(objective = objective, critic = critic)
  }, objectives[pairs$objective], critics[pairs$critic])
  rows <- lapply(seq_along(compared), function(p) {
    assign(".Random.seed", state, globalenv())
    objective <- compared[[p]]$objective
    began <- proc.time()[["elapsed"]]
    fit <- mi_anchor(x, ..., objective = objective, critic = compared[[p]]$critic)
    seconds <- proc.time()[["elapsed"]] - began
    data.frame(
      objective = names(objectives)[pairs$objective[p]],
      critic = names(critics)[pairs$critic[p]], value = fit$settings$value,
      up_to = left_open[[recovers(objective)]], estimate = fit$estimate,
      std.error = fit$std_error, conf.low = fit$conf_int[1], conf.high = fit$conf_int[2],
      units = fit$units, score = mean(fit$folds$score), seconds = seconds)
  })
  out <- do.call(rbind, rows)
  class(out) <- c("mi_comparison", class(out))
  out
}

# A list of objects of a class, with names.
as_members <- function(x, class, wanted, arg = caller_arg(x), call = caller_env()) {
  members <- if (inherits(x, class)) list(x) else x
  if (!is.list(members) || length(members) == 0 ||
      !all(vapply(members, inherits, logical(1), class))) {
    abort_input(c("{.arg {arg}} must be {wanted} or a list of them.",
                  x = "It is {describe(x)}."), call = call)
  }
  # The constructor's name, where that tells them apart.
  labels <- vapply(members, function(m) if (is.null(m$name)) m$kind else m$name, "")
  if (anyDuplicated(labels)) labels <- vapply(members, format, "")
  given <- names(members)
  names(members) <- if (is.null(given)) labels else ifelse(nzchar(given), given, labels)
  members
}

#' @export
print.mi_comparison <- function(x, ...) {
  cat("<mi_comparison> mutual information in ", x$units[1], ", on the same folds\n", sep = "")
  print(plain_frame(x), digits = 3, row.names = FALSE, ...)
  invisible(x)
}

#' @rdname autoplot
#' @exportS3Method ggplot2::autoplot
autoplot.mi_comparison <- function(object, ...) {
  ggplot2::ggplot(object, ggplot2::aes(
    x = .data[["estimate"]], y = stats::reorder(.data[["objective"]], .data[["estimate"]]),
    colour = .data[["critic"]], shape = .data[["value"]])) +
    ggplot2::geom_vline(xintercept = 0, linetype = "dotted") +
    ggplot2::geom_pointrange(
      ggplot2::aes(xmin = .data[["conf.low"]], xmax = .data[["conf.high"]]),
      position = ggplot2::position_dodge(width = 0.5)) +
    ggplot2::labs(x = paste0("Estimate and interval (", object$units[1], ")"), y = NULL,
                  colour = "Critic", shape = "Value")
}

#' @rdname autoplot
#' @export
plot.mi_comparison <- draw
