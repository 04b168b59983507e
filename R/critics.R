#' Critics: what is trained
#'
#' A critic is a function \eqn{s(x, y)} with parameters that training brings close to the
#' log density ratio \eqn{\log p(x, y) / (p(x) p(y))}. These functions describe one; they
#' hold no data and no parameters.
#'
#' * `critic_separable()`: two networks \eqn{g} and \eqn{h} and the inner product of their
#'   embeddings, \eqn{s = g(x)' h(y) + u(x) + w(y)}. Cheap, because a batch of \eqn{B} pairs
#'   needs \eqn{B} passes for \eqn{B^2} scores. The default.
#' * `critic_joint()`: one network on the concatenated pair, \eqn{s = f(x, y)}, run on all
#'   \eqn{B^2} pairs of a batch. Slower; better where x and y interact in ways that an
#'   inner product of few columns can't hold.
#' * `critic_bilinear()`: \eqn{s = x' W y + u(x) + w(y)} with quadratic \eqn{u}, \eqn{w},
#'   which is the form of the log ratio of any jointly Gaussian x and y. Fast, and hard to
#'   beat when dependence is linear; blind to all else.
#'
#' The terms \eqn{u(x)} and \eqn{w(y)} matter: with an anchor the critic must be the log
#' ratio itself, and not up to a function of x (see [objective_anchor()]). In a separable
#' critic the networks give them as one more output.
#'
#' @param widths Whole numbers: units in each hidden layer, from the inputs on; one to
#'   eight layers. Default `c(64, 64)`: enough for smooth dependence in tens of columns;
#'   wider networks want more rows.
#' @param embedding Whole number: columns of the embeddings g(x) and h(y). Default 32: room for
#'   as many directions of dependence.
#' @param activation `"silu"` (default: smooth, and so are most log ratios), `"tanh"` or
#'   `"relu"`.
#' @param skip `TRUE` (default) adds a linear map of the columns to each network's output,
#'   so that linear dependence doesn't have to be learnt through the layers.
#' @param head What the critic's output is. `"log_ratio"` (default): s, the log ratio. `"ratio"`:
#'   the ratio itself, 1 + g'h + u + w, as chi-squared and spectral objectives need, for which
#'   the exponential of a log ratio diverges; other objectives refuse it. `"cosine"`
#'   (separable critics only): a log ratio whose inner product is the cosine of the embeddings
#'   over `temperature`, as in contrastive representation learning; u and w remain.
#' @param temperature Number from 0.001 to 1000: what cosines are divided by. Default 0.1, so
#'   that the inner product ranges from -10 to 10 nats.
#' @param quadratic `TRUE` (default): u and w are quadratic; `FALSE`: linear. The
#'   quadratic terms have `ncol(x)^2 + ncol(y)^2` parameters.
#' @return An object of class `mi_critic`, a list that prints in a line.
#' @section Errors:
#' Arguments of another type or out of range: class `anchormi_error_input`.
#' @references
#' van den Oord, Li, Vinyals (2018). Representation learning with contrastive predictive
#' coding. arXiv 1807.03748 (bilinear critics).
#'
#' Poole, Ozair, van den Oord, Alemi, Tucker (2019). On variational bounds of mutual
#' information. ICML (separable and joint critics).
#' @examples
#' critic_separable()
#' critic_joint(widths = 32, activation = "tanh")
#'
#' # Is the dependence of petals on sepals more than linear?
#' petals <- iris[c("Petal.Length", "Petal.Width")]
#' sepals <- iris[c("Sepal.Length", "Sepal.Width")]
#' set.seed(1)
#' short <- mi_control(max_steps = 100)
#' coef(mi_anchor(sepals, petals, critic = critic_bilinear(), control = short))
#' coef(mi_anchor(sepals, petals, critic = critic_separable(), control = short))
#' @name critics
NULL

#' @rdname critics
#' @export
critic_separable <- function(widths = c(64, 64), embedding = 32, activation = "silu",
                             skip = TRUE, head = c("log_ratio", "ratio", "cosine"),
                             temperature = 0.1) {
  new_critic("separable", widths = check_widths(widths),
             embedding = check_count(embedding), activation = check_activation(activation),
             skip = check_flag(skip), head = check_choice(head, c("log_ratio", "ratio", "cosine")),
             temperature = check_number(temperature, lower = 1e-3, upper = 1e3))
}

#' @rdname critics
#' @export
critic_joint <- function(widths = c(64, 64), activation = "silu",
                         head = c("log_ratio", "ratio")) {
  new_critic("joint", widths = check_widths(widths),
             activation = check_activation(activation), head = check_plain_head(head))
}

#' @rdname critics
#' @export
critic_bilinear <- function(quadratic = TRUE, head = c("log_ratio", "ratio")) {
  new_critic("bilinear", quadratic = check_flag(quadratic), head = check_plain_head(head))
}

check_plain_head <- function(head, call = caller_env()) {
  if (identical(head, "cosine")) {
    abort_input(c("{.arg head} must be {.val log_ratio} or {.val ratio} here.",
                  x = "It is {.val cosine}.",
                  i = "Only {.fn critic_separable} has embeddings for a cosine."), call = call)
  }
  check_choice(head, c("log_ratio", "ratio"), arg = "head", call = call)
}

# Every critic has every field that the core's specification has.
new_critic <- function(kind, widths = numeric(), embedding = 0, activation = "silu",
                       skip = FALSE, quadratic = FALSE, head = "log_ratio",
                       temperature = 0.1) {
  structure(list(kind = kind, widths = widths, embedding = embedding,
                 activation = activation, skip = skip, quadratic = quadratic, head = head,
                 temperature = temperature),
            class = "mi_critic")
}

# A plain list can have been edited by hand, and the core trusts what it gets.
remake_critic <- function(critic) {
  make <- get(paste0("critic_", critic$kind), mode = "function")
  do.call(make, critic[names(formals(make))])
}

check_widths <- function(widths, call = caller_env()) {
  ok <- is.numeric(widths) && length(widths) >= 1 && length(widths) <= 8 &&
    !anyNA(widths) && all(widths >= 1 & widths <= 1e5 & widths == floor(widths))
  if (!ok) {
    abort_input(c("{.arg widths} must hold one to eight whole numbers from 1 to 100000.",
                  x = "It is {describe(widths)}."), call = call)
  }
  as.numeric(widths)
}

check_activation <- function(activation, call = caller_env()) {
  check_choice(activation, c("silu", "tanh", "relu"), arg = "activation", call = call)
}

#' @export
format.mi_critic <- function(x, ...) {
  network <- paste0("hidden layers ", paste(x$widths, collapse = "-"), ", ", x$activation)
  head <- switch(x$head, log_ratio = "", ratio = ", head ratio",
                 cosine = paste0(", head cosine, temperature ", format(x$temperature)))
  switch(x$kind,
    separable = paste0("separable (", network, ", embedding ", x$embedding,
                       if (x$skip) ", linear skip", head, ")"),
    joint = paste0("joint (", network, head, ")"),
    bilinear = paste0("bilinear (", if (x$quadratic) "quadratic" else "linear",
                      " additive terms", head, ")"))
}

#' @export
print.mi_critic <- function(x, ...) {
  cat("<critic> ", format(x), "\n", sep = "")
  invisible(x)
}
