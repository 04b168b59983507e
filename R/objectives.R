#' Objectives: what training minimises
#'
#' `objective_anchor()` is InfoNCE-anchor with the log score (Ryu et al. 2025): a
#' classifier is shown x and K candidates for its partner, and says which of them came with
#' x, or that none did (the *anchor* class). The anchor pins down the ratio's scale: at the
#' optimum the critic is \eqn{\log p(x, y) / (p(x) p(y))} itself, so that its mean over
#' pairs is the mutual information. Without it (`nu = 0`, InfoNCE) the critic is known only
#' up to a function of x, and the value can't exceed log K.
#'
#' With \eqn{r_k = \exp s(x, y_k)} the classes have the probabilities
#' \deqn{\eta_0 = \nu / (\nu + \sum_k r_k), \qquad \eta_k = r_k / (\nu + \sum_k r_k),}
#' and the prior of the anchor is \eqn{\nu / (K + \nu)}. The loss is the expected
#' \eqn{-\log \eta} of the true class. In a batch of B pairs, row i of the score matrix
#' gives problems with the pair (x_i, y_i) and the other rows' y as independent candidates:
#' every candidate in turn makes room for the pair, and the losses are averaged, so that
#' nothing is left to chance and the batch loss is unbiased for the population's.
#'
#' @param nu Number >= 0: weight of the anchor class. Small values pin the scale of the
#'   ratio weakly, large ones slow learning where dependence is strong. Default 10:
#'   the paper's 1 is meant for an endless stream of fresh batches, and overshoots on finite
#'   samples with strong dependence (`bench/results/defaults.md` in the sources, by
#'   `make bench-defaults`, compares the two); `nu = 0` is InfoNCE,
#'   which [contrastive_loss()] computes but [mi_anchor()] refuses, as it does values
#'   below 0.001, because its critic gives no estimate.
#' @param k Whole number >= 1, or `NULL`: number K of candidates. `NULL` (default): all
#'   other rows of a batch, the batch size less one. Smaller values cut each row's other
#'   rows into blocks of K; K = 1 is noise-contrastive estimation (NCE). Values above the
#'   batch size less one mean that number.
#' @return An object of class `mi_objective`, a list that prints in a line.
#' @section Errors:
#' `nu` below 0, `k` below 1, and `k = 1` without an anchor, where there is nothing to classify:
#' class `anchormi_error_input`.
#' @references
#' Ryu, Yeddanapudi, Xu, Wornell (2025). Contrastive predictive coding done right for mutual
#' information estimation. arXiv 2510.25983 (the anchor: section on InfoNCE-anchor,
#' Theorem 3 for consistency).
#'
#' Gutmann, Hyvarinen (2010). Noise-contrastive estimation. AISTATS.
#' @examples
#' objective_anchor()
#'
#' # How much do the estimates depend on the number of candidates?
#' set.seed(1)
#' x <- rnorm(500)
#' y <- x + rnorm(500)
#' for (k in c(1, 10, 100)) {
#'   print(coef(mi_anchor(x, y, objective = objective_anchor(k = k),
#'                        critic = critic_bilinear(), control = mi_control(max_steps = 200))))
#' }
#' log(2) / 2  # the truth
#' @export
objective_anchor <- function(nu = 10, k = NULL) {
  nu <- check_number(nu, lower = 0, upper = 1e6)
  if (!is.null(k)) k <- check_count(k)
  if (nu == 0 && identical(k, 1)) {
    abort_input(c("{.arg k} must be at least 2 when {.arg nu} is 0.",
                  x = "It is 1.",
                  i = "Without an anchor and with one candidate there is nothing to classify."))
  }
  # k = 0 is the core's word for all others in the batch.
  structure(list(rule = "anchor_log", nu = nu, k = if (is.null(k)) 0 else k),
            class = "mi_objective")
}

#' @export
format.mi_objective <- function(x, batch = NULL, ...) {
  k <- if (!is.null(batch)) format(if (x$k == 0) batch - 1 else min(x$k, batch - 1))
       else if (x$k == 0) "all others in a batch"
       else format(x$k)
  name <- if (x$nu == 0) "InfoNCE" else if (x$k == 1) "NCE" else "InfoNCE-anchor"
  paste0(name, " (log score, nu = ", format(x$nu), ", K = ", k, ")")
}

#' @export
print.mi_objective <- function(x, ...) {
  cat("<objective> ", format(x), "\n", sep = "")
  invisible(x)
}

#' The loss of a matrix of scores
#'
#' The loss that an objective gives to a batch, and its gradient with respect to the
#' scores, by the code that training runs.
#'
#' @param scores Numeric matrix, B x B with B >= 2, finite: `scores[i, j]` is the critic's
#'   \eqn{s(x_i, y_j)}; the diagonal holds the pairs.
#' @param objective An objective, such as [objective_anchor()] (the default).
#' @return A list of `value`, the loss in nats (a number), and `gradient`, a B x B matrix of
#'   its derivatives.
#' @section Errors:
#' A matrix that isn't square, numeric and finite: class `anchormi_error_input`.
#' @examples
#' # Independence (all scores 0) is not a bad guess when the scores carry no information:
#' set.seed(1)
#' scores <- matrix(rnorm(25), 5)
#' contrastive_loss(scores)$value
#' contrastive_loss(0 * scores)$value
#' # ... and a poor one when the pairs stand out:
#' contrastive_loss(scores + diag(4, 5))$value
#' @export
contrastive_loss <- function(scores, objective = objective_anchor()) {
  check_inherits(objective, "mi_objective", "an objective, such as `objective_anchor()`")
  if (!is.numeric(scores) || !is.matrix(scores) || nrow(scores) != ncol(scores) ||
      nrow(scores) < 2) {
    abort_input(c("{.arg scores} must be a square numeric matrix with at least 2 rows.",
                  x = "It is {describe(scores)}."))
  }
  if (!all(is.finite(scores))) {
    abort_input(c("{.arg scores} must hold finite numbers.",
                  x = "Of its {length(scores)} entries {sum(!is.finite(scores))} {?is/are} not."))
  }
  if (objective$nu == 0 && nrow(scores) == 2) {
    abort_input(c("{.arg scores} needs at least 3 rows when {.arg nu} is 0.", x = "It has 2."))
  }
  storage.mode(scores) <- "double"
  .Call(ffi_contrastive_loss, scores, objective)
}
