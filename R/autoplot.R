#' Pictures of a fit
#'
#' @param object,x A fit; see [mi_fit]. A comparison, of [mi_compare()]: estimates and intervals.
#'   A test, of [mi_test()]: the statistics of permuted rows and the observed one, or the path of
#'   the e-value.
#' @param type `"pmi"` (default): a histogram of the held-out pointwise values, with their
#'   mean, the estimate, and its interval. `"training"`: the loss on the batches and on the
#'   choosing rows by step, less that of independence, a panel for each fold (and
#'   each network of [critic_auto()], whose losses are less that of the Gaussian copula); the
#'   dashed line is the state that was kept. Below 0 is better than independence.
#'   `"calibration"`: a reliability diagram of held-out rows, the log ratio that the critic says
#'   beside the one that frequencies show; points on the line are as they should be.
#' @param ... Ignored.
#' @return `autoplot()`: a ggplot object. `plot()` draws it and returns the fit. Both need
#'   the package ggplot2.
#' @section Which plots there are:
#' | class | by | types |
#' |---|---|---|
#' | `mi_fit` | [mi_anchor()] | `"pmi"`, `"training"`, `"calibration"` |
#' | `mi_combination` | [mi_total_correlation()], [mi_interaction()] | terms and their sum |
#' | `mi_test` | [mi_test()] | permuted statistics and the observed one; the path of the e-value |
#' | `mi_comparison` | [mi_compare()] | estimates and intervals |
#' | `mi_benchmark` | [mi_benchmark()] | estimates beside truths |
#' | `mi_objective`, `mi_score` | [objective_anchor()], [score_log()] | score and generator |
#' @section Errors:
#' Without ggplot2 an error of class `anchormi_error_package` says how to get it. `"training"` of a
#' fit without networks, and `"calibration"` of one that found nothing or doesn't find the ratio,
#' are errors of class `anchormi_error_input`.
#' @section Which autoplot:
#' This `autoplot()` passes every object on to [ggplot2::autoplot()], so it does not matter
#' which of the two is found first.
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' set.seed(1)
#' fit <- mi_anchor(Petal.Length + Petal.Width ~ Sepal.Length + Sepal.Width, data = iris,
#'                  critic = critic_bilinear(), control = mi_control(max_steps = 300))
#' plot(fit)
#'
#' # Was training long enough?
#' plot(fit, "training")
#'
#' # Are its ratios to be believed?
#' plot(fit, "calibration")
#' @export
autoplot <- function(object, ...) {
  check_installed("ggplot2", "to draw plots")
  ggplot2::autoplot(object, ...)
}

# The plot method of every class.
draw <- function(x, ...) {
  print(autoplot(x, ...))
  invisible(x)
}

#' @rdname autoplot
#' @exportS3Method ggplot2::autoplot
autoplot.mi_fit <- function(object, type = c("pmi", "training", "calibration"), ...) {
  switch(check_choice(type, c("pmi", "training", "calibration")),
         pmi = plot_pmi(object),
         training = plot_training(object),
         calibration = plot_calibration(object))
}

#' @rdname autoplot
#' @export
plot.mi_fit <- draw

plot_pmi <- function(fit) {
  rows <- data.frame(pmi = contributions(fit))
  # A few rows far out would leave no room for the others.
  shown <- range(stats::quantile(rows$pmi, c(0.002, 0.998)), fit$conf_int, na.rm = TRUE)
  outside <- sum(rows$pmi < shown[1] | rows$pmi > shown[2])
  interval <- data.frame(low = fit$conf_int[1], high = fit$conf_int[2])
  ggplot2::ggplot(rows, ggplot2::aes(x = .data[["pmi"]])) +
    ggplot2::geom_histogram(binwidth = max(diff(shown) / 60, 1e-6), fill = "grey70",
                            colour = "white", linewidth = 0.2) +
    ggplot2::geom_rect(data = interval, inherit.aes = FALSE, fill = "firebrick", alpha = 0.25,
                       na.rm = TRUE, # no error is known where nothing was found
                       ggplot2::aes(xmin = .data[["low"]], xmax = .data[["high"]],
                                    ymin = -Inf, ymax = Inf)) +
    ggplot2::geom_vline(xintercept = fit$estimate, colour = "firebrick", linewidth = 0.8) +
    ggplot2::geom_vline(xintercept = 0, linetype = "dotted") +
    ggplot2::coord_cartesian(xlim = shown) +
    ggplot2::labs(
      x = if (fit$settings$value == "plugin") {
        paste0("Pointwise mutual information of a held-out row (", fit$units, ")")
      } else paste0("Contribution of a held-out row to the estimate (", fit$units, ")"),
      y = "Rows",
      caption = if (outside > 0) sprintf("%d of %d rows lie outside", outside, fit$n),
      title = sprintf("%s %.3f %s, %s %% interval %.3f to %.3f",
                      if (is_conditional_fit(fit)) "Conditional mutual information"
                      else "Mutual information", fit$estimate, fit$units,
                      format(100 * fit$conf_level), fit$conf_int[1],
                      fit$conf_int[2]))
}

# The networks that a trained critic is made of, with their histories.
networks_of <- function(trained) {
  if (is_conditional_critic(trained)) return(networks_of(trained$joint))
  if (!is_stack(trained)) return(list(c(trained[c("history", "best_step")], name = "")))
  lapply(trained$turns[[1]]$members, function(m) {
    c(m$trained[c("history", "best_step")], name = m$name)
  })
}

plot_training <- function(fit) {
  rows <- do.call(rbind, lapply(seq_along(fit$critics), function(f) {
    do.call(rbind, lapply(networks_of(fit$critics[[f]]), function(network) {
      history <- network$history
      data.frame(fold = paste("fold", f), network = network$name, step = history$step,
                 score = c(history$train, history$valid), best = network$best_step,
                 rows = rep(c("train", "choose"), each = nrow(history)))
    }))
  }))
  if (is.null(rows)) {
    abort_input(c("{.arg object} must be a fit with networks for {.code type = \"training\"}.",
                  x = "It has only closed forms."), call = NULL)
  }
  kept <- unique(rows[c("fold", "network", "best")])
  several <- length(unique(rows$network)) > 1
  ggplot2::ggplot(rows, ggplot2::aes(x = .data[["step"]], y = .data[["score"]],
                                     colour = .data[["rows"]])) +
    ggplot2::geom_hline(yintercept = 0, linetype = "dotted") +
    ggplot2::geom_line() +
    ggplot2::geom_vline(data = kept, ggplot2::aes(xintercept = .data[["best"]]),
                        linetype = "dashed") +
    (if (several) ggplot2::facet_grid(ggplot2::vars(.data[["fold"]]),
                                      ggplot2::vars(.data[["network"]]), scales = "free_x")
     else ggplot2::facet_wrap(ggplot2::vars(.data[["fold"]]))) +
    ggplot2::labs(x = "Step", y = "Loss, less that of independence (nats)", colour = "Rows that")
}

plot_calibration <- function(fit) {
  bins <- fit$calibration
  if (is.null(bins) || nrow(bins) == 0) {
    no_pairs <- no_pairs_of(is_conditional_fit(fit), fit$weights, fit$groups)
    abort_input(c("{.arg object} must be a fit with ratios of all pairs for
                   {.code type = \"calibration\"}.",
                  x = if (!is.null(no_pairs)) "With weights, groups or a z it has none."
                      else if (all(fit$folds$independent)) "It found no dependence."
                      else if (is.null(bins)) "Its objective doesn't give them."
                      else "It has too few rows."), call = NULL)
  }
  ggplot2::ggplot(bins, ggplot2::aes(x = .data[["said"]], y = .data[["found"]])) +
    ggplot2::geom_abline(linetype = "dotted") +
    ggplot2::geom_linerange(ggplot2::aes(ymin = .data[["low"]], ymax = .data[["high"]])) +
    ggplot2::geom_point(ggplot2::aes(size = .data[["rows"]])) +
    ggplot2::scale_size_area(max_size = 4) +
    ggplot2::labs(x = paste0("Log density ratio that the critic says (", fit$units, ")"),
                  y = paste0("Log ratio of frequencies among held-out rows (", fit$units, ")"),
                  size = "Rows")
}
