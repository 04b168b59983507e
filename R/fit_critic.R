# The only caller of the trainer: one critic, trained on some rows and stopped by others.

# x, y     double matrices of all rows
# task     of a plan: rows to train and to choose on, seed
# critic   an mi_critic
# Returns a trained critic: all that scoring new rows needs, and how training went. It is the
# state with the best score on the choosing rows. Scores are losses less that of
# independence: one that is not below 0 is for whoever asked to do without.
fit_critic <- function(x, y, task, critic, objective, control, standardise = TRUE,
                       progress = NULL) {
  if (critic$kind == "auto") return(fit_auto(x, y, task, critic, objective, control, progress))
  fit_network(x, y, task, critic, objective, control, standardise, progress)
}

fit_network <- function(x, y, task, critic, objective, control, standardise = TRUE,
                        progress = NULL, start = NULL) {
  job <- network_job(x, y, task, critic, objective, control, standardise, start)
  train_networks(list(job), control$threads, progress)[[1]]
}

# All that the trainer wants for one network. `known`: so many of the last columns of both are
# no data, see the core's critic.h.
network_job <- function(x, y, task, critic, objective, control, standardise, start = NULL,
                        known = 0) {
  margins <- list(x = margins_fit(x, task$train, standardise),
                  y = margins_fit(y, task$train, standardise))
  spec <- c(unclass(critic),
            list(dx = ncol(x), dy = ncol(y), second = objective$core$second,
                 known = known))
  objective$core$ratio <- critic$head == "ratio"
  control$batch_size <- min(control$batch_size, length(task$train))
  for (setting in c("learn_rate", "weight_decay", "min_delta")) {
    if (is.null(control[[setting]])) control[[setting]] <- training_default(critic, setting)
  }
  check_decay(control$learn_rate, control$weight_decay, call = NULL)
  list(x = x, y = y, margins = margins, train = task$train, valid = choosers(task), critic = spec,
       objective = objective, control = unclass(control), seed = task$seed, start = start)
}

# Several train at the same time, a thread each; `meanwhile`, a function or NULL, is called once on
# R's own, while the others are at work if there are others.
train_networks <- function(jobs, threads, progress, meanwhile = NULL) {
  Map(trained_network, jobs, .Call(ffi_train, jobs, threads, progress, meanwhile))
}

trained_network <- function(job, trained) {
  if (!is.finite(trained$valid[1])) {
    abort_input(c("The data are too large for single precision.",
                  i = "Use {.code standardise = TRUE}, or divide the columns."), call = NULL)
  }
  out <- list(spec = job$critic, margins = job$margins, parameters = trained$parameters,
              log_ratio = log_ratio_rule(job$objective), floor = 1 / length(job$train),
              offset = 0, best_step = trained$best_step, steps = trained$steps,
              stop = trained$stop, score = min(trained$valid[-1], Inf, na.rm = TRUE),
              history = data.frame(step = trained$step, train = trained$train,
                                   valid = trained$valid))
  if (recovers(job$objective) == "constant") {
    out$offset <- log_mean_independent(out, job$x[job$valid, , drop = FALSE],
                                       job$y[job$valid, , drop = FALSE])
  }
  out
}

# Which of several critics is best on the choosing rows. Networks are scored by their objective,
# stacks by their weights', so that where there are both, all are scored as stacks.
best_critic <- function(tried, x, y, task, threads) {
  mixed <- length(unique(vapply(tried, critic_kind, "") == "auto")) > 1
  which.min(vapply(tried, function(trained) {
    if (mixed) weighing_score(trained, x, y, task, threads) else trained$score
  }, 1))
}

# The critic of independence, in the place of a trained one: all of its log ratios are 0.
as_independence <- function(trained) {
  if (is_conditional_critic(trained)) {
    trained[c("joint", "marginal")] <- lapply(trained[c("joint", "marginal")], as_independence)
  } else if (is_stack(trained)) trained$weights <- 0 * trained$weights
  else trained$parameters <- 0 * trained$parameters
  trained$offset <- 0
  trained$best_step <- 0
  trained$score <- 0
  trained$error <- 0
  trained$independent <- TRUE
  trained
}

# Few linear parameters bear large steps; networks want decay, or they learn the training
# pairs by heart within a few epochs.
training_default <- function(critic, setting) {
  defaults <- if (critic$kind == "bilinear") list(learn_rate = 0.02, weight_decay = 0.01)
              else list(learn_rate = 0.001, weight_decay = 1)
  c(defaults, min_delta = 0)[[setting]]
}

# Of a conditional critic, what kind of critics it is made of.
critic_kind <- function(trained) {
  if (is_conditional_critic(trained)) critic_kind(trained$joint) else trained$spec$kind
}

is_stack <- function(trained) trained$spec$kind == "auto"

# The standard error of its mean log ratio that comes of its choosing rows, nats, as far as it is
# known; and those of several, 0 of a value that their offsets have no part in.
critic_errors <- function(critics, value) {
  if (!value %in% c("plugin", "debiased")) return(0 * seq_along(critics))
  vapply(critics, critic_error, 1)
}

critic_error <- function(trained) {
  if (!is_conditional_critic(trained)) return(trained$error %||% 0)
  sqrt(critic_error(trained$joint)^2 + critic_error(trained$marginal)^2)
}

# Whether it is an average over turns.
has_turns <- function(trained) {
  if (is_conditional_critic(trained)) has_turns(trained$joint) else length(trained$turns) > 1
}

# How a critic's output becomes a log ratio: by itself, as the logarithm of a ratio, less a
# baseline, or from the second network alone.
log_ratio_rule <- function(objective) {
  if (objective$core$ratio) return("ratio")
  switch(objective$core$kind, tuba = "baseline", flo = "second", "score")
}

# Log ratios from outputs; those of ratios that are too small for n rows to tell from 0, or
# below it, are cut there.
as_log_ratio <- function(trained, scores, second) {
  switch(trained$log_ratio,
         score = scores - trained$offset,
         ratio = log(pmax(scores, trained$floor)),
         baseline = scores - second,
         second = -second)
}

# Log ratios of the rows of x with the same rows of y, as far as the objective determines
# them, in nats.
critic_pairs <- function(trained, x, y, threads = 1) {
  if (nrow(x) == 0) return(numeric())
  if (is_conditional_critic(trained)) {
    return(conditional_difference(trained, x, y, function(...) critic_pairs(..., threads)))
  }
  if (is_stack(trained)) {
    out <- stack_pairs(trained, x, y, threads)
    if (anyNA(x) || anyNA(y)) out[!stats::complete.cases(x, y)] <- NA # whatever has no weight
    return(out)
  }
  if (length(trained$parameters) != .Call(ffi_critic_parameters, trained$spec)) {
    cli::cli_abort(c("The fit's critic is damaged, or from another version of anchormi.",
                     i = "Fit it again."),
                   class = c("anchormi_error_fit", "anchormi_error"), call = NULL)
  }
  scores <- .Call(ffi_score_pairs, x, y, trained$margins, trained$spec,
                  as.numeric(trained$parameters), threads)
  out <- as_log_ratio(trained, scores[, 1], scores[, 2])
  out[!stats::complete.cases(x, y)] <- NA
  out
}

# Log ratios of all rows of x with all rows of y, of each of the `blocks` of rows; `raw`: what an
# objective takes, the critic's output and the second network's. Rows are complete, and as many in x
# as in y.
critic_blocks <- function(trained, x, y, blocks, threads = 1, raw = FALSE) {
  if (is_stack(trained)) return(stack_blocks(trained, x, y, blocks, threads))
  parameters <- as.numeric(trained$parameters)
  scores <- .Call(ffi_score_blocks, x, y, blocks, trained$margins, trained$spec, parameters,
                  threads)
  second <- if (trained$spec$second > 0) {
    .Call(ffi_score_pairs, x, y, trained$margins, trained$spec, parameters, threads)[, 2]
  }
  Map(function(scores, rows) {
    if (!raw) return(as_log_ratio(trained, scores, second[rows]))
    if (is.null(second)) return(scores)
    array(c(scores, diag(second[rows], length(rows))), c(dim(scores), 2))
  }, scores, blocks)
}

# Of some rows, cut into blocks.
blocks_of_rows <- function(trained, x, y, rows, cut, threads = 1) {
  critic_blocks(trained, x[rows, , drop = FALSE], y[rows, , drop = FALSE], cut(seq_along(rows)),
                threads)
}

# Of all rows.
critic_matrix <- function(trained, x, y, raw = FALSE) {
  critic_blocks(trained, x, y, list(seq_len(nrow(x))), raw = raw)[[1]]
}

# log of the mean of exp(s) over independent pairs, in blocks.
log_mean_independent <- function(trained, x, y, block = 256) {
  means <- independent_means(held_out(trained, NULL, x, y, block), identity)
  means$shift + log(means$mean)
}
