#' How much does x tell about y?
#'
#' Estimates the mutual information of x and y with a standard error, by training a critic
#' to be the log density ratio \eqn{\log p(x, y) / (p(x) p(y))} and averaging it over rows
#' that it has not seen.
#'
#' Rows fall into `folds` parts of equal size. In turn, one part is held out for the
#' estimate, the next one decides when to stop training, and the critic is trained on the
#' others; so each row is evaluated once, by a critic that it neither trained nor chose. Of 1,000
#' rows or fewer, two to four of the other parts take turns at deciding (for [critic_auto()]).
#' The estimate is the mean of these held-out pointwise values.
#'
#' By default what is trained is [critic_auto()], and to the mean is added what noisy canonical
#' directions cost, as theory has it; what weak correlations have together that can't be told apart;
#' half of the optimism of all else (all of it where parts took turns, but of networks by what they
#' brought; see `value`), half being what a classical model would be corrected by; and half of what
#' networks still lack by their learning curve. The standard error then has a quarter of the first
#' in it, how far chance goes in the second, 0.85 of the optimism that was halved (all of it where
#' parts took turns), and all of what networks lack.
#' `vignette("default")` explains each part, and shows what it brings.
#'
#' Its variance is that of a mean with a random effect for each fold, estimated by moments:
#' the variance of the values over n and that of the folds' critics, as far as it is known (of
#' [critic_auto()]: that of its offset, by influence), or that of the folds' means over their number
#' if that is larger, as it is when the folds' critics differ by more than these explain. The
#' interval uses the normal quantile in the first case, and in the second that of Student's t
#' one degree of freedom less than there are folds. Where a fold's critic scored no
#' better than independence on the choosing rows, 0 is its value for every row, but the rows
#' scatter, for the standard error, as that critic's values do; and half of the mutual information
#' that one pair of directions may have and still stay unseen, in a test of so many rows and columns
#' at a level of two in a hundred, once in 40, is added to it.
#'
#' @section A limit that needs no trust in the critic:
#' For any function s(x, y), however wrong, that was fixed before the rows were seen, the anchored
#' bound is at most the mutual information. `lower` is its one-sided confidence limit (Student's t
#' over blocks of 50 held-out rows). The anchor weight is decided on the choosing rows; it is at
#' most a fifth of the pairs that there are, since with more of it the bound hangs on so few rows
#' that Student's t fails (that is so of \eqn{E_p[s] - E_q[\exp s] + 1}, which is its limit). A
#' poor critic makes it small, not too large. Blocks are taken as independent; of different folds
#' they are nearly so, as the critic of one has seen the rows of others.
#'
#' @section Conditional mutual information:
#' With a `z`, or `y ~ x | z`, the estimate is that of \eqn{I(X; Y | Z)}: how much x tells about y
#' where z is known already. Its critic is the log of
#' \eqn{p(x, y | z) / (p(x | z) p(y | z))}, which is the ratio of two ratios that can be learnt from
#' rows as they are: that of (x, z) and y, and that of z and y. Both are trained on the same rows.
#' It doesn't change if x and y are replaced by functions that are one-to-one for each value of z,
#' so by default (`conditioning = "residuals"`) both are first freed of what z says of them: of
#' the location and the scale of their normal scores, by ridge regressions on functions of z (which
#' functions and how much ridge predicts training rows best that are left out). Where that takes all
#' of z out of y, the second ratio is 1, and nothing large is subtracted from anything large.
#' Columns with 20 values or fewer are left as they are. What z says of both and these rows cannot
#' teach (oscillations, products with little noise) passes for dependence, and the estimate is too
#' large then; compare more rows. `"difference"` does without. Both beside
#' known truths: `bench/results/conditional.md` in the sources, by `make bench-conditional`. Where
#' (x, z) tells no more about y than z does, by the scores on the choosing rows, conditional
#' independence is kept: 0. Of conditional fits there is no `lower` and no `calibration`, which need
#' independent pairs, and `value` can be `"debiased"` or `"plugin"` only.
#'
#' @section Sampling weights:
#' With `weights` the estimate is that of the population which rows of a survey stand for: rows that
#' train and choose are drawn again in proportion to their weights (systematic sampling, by R's
#' generator), held-out rows are averaged by them, and the standard error is that of a weighed mean,
#' rows taken as independent. Rows of weight 0 are evaluated and nothing else. Unequal weights make
#' fewer rows of many: with weights w they count as \eqn{(\sum w)^2 / \sum w^2} (Kish 1965), which
#' is printed, as many of which are drawn, and of which there must be five for each fold. There is
#' no `lower` and no `calibration` with weights, and `value` can be `"debiased"` or `"plugin"` only.
#'
#' @section What the standard error leaves out:
#' It counts sampling noise, how the folds' critics differ, and what all of them get wrong alike as
#' far as optimism and learning curve show it; not dependence that is too weak or too intricate for
#' any of them to have learnt a part of it. Where that matters, compare critics. And it takes the
#' rows, or groups of them, as independent.
#'
#' @section Rows that depend on one another:
#' Visits of one patient, pixels of one image, neighbours in a slow series: rows that resemble one
#' another make the estimate too large, since what resembles the evaluated rows trains the critic,
#' its error too small, and `lower` no limit. Say by `groups` which rows belong together (of a
#' series: stretches of successive times, longer than its memory). A group is then evaluated as a
#' whole, by a critic that never saw any of it, and the standard error is that of sums over groups
#' (cluster-robust, Liang and Zeger 1986; with the quantile of Student's t, one degree of freedom
#' less than groups). The estimate remains that of rows: of the mutual information in a row that is
#' picked at random. Groups must be independent of one another. Groups of sizes m count as
#' \eqn{(\sum m)^2 / \sum m^2} equal ones, of which there must be two for each fold; dozens before
#' an estimate means much. Whether independence is kept is judged by as many rows as these are worth
#' independent ones: fewer, the more both x and y are alike within groups (intraclass correlations
#' of normal scores and their squares). Theory does not say then what noisy directions cost, so that
#' it counts like all else. There is no `lower` and no `calibration` with groups, and
#' `value` can be `"debiased"` or `"plugin"` only.
#'
#' @section Data:
#' Rows are paired, independent observations. Columns may be numeric, integer, logical, factor,
#' ordered factor, date, date-time or difftime; numbers stay as they are, logicals and ordered
#' factors count from 0 or 1, other factors become one indicator for each level. Time series (`ts`)
#' are taken as their values, and the print says so. Character and list columns, infinite values,
#' and columns that share a name are errors. A constant column is dropped with a warning. Where a
#' continuous column of x is one of y too, or an increasing or decreasing function of one, the
#' mutual information is infinite: a warning (class `anchormi_warning_shared`) and the print say
#' so. Mutual information doesn't change under one-to-one transforms of a column, but how well it
#' can be learnt does. [critic_auto()] takes normal scores of the ranks by itself. For other
#' critics, with `standardise = TRUE`, each column is centred and divided by its standard deviation
#' in the rows that train, and kept within 10 standard deviations: give them skewed or heavy-tailed
#' columns as logarithms or ranks (ranks as a column of their own: `rank()` in a formula would rank
#' new rows among themselves).
#'
#' @param x One side: a vector, matrix, data frame or time series with n rows; or a formula.
#' @param y The other side, likewise, with the same n rows. Mutual information is symmetric
#'   in the two.
#' @param z What is known already, likewise, or `NULL` (default): then the mutual information is not
#'   conditional.
#' @param weights Sampling weights: a number for each row, not below 0, of which only the
#'   proportions matter; for formulas an expression, evaluated in `data`. `NULL` (default): all
#'   rows count the same. A row whose weight is missing is one with a missing value.
#' @param groups Which rows belong together, as measurements of one person do: a vector or factor
#'   with a value for each row, for formulas an expression, evaluated in `data`; see the section
#'   above. `NULL` (default): each row stands for itself. A row whose group is missing is one with a
#'   missing value.
#' @param formula `y1 + y2 ~ x1 + x2`, or `y1 + y2 ~ x1 + x2 | z1 + z2`, where `+` joins columns and
#'   is no sum, and `-` leaves one out; `.` on the right stands for all columns of `data` that the
#'   left doesn't use (nor `groups`). Terms may be expressions such as `log(x1)`. There are no
#'   interactions to name: a critic finds them by itself.
#' @param data A data frame with the formula's variables.
#' @param subset Expression, evaluated in `data`: which rows to use.
#' @param critic What to train: a critic, such as [critic_separable()], or a list of
#'   critics, of which each fold keeps the one with the best score on its choosing rows. The
#'   score is strictly proper, so it can choose: it is best, in expectation, at the true
#'   ratio. `NULL` or `"auto"` (default): [critic_auto()], or for objectives that don't find the log
#'   ratio itself `list(critic_bilinear(), critic_separable())`, with `head = "ratio"` for
#'   chi-squared and spectral ones.
#' @param objective What to minimise: one of the family that [mi_objectives()] lists. Default:
#'   `objective_anchor(nu = 10)`, the log score with all candidates. The paper's `nu = 1` is
#'   meant for an endless stream of fresh batches, and overshoots on finite samples with
#'   strong dependence (`bench/results/defaults.md` in the sources, by `make bench-defaults`).
#' @param value Which estimate to report, all of them from held-out rows:
#'   `"plugin"`, the mean of the log ratio; `"debiased"`, to which is added what too few rows cost
#'   it: what noisy canonical directions take from the Gaussian copula (its mutual information by
#'   correlations freed of their inflation, Bao et al. 2019, less what it says of held-out rows
#'   where it scores best; less of it where columns are not Gaussian together, and at most 1.5 times
#'   the copula's own optimism, or 1.25 times what copulas of half of the rows lack beside it), what
#'   weak correlations have together beyond that (the sample's mutual information of all columns
#'   less that with rows of changed signs, as far as it is more than chance and than what is added
#'   next), half of the optimism of all else, or where parts took turns all of it but networks',
#'   which counts by what they brought the choosing rows (the mean over training rows less that over
#'   held-out ones, less the Gaussian copula's own; shrunk where that is more than was found), and
#'   half of what the networks of [critic_auto()] lack: what those with a tenth of their weight or
#'   more gain, on the choosing rows, from an eighth of the training rows to all of them, divided by
#'   \eqn{\sqrt{8} - 1}, so that it is right where it falls
#'   like one over the root of the rows, and times the networks' weight (of 4,000 training rows or
#'   more, which 6,700 rows have, without `groups`, where networks bring more than weights gain by
#'   chance); all of it no more than the entropy of x or y, where either is discrete;
#'   `"normalised"`, that less
#'   the log mean ratio over independent pairs (Donsker-Varadhan); `"one_step"`, the plug-in value
#'   less the mean ratio over independent pairs plus 1 (NWJ; its bias is of second order in the
#'   critic's error, its variance grows like exp(I)); `"bound"`, the lower bound that the loss gives
#'   (InfoNCE's is at most log K; for anchored objectives by the log score); `"smile"`, normalised
#'   with clipped ratios, for [objective_smile()]; `"jsd_lb"`, the least mutual information that the
#'   Jensen-Shannon divergence allows (Dorent et al. 2025). `NULL` (default): debiased with
#'   [critic_auto()]; with other critics plug-in where the objective recovers the ratio and the
#'   literature has no other habit; see [mi_objectives()]. Independent pairs are held-out rows too,
#'   in blocks of the batch size.
#' @param folds Whole number from 3 to 50: parts of the rows. More folds leave more rows to
#'   train on and take more time. `NULL` (default): 5, so that three fifths train, one chooses,
#'   one evaluates, in five fits; 4, of 10,000 rows or more without groups; or 10, of 100 rows or
#'   more, where columns number more than a fifth of the rows. At most 1,500 rows, or a twentieth of
#'   their part, choose; the others of it train, unless there are groups.
#' @param conf_level Number in (0, 1): level of the interval that is printed. Default 0.95,
#'   as is usual.
#' @param standardise `TRUE` (default) or `FALSE`: scale the columns before training. Not for
#'   [critic_auto()], which takes ranks.
#' @param na.action Function that says what to do with rows that have a missing value in any
#'   block: [na.omit()] (default) leaves them out, [na.exclude()] does too, but [augment()]
#'   and [predict()][predict.mi_fit] keep a place for them, [na.fail()] stops, and
#'   [na_informative()] keeps them and takes missing values as information.
#' @param control Settings of training; see [mi_control()].
#' @param preset `"default"` (default) or `"paper"`: what `critic`, `objective` and `control` are
#'   where they aren't given; see [mi_preset()].
#' @param conditioning `"residuals"` (default) or `"difference"`: how z is taken account of; see
#'   the section on conditional mutual information. With z only.
#' @param units `"nats"` (default) or `"bits"`: what estimates, and all else that is information,
#'   are in.
#' @param ... For methods; must be empty.
#' @return An object of class [mi_fit].
#' @section Errors:
#' Bad input is an error of class `anchormi_error_input`; so is a `value` that the objective
#' can't give, such as the plug-in of InfoNCE, whose critic is known only up to a function of
#' x, and a critic whose head doesn't fit the objective. At least five rows for each fold
#' are needed, and hundreds before an estimate means much.
#' @references
#' Ryu, Yeddanapudi, Xu, Wornell (2025). Contrastive predictive coding done right for mutual
#' information estimation. arXiv 2510.25983.
#'
#' Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey, Robins (2018).
#' Double/debiased machine learning for treatment and structural parameters. The
#' Econometrics Journal 21 (cross-fitting).
#'
#' Kish (1965). Survey sampling. Wiley.
#'
#' Liang, Zeger (1986). Longitudinal data analysis using generalized linear models. Biometrika 73.
#'
#' Dorent, Golland, Wells (2025). Connecting Jensen-Shannon and Kullback-Leibler divergences: a
#' new bound for representation learning. NeurIPS, arXiv 2510.20644.
#' @seealso [mi_fit] for what to do with the result.
#' @examples
#' # How much does a car's speed tell about its stopping distance?
#' set.seed(1)
#' mi_anchor(dist ~ speed, data = cars, critic = critic_bilinear())
#'
#' # How much do a flower's petals tell about its species? At most log(3) = 1.1 nats. A
#' # short training, for a first look:
#' set.seed(1)
#' mi_anchor(iris[c("Petal.Length", "Petal.Width")], iris$Species,
#'           critic = critic_separable(), control = mi_control(max_steps = 200))
#'
#' # Does the wind still tell about the ozone if temperature and month are known?
#' set.seed(1)
#' mi_anchor(Ozone ~ Wind | Temp + Month, data = airquality, critic = critic_bilinear())
#'
#' # How much does a chick's weight tell about its diet? Each chick was weighed twelve times, and a
#' # critic that knows the chick knows its diet: it is chicks that must be new.
#' set.seed(1)
#' mi_anchor(Diet ~ weight + Time, data = ChickWeight, groups = Chick, critic = critic_bilinear())
#' @export
mi_anchor <- function(x, ...) {
  UseMethod("mi_anchor")
}

#' @rdname mi_anchor
#' @export
mi_anchor.default <- function(x, y, z = NULL, weights = NULL, groups = NULL,
                              critic = mi_preset(preset)$critic,
                              objective = mi_preset(preset)$objective,
                              value = NULL, folds = NULL,
                              conf_level = 0.95, standardise = TRUE,
                              na.action = stats::na.omit, control = mi_preset(preset)$control,
                              preset = "default", conditioning = c("residuals", "difference"),
                              units = c("nats", "bits"), ...) {
  check_no_dots(...)
  if (missing(y)) {
    abort_input(c("{.arg y} is missing.",
                  i = "Give two blocks, {.code mi_anchor(x, y)}, or a formula and its data."))
  }
  settings <- check_settings(critic, objective, value, folds, conf_level, standardise, control,
                             preset, conditioning, units,
                             no_pairs_of(!is.null(z), weights, groups))
  data <- prepare_data(x, y, na.action, z, weights, groups)
  mi_fit_data(data, settings, call = fit_call(match.call()))
}

#' @rdname mi_anchor
#' @export
mi_anchor.formula <- function(formula, data = environment(formula), subset, weights, groups,
                              critic = mi_preset(preset)$critic,
                              objective = mi_preset(preset)$objective,
                              value = NULL, folds = NULL,
                              conf_level = 0.95, standardise = TRUE,
                              na.action = stats::na.omit, control = mi_preset(preset)$control,
                              preset = "default", conditioning = c("residuals", "difference"),
                              units = c("nats", "bits"), ...) {
  check_no_dots(...)
  call <- match.call()
  model <- formula_model(formula, data, all.vars(call$groups))
  frame <- formula_frame(model, data, call, parent.frame())
  weights <- stats::model.weights(frame)
  groups <- frame[["(groups)"]]
  settings <- check_settings(critic, objective, value, folds, conf_level, standardise, control,
                             preset, conditioning, units,
                             no_pairs_of(is_conditional(model), weights, groups))
  blocks <- formula_blocks(model, frame)
  prepared <- prepare_data(blocks$x, blocks$y, na.action, blocks$z, weights, groups,
                           args = FORMULA_PARTS)
  model$terms <- stats::terms(frame)
  mi_fit_data(prepared, settings, call = fit_call(call), model = model)
}

# update() and people want the call to the generic.
fit_call <- function(call) {
  call[[1]] <- quote(mi_anchor)
  call
}

default_critics <- function(objective) {
  if (can_stack(objective)) return(list(critic_auto()))
  head <- if (wants_ratio(objective)) "ratio" else "log_ratio"
  list(critic_bilinear(head = head), critic_separable(head = head))
}

stacks <- function(critics) all(vapply(critics, function(c) c$kind == "auto", NA))

# Why values that need independent pairs aren't offered, or NULL.
no_pairs_of <- function(given, weights, groups) {
  others <- "Others compare with independent pairs,"
  if (given) paste(others, "of which there are none given z.")
  else if (!is.null(weights)) paste(others, "which weights are not made for.")
  else if (!is.null(groups)) paste(others, "and rows of one group are none.")
}

check_settings <- function(critic = mi_preset(preset)$critic,
                           objective = mi_preset(preset)$objective, value = NULL, folds = NULL,
                           conf_level = 0.95, standardise = TRUE,
                           control = mi_preset(preset)$control, preset = "default",
                           conditioning = "residuals", units = "nats", no_pairs = NULL,
                           call = caller_env()) {
  check_inherits(objective, "mi_objective", "an objective, such as `objective_anchor()`",
                 call = call)
  check_inherits(control, "mi_control", "made by `mi_control()`", call = call)
  check_isa(call = call)
  mi_preset(preset) # an error if there is none of that name, whether it is needed or not
  # Plain lists can have been edited by hand, and the core trusts what it gets.
  objective <- remake_objective(objective)
  control <- do.call(mi_control, unclass(control))
  check_fits_batch(objective, control$batch_size, "pairs in a batch", call = call)
  check_something_to_learn(objective, control$batch_size, "{.arg batch_size}", call = call)
  critics <- if (is.null(critic) || identical(critic, "auto")) default_critics(objective)
             else if (inherits(critic, "mi_critic")) list(critic)
             else critic
  if (!is.list(critics) || length(critics) == 0 ||
      !all(vapply(critics, inherits, logical(1), "mi_critic"))) {
    abort_input(c(paste("{.arg critic} must be a critic, such as {.fn critic_separable},",
                        "or a list of critics."),
                  x = "It is {describe(critic)}."), call = call)
  }
  critics <- lapply(critics, remake_critic)
  for (critic in critics) check_critic_for(objective, critic, call = call)
  if (!is.null(no_pairs) && !can_stack(objective)) {
    abort_input(c("{.arg objective} must be one that finds the log ratio itself.",
                  x = "It is {format(objective)}.", i = no_pairs), call = call)
  }
  list(critics = critics, objective = objective,
       value = check_value(value, objective, stacks(critics), no_pairs, call = call),
       folds = if (!is.null(folds)) check_count(folds, lower = 3, upper = 50, call = call),
       conf_level = check_number(conf_level, lower = 0, upper = 1, open = TRUE, call = call),
       standardise = check_flag(standardise, call = call), control = control,
       conditioning = check_choice(conditioning, c("residuals", "difference"), call = call),
       units = check_choice(units, names(NATS), call = call))
}

# Of many columns directions are found in as many rows as can be had. Of many rows few of a part
# choose and the others train, so that three fifths of all do in four folds too; but with groups,
# where a part either chooses or trains.
MANY_ROWS <- 10000

default_folds <- function(n, columns, groups = NULL) {
  if (n >= 100 && columns > n / 5 && (is.null(groups) || groups >= 10 * GROUPS_IN_FOLD)) 10
  else if (n >= MANY_ROWS && is.null(groups)) 4
  else 5
}

check_critic_for <- function(objective, critic, call = caller_env()) {
  if (critic$kind == "auto" && !can_stack(objective)) {
    abort_input(c("{.fn critic_auto} needs an objective that finds the log ratio itself.",
                  x = "{.arg objective} is {format(objective)}."), call = call)
  }
  check_head(objective, critic$head, "critic", call = call)
}

# How many folds; an error if there are too few rows for them.
check_rows <- function(settings, data, call) {
  n <- floor(effective_rows(data$weights, data$n))
  folds <- settings$folds
  groups <- if (!is.null(data$groups)) effective_groups(data$groups, data$weights, data$n)
  if (is.null(folds)) folds <- default_folds(n, data$columns, groups)
  if (n < ROWS_IN_FOLD * folds) {
    abort_input(c(paste("There must be at least {ROWS_IN_FOLD * folds} complete rows,",
                        "{ROWS_IN_FOLD} for each of {folds} folds."),
                  x = if (is.null(data$weights)) "There {?is/are} {n}."
                      else "By their weights there {?is/are} {n}.",
                  i = if (!is.null(data$weights)) {
                    "Weights are no counts: rows that stand for several are to be repeated."
                  }), call = call)
  }
  least <- GROUPS_IN_FOLD * folds
  if (!is.null(groups) && groups < least) {
    abort_input(c(paste("There must be at least {least} groups,",
                        "{GROUPS_IN_FOLD} for each of {folds} folds."),
                  x = paste("By their sizes the {max(data$groups)} that there are count as",
                            format(groups, digits = 3), "equal ones.")),
                call = call)
  }
  # The smallest batch is the block of evaluated or of choosing rows, where weights are taken too.
  check_fits_batch(settings$objective, min(n %/% folds, MOST_CHOOSING), "rows in a fold", k = FALSE,
                   call = call)
  folds
}

# The estimate itself: plan, fits, held-out values, fit object. `model` is what a formula
# left to encode new rows by, or NULL; `plan` what other fits share.
mi_fit_data <- function(data, settings, call, model = NULL, plan = NULL,
                        error_call = caller_env()) {
  n <- data$n
  settings$folds <- check_rows(settings, data, error_call)
  collect_garbage(n)
  if (is.null(plan)) {
    own <- seq_len(ncol(data$x) - data$given)
    alike <- rows_alike(list(data$x[, own, drop = FALSE], data$y), data$groups)
    plan <- make_plan(n, settings$folds, data$weights, data$groups, alike, error_call)
  }
  if (data$given == 0 && settings$conditioning != "residuals") {
    abort_input(c("{.arg conditioning} must be left out where nothing is given.",
                  x = "It is {.val {settings$conditioning}}, and there is no {.arg z}."),
                call = error_call)
  }
  spec <- if (data$given > 0) conditional_spec(data$given, settings$conditioning)
  fit_one <- if (is.null(spec)) fit_critic else function(x, y, task, critic, ...) {
    fit_conditional(x, y, task, spec, critic, ...)
  }
  fit_task <- function(task, control, progress) {
    tried <- lapply(settings$critics, function(critic) {
      fit_one(data$x, data$y, task, critic, settings$objective, control,
              settings$standardise, progress)
    })
    best <- best_critic(tried, data$x, data$y, task, control$threads)
    evaluate_fold(tried[[best]], data, task, settings, control, progress)
  }
  fits <- map_fits(plan$tasks, fit_task, settings$control,
                   Filter(is.function, settings$objective$core$score))
  in_order <- function(what) {
    values <- numeric(n)
    for (task in plan$tasks) values[task$test] <- fits[[task$fold]][[what]]
    values
  }
  rows_of <- function(what) do.call(rbind, lapply(fits, `[[`, what))
  over_folds <- function(what) mean(vapply(fits, `[[`, 1, what))
  held <- c(sapply(c("pmi", "contribution", "trained"), in_order, simplify = FALSE),
            sapply(c("bound", "calibration"), rows_of, simplify = FALSE),
            sapply(names(NOTHING_LEARNT), over_folds, simplify = FALSE))
  collect_garbage(n)
  new_mi_fit(held, plan, lapply(fits, `[[`, "critic"), data, settings, call, model)
}

# What one fold's critic says of its held-out rows. Where independence did better on the choosing
# rows, that is kept: whatever is reported, it has 0. (To decide it by all folds' scores together
# would see more of weak dependence, but a row would have a part in what evaluates it.)
evaluate_fold <- function(trained, data, task, settings, control, progress) {
  held <- held_out(trained, settings$objective, data$x[task$test, , drop = FALSE],
                   data$y[task$test, , drop = FALSE],
                   min(control$batch_size, length(task$train)), control$threads)
  value <- value_table[[settings$value]]$of(held, settings$objective)
  out <- c(list(critic = trained, trained = value, pmi = held$pairs, contribution = value),
           NOTHING_LEARNT)
  # Of blocks of all pairs, whose rows count the same, and which FLO's critic doesn't give.
  blocks_say <- is.null(no_pairs_of(data$given > 0, data$weights, data$groups)) &&
    !identical(trained$log_ratio, "second")
  if (blocks_say) {
    matrices <- function(rows) {
      blocks_of_rows(trained, data$x, data$y, rows, lower_blocks, control$threads)
    }
    in_blocks <- matrices(head_rows(task$test, MOST_BOUNDED))
    out$bound <- lower_fit(matrices(choosers(task)), in_blocks, data$n)
  } else {
    out$bound <- no_bound()
  }
  if (trained$score < 0) {
    if (blocks_say && finds_ratio(settings$objective)) {
      out$calibration <- calibration_counts(in_blocks)
    }
    weights <- row_weights(data$weights, data$n)[task$test]
    debiased <- settings$value == "debiased"
    learnt <- learnt_by_heart(trained, data$x, data$y, task, held, weights, debiased,
                              control$threads)
    if (debiased) {
      learnt <- c(learnt, learning_curve(trained, data$x, data$y, task, settings$objective,
                                         control, progress))
    }
    out[names(learnt)] <- learnt
    return(out)
  }
  out$critic <- as_independence(trained)
  out$pmi[] <- out$contribution[] <- 0
  out$unseen <- unseen_mi(length(task$train) / (task$alike %||% 1), ncol(data$x), ncol(data$y))
  out
}
