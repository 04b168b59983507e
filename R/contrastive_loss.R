#' The loss of a matrix of scores
#'
#' The loss that an objective gives to a batch, and its gradient with respect to the
#' scores, by the code that training runs.
#'
#' @param scores Numeric matrix, B x B with B >= 2, finite: `scores[i, j]` is the critic's
#'   \eqn{s(x_i, y_j)}; the diagonal holds the pairs. For objectives with a second network
#'   ([objective_tuba()], [objective_flo()]) an array B x B x 2, whose second slice has that
#'   network's values on its diagonal: log a(x_i), u(x_i, y_i).
#' @param objective An objective, such as [objective_anchor()] (the default).
#' @param state Number or `NULL` (default): what a moving normaliser ([objective_mine()])
#'   was after the batch before, in logarithms. `NULL`: there was none.
#' @param head `"log_ratio"` or `"ratio"`: what the scores are. `NULL` (default): log ratios,
#'   for all but [objective_spectral()]. Ratios are for chi-squared objectives.
#' @return A list: `value`, the loss in nats (a number); `gradient`, its derivatives, shaped as
#'   `scores` (those of [objective_mine()] are taken with the moving normaliser, as in its
#'   training); `rows`, each row's share, whose mean is the value; `state`, for the next
#'   batch, or `NULL`.
#' @section Errors:
#' Scores that aren't square, numeric and finite, `k` of more candidates or `alpha` of more
#' weight than the batch has: class `anchormi_error_input`.
#' @examples
#' # Independence (all scores 0) is not a bad guess when the scores carry no information:
#' set.seed(1)
#' scores <- matrix(rnorm(25), 5)
#' contrastive_loss(scores)$value
#' contrastive_loss(0 * scores)$value
#' # ... and a poor one when the pairs stand out:
#' contrastive_loss(scores + diag(4, 5))$value
#' @export
contrastive_loss <- function(scores, objective = objective_anchor(), state = NULL,
                             head = NULL) {
  check_inherits(objective, "mi_objective", "an objective, such as `objective_anchor()`")
  check_isa()
  objective <- remake_objective(objective)
  check_scores(scores, objective)
  batch <- nrow(scores)
  check_fits_batch(objective, batch, "rows in {.arg scores}")
  check_something_to_learn(objective, batch, "The number of rows in {.arg scores}")
  if (!is.null(state)) state <- check_number(state, lower = -1e6, upper = 1e6)
  head <- if (is.null(head)) if (objective$core$ratio) "ratio" else "log_ratio"
          else check_choice(head, c("log_ratio", "ratio"))
  check_head(objective, head, "head")
  objective$core$ratio <- head == "ratio"
  storage.mode(scores) <- "double"
  .Call(ffi_contrastive_loss, scores, objective, state)
}

check_scores <- function(scores, objective, call = caller_env()) {
  size <- dim(scores)
  square <- is.numeric(scores) && length(size) >= 2 && size[1] == size[2] && size[1] >= 2
  if (objective$core$second > 0) {
    if (!square || length(size) != 3 || size[3] != 2) {
      abort_input(c(paste("{.arg scores} must be a numeric B x B x 2 array with B of at least 2:",
                          "the second slice has the second network's values on its diagonal."),
                    x = "It is {describe(scores)}."), call = call)
    }
  } else if (!square || length(size) != 2) {
    abort_input(c("{.arg scores} must be a square numeric matrix with at least 2 rows.",
                  x = "It is {describe(scores)}."), call = call)
  }
  if (!all(is.finite(scores))) {
    abort_input(c("{.arg scores} must hold finite numbers.",
                  x = "Of its {length(scores)} entries {sum(!is.finite(scores))} {?is/are} not."),
                call = call)
  }
}

# Options that ask more of a batch than it has; `k` is cut to what small blocks have.
check_fits_batch <- function(objective, batch, rows, k = TRUE, call = caller_env()) {
  if (k && objective$core$kind == "anchor" && objective$core$k > batch - 1) {
    abort_input(c(paste0("{.arg k} must be at most the number of ", rows, " less one."),
                  x = "It is {objective$core$k}, for {batch} rows."), call = call)
  }
  if (startsWith(objective$core$kind, "weighted") && objective$core$alpha > batch) {
    abort_input(c(paste0("{.arg alpha} must be at most the number of ", rows, "."),
                  x = "It is {objective$core$alpha}, for {batch} rows."), call = call)
  }
}

# Without an anchor, one candidate alone leaves nothing to classify.
check_something_to_learn <- function(objective, batch, rows, call = caller_env()) {
  core <- objective$core
  if (core$kind == "anchor" && core$nu == 0 && batch == 2 && core$negatives != 2) {
    abort_input(c(paste(rows, "must be at least 3 when {.arg nu} is 0."), x = "It is 2."),
                call = call)
  }
}

# What a critic gives and what an objective takes. A cosine is a log ratio.
check_head <- function(objective, head, arg, call = caller_env()) {
  if (head == "ratio" && !wants_ratio(objective)) {
    abort_input(c(paste("{.arg {arg}} must be a log ratio for {format(objective)}, not the ratio",
                        "itself."),
                  i = "{.code head = \"ratio\"} is for chi-squared and spectral objectives."),
                call = call)
  }
  if (head != "ratio" && objective$name == "spectral") {
    abort_input(c("{.arg {arg}} must be the ratio itself for {format(objective)}.",
                  i = "Use {.code head = \"ratio\"}."), call = call)
  }
}
