#' Estimators on tasks with a known truth
#'
#' Runs each estimator on each task, sample size and seed. The data of a run depend on the task,
#' `n` and the seed alone, so that estimators see the same rows, and an interrupted benchmark can
#' go on.
#'
#' @param tasks Character: ids of tasks, see [mi_tasks()]. Default: the 40 of Czyz et al. (2023).
#' @param estimators A function of x and y, or a named list of them, that return a number, a fit
#'   of [mi_anchor()], or a list with `estimate` and optionally `conf_low`, `conf_high` and
#'   `lower`. Default: [mi_anchor()] as it comes. [estimator_gaussian()] and [estimator_ksg()]
#'   make others.
#' @param n Whole numbers: rows of a sample. Default 2000.
#' @param seeds Whole numbers, not below 0: one run for each. Default 1.
#' @param file Path of a csv file, or `NULL` (default): every run is added to it when it has
#'   ended, and runs that are there are not done again.
#' @return A data frame of class `mi_benchmark`, one row a run: `task`, `mi` (the truth), `n`,
#'   `seed`, `estimator`, `estimate`, `std_error`, `conf_low`, `conf_high`, `lower`, `warned`
#'   (whether the fit says that it is not to be trusted), `oracle` (the mean of the true
#'   pointwise values of these rows: what someone who knows the ratio would say), `oracle_error`
#'   (its standard error), all in nats, `seconds`, and `message`, what stopped a run that failed
#'   (`NA`). It prints as its `summary()`: for each estimator and `n` the runs, those that `failed`,
#'   the mean absolute error, the same of the oracle, the task that is `worst` by its mean absolute
#'   error (`its_error`), shares of runs whose interval holds the truth (`covered`), whose lower
#'   limit is above it, and that are `warned` of, of those `off` by more than 0.1 and `near` by
#'   0.03, and the median seconds; and has a plot. Runs go through [future::plan()]; without one a
#'   bar shows how far they are.
#' @section Errors:
#' Unknown tasks, estimators that are no functions, a file with something else in it: class
#' `anchormi_error_input`. An estimator's own error stops its run only.
#' @references
#' Czyz, Grabowski, Vogt, Beerenwinkel, Marx (2023). Beyond normal: on the evaluation of mutual
#' information estimators. NeurIPS.
#' @examples
#' # Does a Gaussian formula do for these two?
#' mi_benchmark(c("1v1-normal-0.75", "mixture-1v1"), seeds = 1:3,
#'              estimators = list(gaussian = estimator_gaussian()))
#' @export
mi_benchmark <- function(tasks = mi_tasks()$task[mi_tasks()$suite == "bmi"],
                         estimators = list(anchor = mi_anchor), n = 2000, seeds = 1,
                         file = NULL) {
  several <- list(tasks = tasks, n = n, seeds = seeds)
  for (arg in names(several)) if (!is.atomic(several[[arg]]) || length(several[[arg]]) == 0) {
    abort_input(c("{.arg {arg}} must be a vector with at least one value.",
                  x = "It is {describe(several[[arg]])}."))
  }
  for (task in tasks) find_task(task, arg = "tasks")
  for (size in n) check_count(size, arg = "n")
  for (seed in seeds) check_count(seed, lower = 0, arg = "seeds")
  if (is.function(estimators)) estimators <- list(estimator = estimators)
  named <- is.list(estimators) && length(names(estimators)) == length(estimators) &&
    all(nzchar(names(estimators))) &&
    !anyDuplicated(names(estimators)) && all(vapply(estimators, is.function, NA))
  if (!named) {
    abort_input(c("{.arg estimators} must be a function or a named list of functions.",
                  x = "It is {describe(estimators)}."))
  }
  runs <- expand.grid(estimator = names(estimators), seed = seeds, n = n, task = tasks,
                      stringsAsFactors = FALSE)[4:1]
  key <- function(of) paste(of$task, format(of$n, scientific = FALSE, trim = TRUE), of$seed,
                            of$estimator)
  if (!is.null(file) && (!is.character(file) || length(file) != 1 || is.na(file))) {
    abort_input(c("{.arg file} must be the path of a csv file.", x = "It is {describe(file)}."))
  }
  known <- if (!is.null(file)) known_runs(file)
  todo <- runs[!key(runs) %in% key(known), ]
  run_one <- function(i) {
    row <- one_run(todo[i, ], estimators[[todo$estimator[i]]])
    if (!is.null(file)) write_runs(row, file, append = TRUE)
    row
  }
  done <- if (uses_future()) map_workers(seq_len(nrow(todo)), run_one, estimators)
          else lapply(cli::cli_progress_along(todo$task, name = "Runs"), run_one)
  all <- rbind(known, do.call(rbind, done))
  all <- all[match(key(runs), key(all)), ]
  rownames(all) <- NULL
  structure(all, class = c("mi_benchmark", "data.frame"))
}

one_run <- function(run, estimator) {
  state <- globalenv()$.Random.seed
  on.exit(if (is.null(state)) rm(".Random.seed", envir = globalenv())
          else assign(".Random.seed", state, globalenv()))
  # Whatever generator a worker has, the same rows.
  set.seed(run$seed, kind = "default", normal.kind = "default", sample.kind = "default")
  sample <- mi_sample(run$task, run$n)
  message <- NA_character_
  seconds <- system.time(
    out <- tryCatch(estimator(sample$x, sample$y), error = function(e) {
      message <<- gsub("[\r\n\",]+", " ", conditionMessage(e))
      NULL
    }))[["elapsed"]]
  if (is.null(out) && is.na(message)) message <- "no estimate was returned"
  if (inherits(out, "mi_fit")) {
    nats <- function(value) value * NATS[[out$units]]
    out <- list(estimate = nats(out$estimate), std_error = nats(out$std_error),
                conf_low = nats(out$conf_int[1]), conf_high = nats(out$conf_int[2]),
                lower = nats(out$lower), warned = length(out$distrust) > 0)
  } else if (!is.list(out) && !is.null(out)) {
    out <- list(estimate = out)
  }
  # What is no number stops its run only, as an error does.
  number <- function(name) {
    value <- out[[name]]
    if (is.null(value)) return(NA_real_)
    if ((is.numeric(value) || is.logical(value)) && length(value) == 1) return(as.numeric(value))
    message <<- paste0("its ", name, " is not a number")
    NA_real_
  }
  if (!is.null(out) && is.null(out$estimate)) message <- "no estimate was returned"
  data.frame(task = run$task, mi = find_task(run$task)$mi, n = run$n, seed = run$seed,
             estimator = run$estimator, estimate = number("estimate"),
             std_error = number("std_error"), conf_low = number("conf_low"),
             conf_high = number("conf_high"), lower = number("lower"),
             warned = isTRUE(out$warned), oracle = mean(sample$pmi),
             oracle_error = stats::sd(sample$pmi) / sqrt(run$n), seconds = seconds,
             message = message)
}

RUNS <- data.frame(task = character(), mi = numeric(), n = numeric(), seed = numeric(),
                   estimator = character(), estimate = numeric(), std_error = numeric(),
                   conf_low = numeric(), conf_high = numeric(), lower = numeric(),
                   warned = logical(), oracle = numeric(), oracle_error = numeric(),
                   seconds = numeric(), message = character())

write_runs <- function(runs, file, append = FALSE) {
  utils::write.table(runs, file, sep = ",", append = append, col.names = !append,
                     row.names = FALSE)
}

# The runs of a file, which is made if there is none, before several processes add to it. One that
# was cut off while it was written is left out, and out of the file.
known_runs <- function(file, call = caller_env()) {
  if (!dir.exists(dirname(file)) || dir.exists(file)) {
    abort_input(c("{.arg file} must be the path of a csv file in a folder that is there.",
                  x = "It is {.file {file}}."), call = call)
  }
  if (!file.exists(file) || file.size(file) == 0) write_runs(RUNS, file)
  lines <- readLines(file, warn = FALSE)
  if (!identical(gsub("\"", "", lines[1]), paste(names(RUNS), collapse = ","))) {
    abort_input(c("{.arg file} must be one that {.fn mi_benchmark} wrote, or none yet.",
                  x = "{.file {file}} begins otherwise."), call = call)
  }
  text <- textConnection(lines)
  fields <- utils::count.fields(text, ",", "\"", blank.lines.skip = FALSE, comment.char = "")
  close(text)
  whole <- !is.na(fields) & fields == length(RUNS)
  runs <- utils::read.csv(text = lines[whole], colClasses = vapply(RUNS, class, ""))
  if (!all(whole)) write_runs(runs, file)
  runs
}

#' @export
summary.mi_benchmark <- function(object, ...) {
  groups <- split(as.data.frame(object), list(object$estimator, object$n), drop = TRUE)
  rows <- lapply(groups, function(g) {
    off <- g$estimate - g$mi
    covered <- g$conf_low <= g$mi & g$mi <= g$conf_high
    by_task <- tapply(abs(off), g$task, mean, na.rm = TRUE) # NaN where all failed
    worst <- which.max(by_task)[1]
    data.frame(estimator = g$estimator[1], n = g$n[1], runs = nrow(g),
               failed = sum(is.na(off)), mean_absolute_error = mean(abs(off), na.rm = TRUE),
               of_oracle = mean(abs(g$oracle - g$mi)),
               worst = names(by_task)[worst], its_error = unname(by_task[worst]),
               covered = mean(covered, na.rm = TRUE),
               lower_above = mean(g$lower > g$mi, na.rm = TRUE),
               warned_off = mean(g$warned[which(abs(off) > 0.1)]),
               warned_near = mean(g$warned[which(abs(off) < 0.03)]),
               seconds = stats::median(g$seconds))
  })
  out <- do.call(rbind, rows)
  rownames(out) <- NULL
  out
}

#' @export
print.mi_benchmark <- function(x, ...) {
  # some of the columns
  if (!all(c("task", "mi", "estimator", "estimate", "n") %in% names(x))) return(NextMethod())
  cat("<mi_benchmark> ", nrow(x), " runs, nats\n", sep = "")
  print(summary(x), digits = 3, row.names = FALSE)
  invisible(x)
}

#' @rdname autoplot
#' @exportS3Method ggplot2::autoplot
autoplot.mi_benchmark <- function(object, ...) {
  ggplot2::ggplot(object, ggplot2::aes(y = stats::reorder(.data[["task"]], .data[["mi"]]))) +
    ggplot2::geom_point(ggplot2::aes(x = .data[["mi"]]), shape = 4, size = 2) +
    ggplot2::geom_point(ggplot2::aes(x = .data[["estimate"]], colour = .data[["estimator"]]),
                        na.rm = TRUE) +
    ggplot2::labs(x = "Estimates, and the truth as a cross (nats)", y = NULL,
                  colour = "Estimator")
}

#' @rdname autoplot
#' @export
plot.mi_benchmark <- draw

#' A Gaussian formula as an estimator
#'
#' For [mi_benchmark()]: mutual information from canonical correlations, -sum(log(1 - r^2)) / 2,
#' which is that of jointly normal columns.
#'
#' @param scores `TRUE` or `FALSE` (default): of the columns' normal scores in the place of their
#'   values.
#' @return A function of x and y that returns a number, nats. Factors are not taken.
#' @examples
#' estimator_gaussian()(cars$speed, cars$dist)
#' @seealso [estimator_ksg()]
#' @export
estimator_gaussian <- function(scores = FALSE) {
  scores <- check_flag(scores)
  function(x, y) {
    x <- as.matrix(x)
    y <- as.matrix(y)
    if (scores) {
      x <- scores_apply(scores_fit(x, seq_len(nrow(x))), x)
      y <- scores_apply(scores_fit(y, seq_len(nrow(y))), y)
    }
    gaussian_mi(pmin(stats::cancor(x, y)$cor, 1 - 1e-9))
  }
}

#' Nearest neighbours as an estimator
#'
#' For [mi_benchmark()]: the first estimator of Kraskov, Stoegbauer and Grassberger (2004), by
#' `FNN::mutinfo()`, of columns with variance 1. Ties are not broken: where values repeat, it may
#' be far off.
#'
#' @param k Whole number: the neighbour that sets the distance. Default 10, as in the benchmark of
#'   Czyz et al. (2023).
#' @return A function of x and y that returns a number, nats. Factors are not taken.
#' @section Errors:
#' Without the package FNN an error of class `anchormi_error_package` says how to get it.
#' @references
#' Kraskov, Stoegbauer, Grassberger (2004). Estimating mutual information. Physical Review E 69.
#' @examplesIf requireNamespace("FNN", quietly = TRUE)
#' # Do nearest neighbours see the oscillation that a Gaussian formula can't?
#' mi_benchmark("sine-3", list(ksg = estimator_ksg(), gaussian = estimator_gaussian()), n = 1000)
#' @export
estimator_ksg <- function(k = 10) {
  k <- check_count(k)
  check_installed("FNN", "to find nearest neighbours")
  function(x, y) FNN::mutinfo(scale(as.matrix(x)), scale(as.matrix(y)), k = k, direct = TRUE)
}
