# The only caller of the trainer: one critic, trained on some rows and stopped by others.

# x, y     double matrices of all rows
# task     of a plan: rows to train and to choose on, seed
# critic   an mi_critic
# Returns a trained critic: all that scoring new rows needs, and how training went. It is the
# state with the best score on the choosing rows. Scores are losses less that of
# independence: one that is not below 0 is for whoever asked to do without.
fit_critic <- function(x, y, task, critic, objective, control, standardise = TRUE,
                       progress = NULL, start = NULL) {
  margins <- list(x = margins_fit(x, task$train, standardise),
                  y = margins_fit(y, task$train, standardise))
  spec <- c(unclass(critic), list(dx = ncol(x), dy = ncol(y)))
  control$batch_size <- min(control$batch_size, length(task$train))
  for (setting in c("learn_rate", "weight_decay")) {
    if (is.null(control[[setting]])) control[[setting]] <- training_default(critic, setting)
  }
  if (control$learn_rate * control$weight_decay > 1) {
    abort_input(c("{.arg learn_rate} times {.arg weight_decay} must be at most 1.",
                  x = "It is {control$learn_rate * control$weight_decay}.",
                  i = "Each step would turn the parameters' signs."), call = NULL)
  }
  trained <- .Call(ffi_train, margins_apply(margins$x, x), margins_apply(margins$y, y),
                   task$train, task$valid, spec, unclass(objective), unclass(control),
                   task$seed, start, progress)
  if (!is.finite(trained$valid[1])) {
    cli::cli_abort(c("The data are too large for single precision.",
                     i = "Use {.code standardise = TRUE}, or divide the columns."),
                   class = c("anchormi_error_input", "anchormi_error"), call = NULL)
  }
  list(spec = spec, margins = margins, parameters = trained$parameters,
       best_step = trained$best_step, steps = trained$steps, stop = trained$stop,
       score = min(trained$valid[-1], Inf, na.rm = TRUE),
       history = data.frame(step = trained$step, train = trained$train,
                            valid = trained$valid))
}

# The critic of independence, in the place of a trained one: all of its scores are 0.
as_independence <- function(trained) {
  trained$parameters <- 0 * trained$parameters
  trained$best_step <- 0
  trained$score <- 0
  trained
}

# Few linear parameters bear large steps; networks want decay, or they learn the training
# pairs by heart within a few epochs.
training_default <- function(critic, setting) {
  defaults <- if (critic$kind == "bilinear") list(learn_rate = 0.02, weight_decay = 0.01)
              else list(learn_rate = 0.001, weight_decay = 1)
  defaults[[setting]]
}

# Pointwise mutual information of the rows of x with the same rows of y: the scores of a
# trained critic, in nats.
critic_pmi <- function(trained, x, y) {
  if (length(trained$parameters) != .Call(ffi_critic_parameters, trained$spec)) {
    cli::cli_abort(c("The fit's critic is damaged, or from another version of anchormi.",
                     i = "Fit it again."),
                   class = c("anchormi_error_fit", "anchormi_error"), call = NULL)
  }
  complete <- stats::complete.cases(x, y)
  pmi <- rep(NA_real_, nrow(x))
  pmi[complete] <- .Call(ffi_score_pairs,
    margins_apply(trained$margins$x, x[complete, , drop = FALSE]),
    margins_apply(trained$margins$y, y[complete, , drop = FALSE]),
    trained$spec, as.numeric(trained$parameters))
  pmi
}
