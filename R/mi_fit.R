#' The result of mi_anchor()
#'
#' An object of class `mi_fit` is a plain list: [saveRDS()] saves it whole, and a new
#' session with the package reads it and predicts. Of the data it holds the rows' held-out
#' values only; a fit by formula keeps the formula's environment, as in [lm()].
#'
#' @section Contents:
#' \describe{
#'   \item{`estimate`, `std_error`, `units`}{Mutual information (of a fit with z: conditional) and
#'     its standard error, and what they, and all below that is said to be in nats, are in.}
#'   \item{`conf_level`, `conf_int`, `df`}{Level, and the interval: estimate plus and minus
#'     the standard error times the quantile of Student's t with `df` degrees of freedom, as far as
#'     `least` and `most` allow:
#'     infinite (normal) where the rows give the standard error, one less than the groups where
#'     these do, or than the folds, and more, by Satterthwaite's approximation, where a
#'     correction's error has a part in it.}
#'   \item{`lower`}{Number: a lower confidence limit of the mutual information, at
#'     `conf_level`, that no error of the critic can make too large; see [mi_anchor()]. `NA`
#'     with [objective_flo()], whose critic gives the log ratio of pairs alone, with weights or
#'     groups, and of conditional fits.}
#'   \item{`distrust`}{Character: sentences that say why the estimate is not to be trusted and
#'     what to do; none for most fits. They are printed.}
#'   \item{`gap`}{Number, nats: the plug-in's mean over (at most 2,000) training rows less that
#'     over held-out rows, mean over folds.}
#'   \item{`corrections`}{Data frame, nats: what the estimate has `added` to the plug-in, for each
#'     reason (`of`), and the standard `error` of that: for noisy `directions` of the Gaussian
#'     copula, for `weak correlations` that it leaves out, for the `optimism` of training rows (the
#'     gap, the directions' part left out), for what networks lack by their `learning curve`;
#'     what can't be seen where `independence` was kept, which has an error only; and what was below
#'     0, or above the entropy (`most`): the `limits`. All but `independence` are 0 unless `value`
#'     is `"debiased"`. See `vignette("default")`.}
#'   \item{`least`}{Number: 0, which a debiased estimate and its interval don't go below; `-Inf` for
#'     other values.}
#'   \item{`most`}{Numeric, nats: what mutual information can be at most where y or x is discrete,
#'     its `entropy` (of both the smaller; Miller and Madow's correction; no more than the log of
#'     the number of values), and the standard `error` of that. A debiased estimate doesn't exceed
#'     it, nor, but for its error, the interval. `Inf` and 0 where neither is discrete, where there
#'     are fewer than ten rows (or groups) a value, so that others may not have been seen, and
#'     unless `value` is `"debiased"`.}
#'   \item{`trained`}{Numeric, nats: where a fold kept independence, what rows would contribute if
#'     it had not, else `NULL`.}
#'   \item{`calibration`}{Data frame, one row a bin of the log ratio: what the critic says of
#'     held-out pairs there (`said`, nats), the log ratio that their frequencies among rows and
#'     among independent pairs (of blocks of 50 rows) give (`found`), its interval (`low`,
#'     `high`), and how many `rows` fell there; bins with fewer than five of either kind are left
#'     out, and folds where independence was kept. `NULL` where all folds kept it, where there are
#'     no independent pairs to count (given z, with weights or groups), and where the objective
#'     doesn't give the ratio of any pair. See `autoplot(fit, "calibration")`.}
#'   \item{`pmi`}{Numeric, one a row used: held-out pointwise mutual information, nats; `NA` for
#'     objectives that find it only up to a function of x.}
#'   \item{`contribution`}{Numeric, one a row used: what the row contributes to the estimate,
#'     which is their (weighted) mean; `NULL` for the plug-in value, where that is `pmi`.}
#'   \item{`fold`}{Integer, one a row used: the part that the row fell into.}
#'   \item{`folds`}{Data frame, one row a fold: numbers of rows that trained, chose (where parts
#'     took turns at it: in the first) and were evaluated, the critic that was kept, the step it was
#'     taken from, steps run, why training stopped (`"untrained"`: there are closed forms alone),
#'     its score on the choosing rows, whether independence was kept (`independent`), and the fold's
#'     mean before anything was added (`estimate`; see `corrections`). Scores are losses less that
#'     of independence: below 0 is better.}
#'   \item{`critics`}{List, one a fold: the trained critic, with the parameters as numbers
#'     and the training history (`step`, `train`, `valid`: mean score of the batches
#'     since the last look, and on the choosing rows). Of [critic_auto()]: a list with `weights`
#'     (of closed forms and networks, by name), `offset`, the `error` that these bring, the least
#'     log ratio that it says (`floor`), what networks `brought`, and `turns`, one for each set of
#'     rows that chose: the scores of the columns, `forms` (closed forms that were found), `members`
#'     (trained critics and what they see). Of a conditional fit: `joint` and `marginal`, two of
#'     these, and the regressions of the `residuals` that they see.}
#'   \item{`weights`, `groups`, `surprisal`}{Numeric, one a row used, or `NULL`: sampling weights;
#'     the group that the row belongs to, as a number from 1; and where y is discrete minus the log
#'     of its value's frequency, nats; see [mi_normalised()].}
#'   \item{`settings`, `recipes`, `n`, `na_action`, `series`, `call`, `model`,
#'     `version`}{How it was made.}
#' }
#'
#' Where independence was kept the score is 0, and the critic's pointwise values are all 0.
#'
#' @param x,object A fit.
#' @param ... Ignored, or passed on.
#' @return `print()` and `summary()` print; `print()` returns the fit, `summary()` an
#'   object of class `summary.mi_fit` that holds the fit and prints with what was added to the
#'   plug-in value, and the folds' table.
#'   `coef()` is a number named `mi` (`cmi` of conditional fits); `confint()` a 1 x 2 matrix;
#'   `nobs()` the number of rows used; `formula()` the formula or `NULL`. `update()` fits again with
#'   arguments changed.
#' @examples
#' set.seed(1)
#' fit <- mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear())
#' summary(fit)
#' coef(fit)
#' confint(fit, level = 0.9)
#' nobs(fit)
#'
#' # Another critic, the same data:
#' coef(update(fit, critic = critic_separable(widths = 16, embedding = 8),
#'             control = mi_control(max_steps = 300)))
#'
#' # Saved and read again, it still predicts:
#' path <- tempfile(fileext = ".rds")
#' saveRDS(fit, path)
#' predict(readRDS(path), data.frame(speed = 10, dist = 20))
#' @name mi_fit
NULL

# `held`: what folds said of their held-out rows, in order, and on the average.
new_mi_fit <- function(held, plan, critics, data, settings, call, model) {
  weights <- row_weights(data$weights, length(held$pmi))
  folds <- fold_table(held$contribution, weights, plan, critics)
  plain <- sum(weights * held$contribution) / sum(weights)
  averaged <- any(vapply(critics, has_turns, NA))
  counted <- settings$value == "debiased"
  least <- least_of(settings$value)
  most <- if (counted) least_entropy(data) else NO_ENTROPY
  corrections <- if (counted) {
    do.call(corrections, c(list(plain), held[names(NOTHING_LEARNT)],
                           list(averaged = averaged, most = most[["entropy"]])))
  } else {
    correction_table(held$unseen, limits = 0)
  }
  added <- sum(corrections$added)
  contribution <- held$contribution + added
  value <- estimate_mean(contribution, plan$part, held$trained + added, added_error(corrections),
                         weights, data$groups,
                         critics = critic_errors(critics, settings$value))
  value$estimate <- max(value$estimate, least) # but for rounding it is
  if (!finds_ratio(settings$objective)) held$pmi[] <- NA
  fit <- structure(
    list(estimate = value$estimate, std_error = value$std_error, df = value$df,
         conf_level = settings$conf_level,
         conf_int = student_interval(value$estimate, value$std_error, value$df,
                                     settings$conf_level, least, most),
         units = settings$units,
         distrust = distrust(value, held$gap - held$optimism, data, counted, settings$units),
         lower = lower_limit(held$bound, settings$conf_level), gap = held$gap,
         corrections = corrections, least = least, most = most,
         calibration = if (!is.null(held$calibration)) {
           calibration_table(held$calibration, settings$conf_level)
         },
         pmi = held$pmi, contribution = if (settings$value != "plugin") contribution,
         trained = if (any(folds$independent)) held$trained + added,
         fold = plan$part, folds = folds, critics = critics, weights = data$weights,
         groups = data$groups,
         surprisal = if (data$given == 0) surprisal_of(data$y, data$recipes$y, data$weights),
         settings = settings, recipes = data$recipes, n = length(held$pmi),
         na_action = data$na_action, series = data$series, call = call, model = model,
         version = utils::packageVersion("anchormi")),
    class = "mi_fit")
  in_units(fit, settings$units)
}

# Sentences that say why, and what to do, where a fit is not to be trusted: where its standard error
# is large, or where nothing was found that could have been. `gap`: what is left of it, without what
# noisy directions explain, and whether the standard error has it already.
MOST_ERROR <- c(nats = 0.1, share = 0.015) # the larger of both
LITTLE <- 0.02                             # nats: hardly any dependence

distrust <- function(value, gap, data, counted = TRUE, units = "nats") {
  found <- max(value$estimate, 0, na.rm = TRUE)
  error <- sqrt(value$std_error^2 + (if (counted) 0 else max(0, gap) / 2)^2)
  too_large <- function(error) {
    isTRUE(error > max(MOST_ERROR[["nats"]], MOST_ERROR[["share"]] * found))
  }
  out <- character()
  of <- if (is.null(data$groups)) "rows" else "groups"
  rows <- nrow(data$x)
  columns <- ncol(data$x) + ncol(data$y)
  many_columns <- found < LITTLE && columns > rows / 20
  if (too_large(error)) {
    number <- function(x) paste(formatC(x / NATS[[units]], digits = 2, format = "f"), units)
    out <- if (isTRUE(gap > 0.1 + 0.15 * found)) {
      paste0("Training rows score ", number(gap), " more than held-out ones: there is too little ",
             "data to learn all that they depend on each other, and the estimate is probably too ",
             "small. More rows or fewer columns will help.")
    } else if (isTRUE(value$unsettled && too_large(value$own_error))) {
      paste0("Folds differ by more than their ", of, " explain (standard error ", number(error),
             "): the critics have not settled. More ", of, ", or more folds, will help.")
    } else {
      paste0("There are too few ", of, " ", if (found > LITTLE) "for this much dependence"
             else "to find weak dependence", " (standard error ", number(error), "). More ", of,
             if (many_columns) " or fewer columns", " will help.")
    }
  } else if (many_columns) {
    out <- paste0("Numbers and categories make ", columns, " columns, of ", rows, " rows: too few ",
                  "to find weak dependence. Fewer columns will help.")
  }
  if (isTRUE(data$shared)) {
    out <- c("x and y share a continuous column: their mutual information is infinite.", out)
  }
  out
}

contributions <- function(fit) {
  if (is.null(fit$contribution)) fit$pmi else fit$contribution
}

# What the standard error is of: where independence was kept, what rows would contribute.
scatter_of <- function(fit) if (is.null(fit$trained)) contributions(fit) else fit$trained

fold_table <- function(contribution, weights, plan, critics) {
  per_fold <- function(what, of, type) vapply(of, what, type)
  data.frame(
    fold = per_fold(function(t) t$fold, plan$tasks, 1L),
    train = per_fold(function(t) length(t$train), plan$tasks, 1L),
    valid = per_fold(function(t) length(t$valid), plan$tasks, 1L),
    test = per_fold(function(t) length(t$test), plan$tasks, 1L),
    critic = per_fold(critic_kind, critics, ""),
    best_step = per_fold(function(c) c$best_step, critics, 1),
    steps = per_fold(function(c) c$steps, critics, 1),
    stop = per_fold(function(c) c$stop, critics, ""),
    score = per_fold(function(c) c$score, critics, 1),
    independent = per_fold(function(c) isTRUE(c$independent), critics, NA),
    estimate = per_fold(function(t) {
      stats::weighted.mean(contribution[t$test], weights[t$test])
    }, plan$tasks, 1))
}

#' @rdname mi_fit
#' @export
format.mi_fit <- function(x, ...) {
  number <- function(value) formatC(value, digits = 4, format = "f")
  weighed <- if (is.null(x$weights)) "" else {
    paste0(", weighed: as ", round(effective_rows(x$weights)), " equal ones")
  }
  level <- paste0(format(100 * x$conf_level), " % interval")
  c(paste0("<mi_fit> ", if (is_conditional_fit(x)) "conditional ", "mutual information by ",
           objective_title(x$settings$objective), ", cross-fitted"),
    label("Estimate", paste(number(x$estimate), x$units)),
    if (x$settings$value != "plugin") label("which is", describe_value(x)),
    label("Standard error", number(x$std_error)),
    label(level, paste(number(x$conf_int), collapse = " to ")),
    if (!is.na(x$lower)) label("At least", lower_text(x)),
    label("Rows", paste0(x$n, in_groups(x), weighed, dropped_text(x))),
    label(if (is_conditional_fit(x)) "x, y and given z" else "x and y",
          paste(series_of(lengths(x$recipes)), "columns")),
    label("Critic", format_critics(x)),
    label("Objective", format(x$settings$objective, batch = fit_batch(x))),
    as_notes(fit_remarks(x)))
}

as_notes <- function(remarks) {
  if (length(remarks) == 0) return(character())
  strwrap(paste("Note:", remarks), width = 78, indent = 2, exdent = 4)
}

dropped_text <- function(x) {
  if (is.null(x$na_action)) return("")
  paste0(" (", length(x$na_action), " dropped for missing values)")
}

in_groups <- function(x) if (is.null(x$groups)) "" else paste(" in", group_count(x), "groups")

is_conditional_fit <- function(fit) "z" %in% names(fit$recipes)

series_of <- function(items) {
  last <- length(items)
  paste(paste(items[-last], collapse = ", "), "and", items[last])
}

# The size of the batches that were trained on.
fit_batch <- function(x) min(x$settings$control$batch_size, x$folds$train)

label <- function(name, text) paste0("  ", formatC(name, width = -16), " ", text)

format_critics <- function(x) {
  critics <- vapply(lapply(x$settings$critics, of_rows, max(x$folds$train)), format, "")
  if (length(critics) == 1) return(critics)
  kinds <- table(x$folds$critic)
  paste0("best of ", length(critics), " by fold: ",
         paste(names(kinds), "in", kinds, collapse = ", "))
}

# What a reader should know before trusting the numbers, one sentence each.
fit_remarks <- function(x) {
  folds <- x$folds
  count <- function(which) paste(sum(which), "of", nrow(folds), "folds")
  remarks <- character()
  if (!is.finite(x$estimate)) {
    remarks <- c(remarks, paste0("The estimate is no finite number: the critic's ratio, or a ",
      "mean of it over independent pairs, is out of range. Standardise, or use another value."))
  }
  remarks <- c(remarks, x$distrust)
  if (any(folds$independent)) {
    remarks <- c(remarks, paste0(
      if (all(folds$independent)) "No " else paste("In", count(folds$independent), "no "),
      if (is_conditional_fit(x)) "conditional ", "dependence was found: the critic kept ",
      if (!all(folds$independent)) "there ", "is that of independence, 0 everywhere."))
  }
  if (identical(x$settings$objective$arguments$negatives, "batch")) {
    remarks <- c(remarks, paste0("With negatives = \"batch\" the critic is not exactly the log ",
      "ratio, and far from it in small batches."))
  }
  if (x$series && is.null(x$groups)) {
    remarks <- c(remarks, paste0("Rows of a time series were taken as independent. Where ",
      "they are not, the estimate can be too large and its error too small: give stretches of it ",
      "as `groups`."))
  }
  if (any(folds$stop == "max_steps")) {
    remarks <- c(remarks, paste0("In ", count(folds$stop == "max_steps"), " training ran ",
      "out of steps: see max_steps in ?mi_control."))
  }
  if (any(folds$stop == "diverged")) {
    remarks <- c(remarks, paste0("In ", count(folds$stop == "diverged"), " training ",
      "diverged: try a smaller learn_rate in mi_control()."))
  }
  remarks
}

#' @rdname mi_fit
#' @export
print.mi_fit <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname mi_fit
#' @export
summary.mi_fit <- function(object, ...) {
  structure(list(fit = object), class = "summary.mi_fit")
}

#' @export
print.summary.mi_fit <- function(x, ...) {
  fit <- x$fit
  print(fit)
  cat("\nHeld-out rows' contributions, ", fit$units, ":\n", sep = "")
  print(summary(contributions(fit)), digits = 4)
  counted <- fit$corrections[fit$corrections$added != 0 | fit$corrections$error != 0, ]
  if (NROW(counted) > 0) {
    cat("\nAdded to the plug-in value, and the error of that, ", fit$units, ":\n", sep = "")
    print(format(counted, digits = 4), row.names = FALSE)
  }
  cat("\nFolds (rows that train, choose, are evaluated; score below 0 beats independence):\n")
  print(format(fit$folds, digits = 4), row.names = FALSE)
  call <- paste(trimws(deparse(fit$call)), collapse = " ") # data may stand in it, by do.call()
  cat("\nCall: ", substr(call, 1, 300), if (nchar(call) > 300) " ...", "\n", sep = "")
  invisible(x)
}

#' @rdname mi_fit
#' @export
coef.mi_fit <- function(object, ...) {
  stats::setNames(object$estimate, if (is_conditional_fit(object)) "cmi" else "mi")
}

#' @rdname mi_fit
#' @param parm Ignored: there is one estimate.
#' @param level Number in (0, 1): confidence level. Default: the fit's.
#' @export
confint.mi_fit <- function(object, parm, level = object$conf_level, ...) {
  interval_matrix(object, level)
}

# Of anything with an estimate.
interval_matrix <- function(object, level, call = caller_env()) {
  level <- check_number(level, lower = 0, upper = 1, open = TRUE, call = call)
  tails <- c((1 - level) / 2, (1 + level) / 2)
  limits <- student_interval(object$estimate, object$std_error, object$df, level,
                             object$least %||% -Inf, object$most %||% NO_ENTROPY)
  matrix(limits, nrow = 1,
         dimnames = list(names(stats::coef(object)), paste(format(100 * tails, trim = TRUE), "%")))
}

#' @rdname mi_fit
#' @importFrom stats nobs
#' @export
nobs.mi_fit <- function(object, ...) object$n

#' @rdname mi_fit
#' @importFrom stats formula
#' @export
formula.mi_fit <- function(x, ...) x$model$formula

#' Pointwise mutual information of new rows
#'
#' How much more often this pair occurs than if x and y were independent, in logarithms:
#' \eqn{\log p(x, y) / (p(x) p(y))}, by the fit's critics; of a conditional fit, than if they were
#' independent given z.
#'
#' For new rows, the critics of all folds are averaged. Without new rows, the values are the
#' held-out ones, each from the one critic that never saw the row.
#'
#' @param object A fit; see [mi_fit].
#' @param x_new,y_new,z_new New rows, with the columns that the fit's x, y and (if there was one) z
#'   had. For a fit by formula: `x_new` is a data frame with the formula's variables, and the
#'   others are left out. All left out: the rows of the fit.
#' @param type `"pmi"` (default): in the fit's units; `"ratio"`: the density ratio itself.
#' @param ... Must be empty.
#' @return Numeric, one a row; `NA` where a value is missing. For the rows of the fit: one
#'   for each row used, or for each row given if `na.action` was [na.exclude()].
#' @section Errors:
#' Columns that are absent or have another type (but a factor's levels may come as character), and
#' levels that the fit hasn't seen.
#' @examples
#' # Which flower is most typical of its species, by its petals?
#' set.seed(1)
#' fit <- mi_anchor(Species ~ Petal.Length + Petal.Width, data = iris,
#'                  critic = critic_separable(), control = mi_control(max_steps = 300))
#' flowers <- iris[c(1, 51, 71, 101), ]
#' cbind(flowers[3:5], pmi = predict(fit, flowers))
#' @export
predict.mi_fit <- function(object, x_new, y_new, z_new, type = c("pmi", "ratio"), ...) {
  check_no_dots(..., of = "predict")
  check_isa()
  type <- check_choice(type, c("pmi", "ratio"))
  if (!finds_ratio(object$settings$objective)) {
    up_to <- left_open[[recovers(object$settings$objective)]]
    abort_input(c("{.arg object} must be a fit by an objective that finds the ratio.",
                  x = "{format(object$settings$objective)} finds it only up to {up_to}."))
  }
  one <- NATS[[object$units]]
  pmi <- if (missing(x_new) && missing(y_new) && missing(z_new)) {
    stats::napredict(object$na_action, object$pmi)
  } else {
    new <- list()
    if (!missing(x_new)) new$x <- x_new # NULL is none
    if (!missing(y_new)) new$y <- y_new
    if (!missing(z_new)) new$z <- z_new
    blocks <- new_blocks(object, new)
    scores <- lapply(object$critics, critic_pairs, x = blocks$x, y = blocks$y,
                     threads = object$settings$control$threads)
    Reduce(`+`, scores) / length(scores) / one
  }
  if (type == "ratio") exp(one * pmi) else pmi
}

new_blocks <- function(object, new, call = caller_env()) {
  wanted <- names(object$recipes)
  if (!is.null(object$model) && identical(names(new), "x")) {
    check_inherits(new$x, "data.frame", "a data frame with the formula's variables",
                   arg = "x_new", call = call)
    new <- formula_blocks(object$model, formula_frame_new(object$model, new$x, call))
  }
  if ("z" %in% names(new) && !"z" %in% wanted) {
    abort_input(c("{.arg z_new} can't be given.", x = "The fit has no {.arg z}."), call = call)
  }
  absent <- setdiff(wanted, names(new))
  if (length(absent) > 0) {
    abort_input(c("{.arg {paste0(absent[1], '_new')}} is missing.",
                  i = "Give new rows of all blocks, or of none."), call = call)
  }
  blocks <- lapply(stats::setNames(wanted, wanted), function(b) {
    encode_new(object$recipes[[b]], new[[b]], paste0(b, "_new"), call)
  })
  for (b in wanted) if (nrow(blocks[[b]]) != nrow(blocks$x)) {
    abort_input(c("{.arg x_new} and {.arg {paste0(b, '_new')}} must have the same number of rows.",
                  x = paste("{.arg x_new} has {nrow(blocks$x)} and {.arg {paste0(b, '_new')}} has",
                            "{nrow(blocks[[b]])}.")), call = call)
  }
  list(x = cbind(blocks$x, blocks$z), y = blocks$y)
}
