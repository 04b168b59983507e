#' Pictures of objectives and scores
#'
#' For an objective: how the loss of a batch of three pairs, or as many as its options want,
#' moves with the score of one dependent and of one independent pair, all other scores being 0 (1
#' if they are ratios): the curves that training descends, by the code it runs. For a scoring
#' rule: the loss of either class of two by the forecast probability of class 1, and the
#' generator, the expected
#' loss of a truthful forecast, whose concavity is what makes the rule proper.
#'
#' @param x,object An objective or a scoring rule; see [mi_objectives()], [scores].
#' @param ... Ignored.
#' @return `autoplot()`: a ggplot object; `plot()` draws it and returns `x`. Both need ggplot2.
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' # Why do bounded scores pin the scale of the ratio weakly? Their curves level off:
#' plot(objective_anchor(score_brier()))
#' plot(objective_anchor(score_log()))
#' plot(score_spherical())
#' @name plot.mi_objective
NULL

#' @rdname plot.mi_objective
#' @exportS3Method ggplot2::autoplot
autoplot.mi_objective <- function(object, ...) {
  ratio <- object$core$ratio
  at <- if (ratio) seq(0, 6, length.out = 121) else seq(-6, 6, length.out = 121)
  rest <- if (ratio) 1 else 0
  object$core$k <- min(object$core$k, 255) # more look the same
  batch <- min(256, max(3, object$core$k + 1, ceiling(object$core$alpha) + 1))
  loss_at <- function(cell, score) {
    scores <- matrix(rest, batch, batch)
    scores[cell] <- score
    if (object$core$second > 0) scores <- array(c(scores, 0 * scores), c(batch, batch, 2))
    contrastive_loss(scores, object)$value
  }
  curve <- function(cell, pair) {
    data.frame(score = at, pair, loss = vapply(at, function(s) loss_at(cell, s), 1))
  }
  curves <- rbind(curve(1, "dependent"), curve(batch + 1, "independent"))
  ggplot2::ggplot(curves, ggplot2::aes(x = .data[["score"]], y = .data[["loss"]],
                                       colour = .data[["pair"]])) +
    ggplot2::geom_line() +
    ggplot2::geom_vline(xintercept = rest, linetype = "dotted") +
    ggplot2::labs(x = if (ratio) "Ratio of one pair" else "Score of one pair (nats)",
                  y = "Loss of the batch", colour = "Pair", title = format(object))
}

#' @rdname plot.mi_objective
#' @exportS3Method ggplot2::autoplot
autoplot.mi_score <- function(object, ...) {
  p <- seq(0.005, 0.995, by = 0.005)
  forecasts <- cbind(1 - p, p)
  by_class <- vapply(0:1, function(z) proper_score(forecasts, rep(z, length(p)), object),
                     numeric(length(p)))
  curves <- data.frame(
    probability = p, loss = c(by_class, rowSums(forecasts * by_class)),
    curve = rep(c("anchor true", "candidate true", "generator"), each = length(p)))
  ggplot2::ggplot(curves, ggplot2::aes(x = .data[["probability"]], y = .data[["loss"]],
                                       colour = .data[["curve"]])) +
    ggplot2::geom_line() +
    ggplot2::coord_cartesian(ylim = stats::quantile(curves$loss, c(0.01, 0.99))) +
    ggplot2::labs(x = "Forecast probability of the candidate", y = "Loss", colour = NULL,
                  title = format(object))
}

#' @rdname plot.mi_objective
#' @export
plot.mi_objective <- draw

#' @rdname plot.mi_objective
#' @export
plot.mi_score <- draw
