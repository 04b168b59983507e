# Loops over fits and benchmark runs. They go through future.apply when the user has set a
# parallel plan, and one after the other when not (fits with a progress bar). Nothing random
# happens inside: seeds are part of the tasks, so results don't depend on the plan.

# `functions`: those of the user's that a fit calls.
map_fits <- function(tasks, fit, control, functions = list()) {
  if (uses_future()) {
    control$threads <- 1
    return(map_workers(tasks, function(task) fit(task, control = control, progress = NULL),
                       functions))
  }
  bar <- fit_progress(length(tasks))
  lapply(tasks, function(task) fit(task, control = control, progress = bar(task)))
}

# Over the workers of the user's plan, with the options that they have here, and one thread
# each: cores are shared out already. How far it is shows by progressr, if the user asked it to.
map_workers <- function(items, run, functions = list()) {
  isa <- getOption("anchormi.isa")
  done <- if (requireNamespace("progressr", quietly = TRUE)) {
    progressr::progressor(along = items)
  } else function() NULL
  there <- function(item) {
    on.exit(done())
    rlang::with_options(run(item), anchormi.isa = isa, anchormi.threads = 1)
  }
  needed <- needed_by(functions)
  future.apply::future_lapply(items, there, future.seed = NULL, future.globals = needed$globals,
                              future.packages = needed$packages)
}

# What functions of the user's use of the workspace and of attached packages, which don't go with
# them to a worker; this package too, which arguments that nobody evaluated yet may need.
needed_by <- function(functions) {
  written <- lapply(unname(functions), function(f) call("function", formals(f), body(f)))
  needed <- future::getGlobalsAndPackages(as.call(c(quote(list), written)), envir = globalenv())
  list(globals = as.list(needed$globals), packages = union("anchormi", needed$packages))
}

uses_future <- function() {
  requireNamespace("future", quietly = TRUE) &&
    requireNamespace("future.apply", quietly = TRUE) && future::nbrOfWorkers() > 1
}

# A function of a task that returns what the trainer calls with the step reached, or NULL
# when nobody is watching. The bar appears after two seconds (cli's default).
fit_progress <- function(fits, .envir = parent.frame()) {
  if (!rlang::is_interactive()) return(function(task) NULL)
  bar <- cli::cli_progress_bar(
    format = "Training: fit {cli::pb_current + 1} of {cli::pb_total}, {cli::pb_status}",
    total = fits, clear = TRUE, .envir = .envir)
  function(task) {
    function(step) {
      cli::cli_progress_update(set = task$fold - 1, status = paste("step", step), id = bar,
                               .envir = .envir)
    }
  }
}
