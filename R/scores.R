#' Proper scoring rules
#'
#' A scoring rule says how bad a forecast of class probabilities is when the true class is
#' known. These are losses, and *strictly proper*: the expected loss is least at the true
#' probabilities and nowhere else. So any of them, given to [objective_anchor()], makes the
#' log density ratio the optimum of training.
#'
#' With probabilities \eqn{\eta_0, \ldots, \eta_K} and true class \eqn{z}:
#' * `score_log()`: \eqn{-\log \eta_z}. The only one that depends on the true class's
#'   probability alone. The default everywhere, and the paper's choice.
#' * `score_brier()`: \eqn{1 + \sum \eta^2 - 2 \eta_z}.
#' * `score_power(alpha)` (Tsallis):
#'   \eqn{((a - 1) \sum \eta^a - a \eta_z^{a - 1} + 1) / (a (a - 1))}; twice that of alpha = 2
#'   is Brier's, and alpha to 1 gives the log score.
#' * `score_spherical(alpha)`: \eqn{(1 - (\eta_z / \|\eta\|_a)^{a - 1}) / (a - 1)}; alpha = 2 is
#'   the spherical score, others are called pseudo-spherical.
#' * `score_asymmetric_power(alpha)`: with \eqn{\rho_k = \eta_k / \eta_0}, for a candidate
#'   \eqn{\rho_z^{a - 1} / (1 - a)} (\eqn{-\log \rho_z} if a = 1) and for the anchor
#'   \eqn{\sum_k \rho_k^a / a} (\eqn{\sum_k \log \rho_k} if a = 0). It takes candidates one
#'   by one; see [objective_alpha()]. It needs an anchor.
#'
#' Bounded scores (Brier, spherical, power above 1) pin the scale of the ratio weakly where
#' the anchor's probability is near 0; the figures in
#' `vignette("objectives", package = "anchormi")` show what that does.
#'
#' @param alpha Number. `score_power()`: above 0 and not 1. `score_spherical()`: above 1, by
#'   default 2. `score_asymmetric_power()`: any. At most 20 in size.
#' @return An object of class `mi_score`, a list that prints in a line and that
#'   [plot()][plot.mi_objective] draws.
#' @section Errors:
#' An `alpha` for which the score is not defined: class `anchormi_error_input`.
#' @references
#' Gneiting, Raftery (2007). Strictly proper scoring rules, prediction, and estimation. JASA
#' 102.
#'
#' Ryu, Yeddanapudi, Xu, Wornell (2025). arXiv 2510.25983 (section on scoring rules, Theorem
#' 6).
#' @examples
#' # How bad is it to have said 0.7, 0.2, 0.1, whatever turns out true?
#' eta <- rbind(c(0.7, 0.2, 0.1), c(0.7, 0.2, 0.1), c(0.7, 0.2, 0.1))
#' proper_score(eta, class = 0:2, score_log())
#' proper_score(eta, class = 0:2, score_brier())
#' @name scores
NULL

#' @rdname scores
#' @export
score_log <- function() new_score("log", "log score")

#' @rdname scores
#' @export
score_brier <- function() new_score("brier", "Brier score", alpha = 2)

#' @rdname scores
#' @export
score_spherical <- function(alpha = 2) {
  alpha <- check_number(alpha, lower = 1, upper = 20)
  if (alpha == 1) abort_alpha(alpha, "above 1")
  new_score("spherical", if (alpha == 2) "spherical score"
                         else paste0("pseudo-spherical score, alpha = ", format(alpha)),
            alpha = alpha)
}

#' @rdname scores
#' @export
score_power <- function(alpha) {
  alpha <- check_number(alpha, lower = 0, upper = 20)
  if (alpha == 0) abort_alpha(alpha, "above 0")
  if (alpha == 1) abort_alpha(alpha, "other than 1", "The limit there is {.fn score_log}.")
  new_score("power", paste0("power score, alpha = ", format(alpha)), alpha = alpha)
}

#' @rdname scores
#' @export
score_asymmetric_power <- function(alpha) {
  alpha <- check_number(alpha, lower = -20, upper = 20)
  new_score("asymmetric_power", paste0("asymmetric power score, alpha = ", format(alpha)),
            alpha = alpha)
}

abort_alpha <- function(alpha, wanted, hint = NULL, call = caller_env()) {
  abort_input(c("{.arg alpha} must be a number {wanted}.", x = "It is {alpha}.",
                i = hint), call = call)
}

new_score <- function(rule, label, alpha = 1, ...) {
  structure(list(rule = rule, alpha = alpha, label = label, ...), class = "mi_score")
}

#' @export
format.mi_score <- function(x, ...) x$label

#' @export
print.mi_score <- function(x, ...) {
  cat("<score> ", format(x), "\n", sep = "")
  invisible(x)
}

#' A scoring rule of your own
#'
#' A scoring rule as two R functions, to train by. Slow (R is called for every problem; take
#' `negatives = "cyclic"` in [objective_anchor()]), but complete: it goes wherever the
#' built-in ones do.
#'
#' The rule is checked when it is made: its gradient against differences, and its propriety
#' on a grid of probabilities of two and of three classes: at each point p the expected
#' loss of saying q, \eqn{\sum_z p_z \, loss(q, z)}, must be least, over the grid, at q = p.
#'
#' @param loss Function of `probabilities` (a numeric matrix, a row for each forecast, columns
#'   for classes 0 to K) and `class` (integer, one a row, from 0): numeric, one a row.
#' @param gradient Function of the same two: a numeric matrix shaped as `probabilities`, the
#'   derivatives of each row's loss with respect to its probabilities. What is the same for
#'   all classes doesn't matter, since probabilities add up to 1.
#' @param label String: a name to print.
#' @return An object of class `mi_score`.
#' @section Errors:
#' Functions that return something else, that don't agree with one another, or that are not
#' strictly proper, with the point where it shows: class `anchormi_error_input`. It can be
#' used with an anchor only (`nu` above 0).
#' @examples
#' # The log score, written by hand.
#' by_hand <- score_custom(
#'   loss = function(probabilities, class) {
#'     -log(probabilities[cbind(seq_along(class), class + 1)])
#'   },
#'   gradient = function(probabilities, class) {
#'     is_true <- col(probabilities) == class + 1
#'     -is_true / probabilities
#'   })
#' scores <- diag(3)
#' contrastive_loss(scores, objective_anchor(by_hand))$value
#' contrastive_loss(scores, objective_anchor(score_log()))$value
#'
#' # The probability itself is not a proper score, tempting as it looks:
#' try(score_custom(
#'   loss = function(probabilities, class) {
#'     -probabilities[cbind(seq_along(class), class + 1)]
#'   },
#'   gradient = function(probabilities, class) -1 * (col(probabilities) == class + 1)))
#' @export
score_custom <- function(loss, gradient, label = "custom score") {
  check_inherits(loss, "function", "a function of `probabilities` and `class`")
  check_inherits(gradient, "function", "a function of `probabilities` and `class`")
  if (!is.character(label) || length(label) != 1 || is.na(label)) {
    abort_input(c("{.arg label} must be a string.", x = "It is {describe(label)}."))
  }
  for (classes in 2:3) {
    grid <- simplex_grid(classes, steps = if (classes == 2) 20 else 10)
    check_custom_shape(loss, gradient, grid)
    check_custom_gradient(loss, gradient, grid)
    check_custom_propriety(loss, grid)
  }
  new_score("custom", label, loss = loss, gradient = gradient)
}

# Inner points of the simplex, on a lattice: one row each.
simplex_grid <- function(classes, steps) {
  points <- as.matrix(expand.grid(rep(list(seq_len(steps - 1)), classes)))
  unname(points[rowSums(points) == steps, , drop = FALSE]) / steps
}

check_custom_shape <- function(loss, gradient, grid, call = caller_env()) {
  class <- rep_len(seq_len(ncol(grid)) - 1L, nrow(grid))
  value <- loss(grid, class)
  if (!is.double(value) || length(value) != nrow(grid) || !all(is.finite(value))) {
    abort_input(c("{.arg loss} must return a finite number for each row of probabilities.",
                  x = "For {nrow(grid)} rows it returned {describe(value)}."), call = call)
  }
  slope <- gradient(grid, class)
  if (!is.double(slope) || !identical(dim(slope), dim(grid)) || !all(is.finite(slope))) {
    abort_input(c("{.arg gradient} must return a finite matrix shaped as its probabilities.",
                  x = "For {nrow(grid)} x {ncol(grid)} it returned {describe(slope)}."),
                call = call)
  }
}

# Along the simplex: from class 0 to each other class.
check_custom_gradient <- function(loss, gradient, grid, call = caller_env()) {
  h <- 1e-5
  for (z in seq_len(ncol(grid)) - 1L) for (j in 2:ncol(grid)) {
    class <- rep(z, nrow(grid))
    move <- 0 * grid
    move[, j] <- h
    move[, 1] <- -h
    numeric <- (loss(grid + move, class) - loss(grid - move, class)) / (2 * h)
    slope <- gradient(grid, class)
    wrong <- abs(slope[, j] - slope[, 1] - numeric) > 1e-4 * pmax(1, abs(numeric))
    if (any(wrong)) {
      at <- point(grid[which(wrong)[1], ])
      abort_input(c("{.arg gradient} must be the derivative of {.arg loss}.",
                    x = "At the probabilities {at} with true class {z} it is not."),
                  call = call)
    }
  }
}

check_custom_propriety <- function(loss, grid, call = caller_env()) {
  losses <- vapply(seq_len(ncol(grid)) - 1L, function(z) loss(grid, rep(z, nrow(grid))),
                   numeric(nrow(grid)))
  expected <- grid %*% t(losses) # [p, q]
  for (p in seq_len(nrow(grid))) {
    others <- expected[p, ] - expected[p, p]
    others[p] <- Inf
    if (min(others) <= 1e-10) {
      truth <- point(grid[p, ])
      said <- point(grid[which.min(others), ])
      abort_input(c("The score must be strictly proper.",
                    x = paste("Where the probabilities are {truth}, the expected loss of",
                              "saying {said} is no larger than that of the truth.")),
                  call = call)
    }
  }
}

point <- function(p) paste0("(", paste(format(p, digits = 3, trim = TRUE), collapse = ", "), ")")

#' The score of forecasts
#'
#' @param probabilities Numeric matrix: a row for each forecast, its columns the probabilities
#'   of classes 0, ..., K, which add up to 1; at least two. A vector is one row.
#' @param class Whole numbers, one a row, from 0 to K: the true classes.
#' @param score A scoring rule; see [scores].
#' @return Numeric, one a row: losses. Infinite where the rule is, such as the log score of
#'   what was said to be impossible.
#' @section Errors:
#' Rows that are not probabilities, classes out of range: class `anchormi_error_input`.
#' @examples
#' # Two forecasters of rain (class 1): who was better over these three days?
#' rain <- c(1, 0, 1)
#' careful <- c(0.7, 0.4, 0.6)
#' bold <- c(0.99, 0.6, 0.2)
#' mean(proper_score(cbind(1 - careful, careful), rain, score_brier()))
#' mean(proper_score(cbind(1 - bold, bold), rain, score_brier()))
#' @export
proper_score <- function(probabilities, class, score = score_log()) {
  check_inherits(score, "mi_score", "a scoring rule, such as `score_log()`")
  check_isa()
  if (is.numeric(probabilities) && is.null(dim(probabilities))) {
    probabilities <- matrix(probabilities, 1)
  }
  ok <- is.numeric(probabilities) && is.matrix(probabilities) && ncol(probabilities) >= 2 &&
    !anyNA(probabilities) && all(probabilities >= 0) &&
    all(abs(rowSums(probabilities) - 1) < 1e-8)
  if (!ok) {
    abort_input(c(paste("{.arg probabilities} must be a matrix of numbers from 0 to 1 with at",
                        "least two columns, whose rows add up to 1."),
                  x = "It is {describe(probabilities)}."))
  }
  classes <- ncol(probabilities)
  ok <- is.numeric(class) && length(class) == nrow(probabilities) && !anyNA(class) &&
    all(class %in% (seq_len(classes) - 1))
  if (!ok) {
    abort_input(c(paste("{.arg class} must hold a whole number from 0 to {classes - 1} for each of",
                        "{nrow(probabilities)} row{?s}."), x = "It is {describe(class)}."))
  }
  storage.mode(probabilities) <- "double"
  if (score$rule == "custom") return(score$loss(probabilities, as.integer(class)))
  .Call(ffi_proper_score, probabilities, as.integer(class), score)
}
