#' How a critic is trained
#'
#' Settings of the optimiser and of early stopping. The defaults suit hundreds to tens of
#' thousands of rows.
#'
#' A *batch* is a set of pairs that enter the loss together, and give each other their
#' independent candidates. A *step* is one update of the parameters from one batch, by Adam
#' with decoupled weight decay. Every `check_every` steps the critic is scored on the rows
#' set apart for choosing; the best state is kept, and training stops when `patience` looks
#' in a row were no better, at the learning rate that it began with and at a tenth of it.
#'
#' @param batch_size Whole number from 2 to 16384: pairs in a batch. Default 128: larger
#'   batches cost more than they gain. At most as many as there are rows to train on.
#' @param max_steps Whole number: at most so many steps, those after `drops` included. Default
#'   5000; of those that want more, few gain by it.
#' @param check_every Whole number: steps between two looks. Default 25: on small data the
#'   best state can come within a hundred steps.
#' @param patience Whole number: looks without a better score before training stops.
#'   Default 20, that is 500 steps. After an early best score fewer are waited for: one and a half
#'   times the looks up to it, but half of `patience` at least.
#' @param min_delta Number from 0 to 1e6, or `NULL` (default): how much better a score must be for
#'   `patience` to count anew from there, in the objective's unit a row (nats for log scores).
#'   Smaller gains add up until they are as large, and the best state is kept whatever it gained.
#'   By default 0, and for the networks of [critic_auto()] half a nat over the number of rows that
#'   choose.
#' @param drops Whole number from 0 to 3: how often training, where `patience` runs out, doesn't
#'   stop but goes on from the best state at a tenth of the learning rate; looks count from there.
#'   Default 1: the noise of single batches keeps a critic at a distance from the best that goes
#'   with the rate; a second drop brings next to nothing.
#' @param learn_rate Positive number, or `NULL` (default): 0.001 for networks, 0.02 for
#'   bilinear critics; [critic_auto()] has its own. Too large a rate shows as a score that jumps or
#'   diverges in `plot(fit, "training")`; too small a one as a fit that stops at `max_steps`.
#' @param weight_decay Number >= 0, or `NULL` (default): each step shrinks every parameter by
#'   `learn_rate * weight_decay` of itself, towards the critic of independence. By default 1
#'   for networks, which learn rows by heart otherwise, and 0.01 for bilinear critics.
#' @param average Number in \[0, 1): what is looked at and kept is a running average of the
#'   parameters, in which the past has this weight at each step; it smooths out the noise
#'   of single batches. Default 0.98, about the last 50 steps; 0 turns it off.
#' @param threads Whole number: threads inside one fit; results don't depend on it. Default:
#'   option `anchormi.threads`, or else two, or one if the machine has no more.
#' @return An object of class `mi_control`, a list.
#' @section Errors:
#' Arguments of another type or out of range: class `anchormi_error_input`. `learn_rate` times
#' `weight_decay` must be at most 1.
#' @references
#' Loshchilov, Hutter (2019). Decoupled weight decay regularization. ICLR.
#' @examples
#' mi_control()
#'
#' # A quick look at a large data set, before the full fit:
#' mi_control(max_steps = 200)
#' @export
mi_control <- function(batch_size = 128, max_steps = 5000, check_every = 25,
                       patience = 20, min_delta = NULL, drops = 1, learn_rate = NULL,
                       weight_decay = NULL, average = 0.98,
                       threads = getOption("anchormi.threads")) {
  if (is.null(threads)) threads <- min(2, .Call(ffi_threads_available))
  if (!is.null(learn_rate)) {
    learn_rate <- check_number(learn_rate, lower = 0, upper = 10, open = TRUE)
  }
  if (!is.null(weight_decay)) weight_decay <- check_number(weight_decay, 0, 100)
  check_decay(learn_rate, weight_decay)
  if (!is.null(min_delta)) min_delta <- check_number(min_delta, 0, 1e6)
  structure(
    list(batch_size = check_count(batch_size, lower = 2, upper = 16384),
         max_steps = check_count(max_steps, upper = 1e7),
         check_every = check_count(check_every),
         patience = check_count(patience),
         min_delta = min_delta,
         drops = check_count(drops, lower = 0, upper = 3),
         learn_rate = learn_rate,
         weight_decay = weight_decay,
         average = check_number(average, lower = 0, upper = 0.99999),
         threads = check_count(threads, upper = 1024)),
    class = "mi_control")
}

# Of both, if they are known yet.
check_decay <- function(learn_rate, weight_decay, call = caller_env()) {
  if (isTRUE(learn_rate * weight_decay > 1)) {
    abort_input(c("{.arg learn_rate} times {.arg weight_decay} must be at most 1.",
                  x = "It is {learn_rate * weight_decay}.",
                  i = "Each step would turn the parameters' signs."), call = call)
  }
}

#' @export
print.mi_control <- function(x, ...) {
  by_critic <- function(value) if (is.null(value)) "by critic" else format(value)
  cat("<control> batches of ", x$batch_size, ", at most ", x$max_steps,
      " steps, a look every ", x$check_every, " steps, patience ", x$patience,
      ",\n  least gain ", by_critic(x$min_delta),
      ", learning rate ", by_critic(x$learn_rate), " with ", x$drops,
      if (x$drops == 1) " drop" else " drops",
      ",\n  weight decay ", by_critic(x$weight_decay), ", averaging ", format(x$average), ", ",
      x$threads, if (x$threads == 1) " thread" else " threads", "\n", sep = "")
  invisible(x)
}
