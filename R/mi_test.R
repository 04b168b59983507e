#' Do x and y depend on each other at all?
#'
#' Tests independence of two random vectors, of whatever kind the dependence is. The level is exact
#' for any number of rows and columns, with ties and with heavy tails.
#'
#' @section The permutation test:
#' Under independence the rows of y could as well stand in another order. Two tests look at that:
#'
#' * The *score test*, of all rows, trains nothing. At independence, the gradient of the
#'   anchored loss by the weights of a critic that is bilinear in features of x and y is the
#'   covariance of these features: of normal scores of the columns, of their squares and products,
#'   their squared length, and cosines of the ranks. Sums of squares over groups of cells of this
#'   matrix, its largest cell, and how alike y is among nearest neighbours in x (of six columns at
#'   most), and x among those in y, get p-values by where they stand among those of permuted rows
#'   (in the last twentieth by an exponential tail); the mean of the reciprocals of these is ranked
#'   again, among the same permutations, which is exact.
#' * The *critic's test* finds what no fixed features do, but needs more rows. Rows are
#'   put in random order; two fifths train, and the others fall into three parts. Each part is
#'   scored by a critic that was trained on what comes before it and on nothing else, and its mean
#'   log ratio ranked among those of permutations within the part. Given the past, this
#'   p-value is valid, whatever was learnt, so that the three can be combined as independent ones
#'   (as they could not in a cross-fit, where parts train each other's critics), by Stouffer's sum
#'   of their normal quantiles. A part whose critic found nothing has no say.
#'
#' The p-value is the smaller of the score test's over 0.9 and the critic's over 0.1 (a weighted
#' Bonferroni: the two depend on each other, and this is valid however they do). Where the score
#' test sees the dependence, as it does most, that costs little; where it doesn't, the critic's is
#' small as soon as there are rows enough to learn from. Permutations are drawn, rows are split and
#' ties of the score test are broken at random, by R's generator: of a p-value below one in a
#' thousand, which comes of three that were multiplied, take the order of magnitude at most.
#'
#' With `retrain = TRUE`, the critic is trained anew for each permutation, and its cross-fitted
#' held-out bound is one more of the statistics that are ranked. This too is exact, uses all rows
#' to test, and takes as long as that many fits.
#'
#' @section The sequential test:
#' `type = "sequential"` is for data that arrive: rows are taken in the order given, and one may
#' look after each block and stop when one likes. A critic s that was trained on the past bets on
#' the next block: \eqn{\exp(\lambda \sum_i s(x_i, y_i))}, over the mean of that when the block's y
#' are shifted against its x, by 0, 1, 2, ... rows in a cycle. Given the past, this has mean 1 under
#' independence, whatever the critic. So does what the score test bets: the bilinear critic to
#' which the gradient on the past points. Products of these over blocks, averaged over both critics
#' and \eqn{\lambda = 1/8, 1/4, 1/2, 1}, are an *e-value*: money that was won by betting against
#' independence with 1. It exceeds 20 at any time with probability at most 1/20 (Ville). The p-value
#' is 1 over the largest so far. The price is power: of a fixed number of rows the permutation
#' test finds more. Rows count when their block is full, and those of the first blocks, 40 or more,
#' only train.
#'
#' @section Given z:
#' With a `z`, or `y ~ x | z`, the question is whether x and y depend on each other where z is
#' known: the score test of their residuals on z (see [mi_anchor()], section "Conditional mutual
#' information", for these). If z is discrete (ten rows a value on the average), rows are permuted
#' within its values, and the level is exact. Otherwise all residuals are permuted (of columns with
#' 20 values or fewer randomised quantile residuals, Dunn and Smyth 1996): the level is as good as
#' the regressions on z take away what z says, and dependence that changes its sign with z can
#' cancel out. No test of conditional independence keeps its level for every continuous z (Shah and
#' Peters 2020). If what is left of x and what is left of y both depend on z still, by a score test
#' of each at 2 %, `z_left` says so, and the print: then the test may find what isn't there.
#'
#' @section What is assumed:
#' Rows are independent of one another, or at least exchangeable. In time series and repeated
#' measurements they are not, and the test then finds dependence where there is none. Say by
#' `groups` which rows belong together (of a person, a plot, a stretch of a series): whole groups
#' are then permuted among those of as many rows, each row in its place, by the score test alone.
#' The level is exact where groups of one size are exchangeable, whatever goes on within them. What
#' permutes is groups, so it is their number that power depends on, and that of those which share
#' their size: a group that is alone with its size stays where it is. Where all groups have the same
#' x, as the same times or doses, no permutation changes anything, which is an error: of dependence
#' within groups [mi_anchor()] says how much there is.
#'
#' @param x One side: a vector, matrix, data frame or time series with n rows; or a formula. Columns
#'   are of the types that [mi_anchor()] takes.
#' @param y The other side, likewise, with the same n rows. The permutation test is of the same
#'   power whichever is which.
#' @param z What is known already, likewise, or `NULL` (default).
#' @param groups Which rows belong together, as measurements of one person do: a vector or factor
#'   with an element for each row (for a formula evaluated in `data`), or `NULL` (default): none do.
#'   Not with `z`, a `critic`, `retrain` or a sequential test.
#' @param formula `y1 + y2 ~ x1 + x2`, or `y1 + y2 ~ x1 + x2 | z1 + z2`, as in [mi_anchor()].
#' @param data A data frame with the formula's variables.
#' @param subset Expression, evaluated in `data`: which rows to use.
#' @param type `"permutation"` (default): of all rows together, the most powerful. `"sequential"`:
#'   valid at any time, for data that arrive.
#' @param permutations Whole number of at least 19: random permutations of y's rows. `NULL`
#'   (default): 999, so that the score test's p-values are multiples of 0.001 (the critic's, of
#'   three parts together, can be smaller); 99 with `retrain`, which takes a fit or two for each.
#'   Not for a sequential test.
#' @param critic What to train: a critic, such as [critic_separable()]; or `NULL`: nothing, the
#'   score test alone. `"auto"` (default): the closed forms of [critic_auto()], which take a second
#'   or less and learn from few rows; with fewer than 50 rows, none.
#' @param retrain `TRUE` or `FALSE` (default): train anew for each permutation.
#' @param block Whole number of at least 2: rows that a sequential test bets on at a time. `NULL`
#'   (default): 20; a block can win at most its number of rows, and one has to wait for it.
#' @param na.action Function that says what to do with rows that have a missing value in x
#'   or y: [na.omit()] (default) and [na.exclude()] leave them out, [na.fail()] stops,
#'   [na_informative()] keeps them.
#' @param control Settings of training; see [mi_control()].
#' @param ... For methods; must be empty.
#' @return An object of class `mi_test` and `htest`, a list with
#'   \item{`statistic`}{`H`, the mean of the reciprocal p-values (at least 1); or `max e`, the
#'     largest e-value.}
#'   \item{`parameter`}{`permutations`, or `blocks`.}
#'   \item{`p.value`}{For a test at level 0.05, reject where it is at most that.}
#'   \item{`estimate`}{`mi`: a lower bound of the mutual information (Donsker-Varadhan), nats, from
#'     rows that the critic hadn't seen; absent without a critic. Few rows train here: it is too
#'     small, and can be below 0. [mi_anchor()] estimates better.}
#'   \item{`alternative`, `method`, `data.name`}{As in every test, for the print.}
#'   \item{`tests`}{Permutation test: data frame with the p-value of each of the tests that were
#'     combined (`test`, `share` of the level, `p.value`).}
#'   \item{`summaries`, `permuted`}{Data frame of the score test's statistics and their p-values,
#'     which explain what kind of dependence it is, but are not corrected for their number; and
#'     numeric: `H` of the permutations.}
#'   \item{`z_left`}{Given z: `TRUE` if what is left of x and of y still depends on z, else
#'     `FALSE`.}
#'   \item{`path`}{Sequential test: data frame with the e-value after so many `rows`.}
#'   \item{`n`, `na_action`, `series`}{Rows used, those left out, and whether they came as a time
#'     series.}
#'
#'   [print()], [tidy()] and [glance()] (broom's columns for a test), [nobs()], [autoplot()] and
#'   [plot()] (the permuted statistics and the observed one; the path of the e-value) work on it.
#' @section Errors:
#' Bad input is an error of class `anchormi_error_input`: fewer than 8 rows, or 50 for a critic, or
#' for a sequential test a block more than those that only train, for one; or groups that all have
#' the same x or the same y.
#' @references
#' Friedman, Rafsky (1983). Graph-theoretic measures of multivariate association and prediction.
#' Annals of Statistics 11 (neighbours).
#'
#' Gretton, Bousquet, Smola, Schoelkopf (2005). Measuring statistical dependence with
#' Hilbert-Schmidt norms. ALT (sums of squares of such a matrix).
#'
#' Hemerik, Goeman (2018). Exact testing with random permutations. TEST 27.
#'
#' Dunn, Smyth (1996). Randomized quantile residuals. Journal of Computational and Graphical
#' Statistics 5.
#'
#' Shah, Peters (2020). The hardness of conditional independence testing and the generalised
#' covariance measure. The Annals of Statistics 48.
#'
#' Schrab, Kim, Albert, Laurent, Guedj, Gretton (2023). MMD aggregated two-sample test. JMLR 24
#' (several statistics of the same permutations).
#'
#' Podkopaev, Bloebaum, Kasiviswanathan, Ramdas (2023). Sequential kernelized independence testing.
#' ICML.
#' @seealso [mi_anchor()] for how much.
#' @examples
#' # Does the width of a flower's sepal depend on their length? They hardly correlate (r = -0.12):
#' cor.test(~ Sepal.Width + Sepal.Length, data = iris)$p.value
#' set.seed(1)
#' test <- mi_test(Sepal.Width ~ Sepal.Length, data = iris)
#' test
#'
#' # By what? Not by a line through all (values), but by waves: clusters.
#' test$summaries
#'
#' # Species differ in both. Given the species, do they still go together?
#' mi_test(Sepal.Width ~ Sepal.Length | Species, data = iris)
#'
#' # Does what chicks are fed tell what they weigh? Each was weighed twelve times, so that 578
#' # weights are those of 50 chicks. (199 permutations, for speed.)
#' mi_test(weight ~ Diet, data = ChickWeight, groups = Chick, permutations = 199)
#'
#' # Had eighty flowers come one by one, after how many would one have been certain (e-value 20)?
#' flowers <- iris[sample(nrow(iris), 80), ]
#' arriving <- mi_test(flowers$Sepal.Width, flowers$Petal.Length, type = "sequential")
#' arriving$path
#' @export
mi_test <- function(x, ...) {
  UseMethod("mi_test")
}

#' @rdname mi_test
#' @export
mi_test.default <- function(x, y, z = NULL, groups = NULL,
                            type = c("permutation", "sequential"), permutations = NULL,
                            critic = "auto", retrain = FALSE, block = NULL,
                            na.action = stats::na.omit, control = mi_control(), ...) {
  check_no_dots(..., of = "mi_test")
  if (missing(y)) {
    abort_input(c("{.arg y} is missing.",
                  i = "Give two blocks, {.code mi_test(x, y)}, or a formula and its data."))
  }
  settings <- check_test(type, permutations, critic, retrain, block, control,
                         score_test_alone(!is.null(z), !is.null(groups)))
  name <- paste0(short_code(substitute(x)), " and ", short_code(substitute(y)),
                 if (!is.null(z)) paste(" given", short_code(substitute(z))))
  test_data(prepare_data(x, y, na.action, z, groups = groups), settings, name)
}

#' @rdname mi_test
#' @export
mi_test.formula <- function(formula, data = environment(formula), subset, groups,
                            type = c("permutation", "sequential"), permutations = NULL,
                            critic = "auto", retrain = FALSE, block = NULL,
                            na.action = stats::na.omit, control = mi_control(), ...) {
  check_no_dots(..., of = "mi_test")
  call <- match.call()
  model <- formula_model(formula, data, all.vars(call$groups))
  frame <- formula_frame(model, data, call, parent.frame())
  groups <- frame[["(groups)"]]
  settings <- check_test(type, permutations, critic, retrain, block, control,
                         score_test_alone(is_conditional(model), !is.null(groups)))
  blocks <- formula_blocks(model, frame)
  prepared <- prepare_data(blocks$x, blocks$y, na.action, blocks$z, groups = groups,
                           args = FORMULA_PARTS)
  test_data(prepared, settings, short_code(formula))
}

# What allows the score test alone, or NULL.
score_test_alone <- function(given, grouped, call = caller_env()) {
  if (given && grouped) {
    abort_input(c("{.arg groups} can't be given with a {.arg z}.",
                  i = "Groups are permuted as they are, whatever z is."), call = call)
  }
  if (given) "z" else if (grouped) "groups"
}

# Data may stand in a call, by do.call().
short_code <- function(code) {
  text <- deparse1(code)
  if (nchar(text) > 60) paste(substr(text, 1, 56), "...") else text
}

check_test <- function(type, permutations, critic, retrain, block, control, given = NULL,
                       call = caller_env()) {
  type <- check_choice(type, c("permutation", "sequential"), call = call)
  retrain <- check_flag(retrain, call = call)
  other <- if (type == "sequential") permutations else block
  if (!is.null(other)) {
    arg <- if (type == "sequential") "permutations" else "block"
    abort_input(c("{.arg {arg}} can't be given with {.code type = \"{type}\"}.",
                  x = "It is {describe(other)}."), call = call)
  }
  if (is.null(block)) block <- 20
  if (is.null(permutations)) permutations <- if (retrain) 99 else 999
  permutations <- check_count(permutations, lower = 19, upper = 1e6, call = call)
  auto <- identical(critic, "auto")
  if (auto) critic <- critic_auto(networks = character())
  # Other settings are those of mi_anchor().
  checked <- check_settings(critic, control = control, call = call)
  if (is.null(critic)) checked$critics <- NULL
  if (length(checked$critics) > 1) {
    abort_input(c("{.arg critic} must be one critic or NULL.",
                  x = "It is a list of {length(checked$critics)}."), call = call)
  }
  if (is.null(critic) && retrain) {
    abort_input(c("{.arg critic} must be a critic with {.code retrain = TRUE}.",
                  x = "It is NULL."), call = call)
  }
  if (retrain && type == "sequential") {
    abort_input(c("{.arg retrain} is for {.code type = \"permutation\"}.",
                  x = "{.arg type} is {.val sequential}."), call = call)
  }
  if (!is.null(given) && (type == "sequential" || retrain || !(auto || is.null(critic)))) {
    abort_input(c("Given {given} there is the score test alone.",
                  x = "{.arg type}, {.arg critic} or {.arg retrain} asks for another."),
                call = call)
  }
  list(type = type, permutations = permutations, critic = checked$critics[[1]], auto = auto,
       retrain = retrain, block = check_count(block, lower = 2, call = call),
       objective = checked$objective, control = checked$control)
}

LEAST_ROWS <- c(test = 8, critic = 50)

test_data <- function(data, settings, name, call = caller_env()) {
  n <- nrow(data$x)
  sequential <- settings$type == "sequential"
  if (data$given > 0 || !is.null(data$groups)) settings$critic <- NULL
  if (settings$auto && n < LEAST_ROWS[["critic"]] && !sequential && !settings$retrain) {
    settings$critic <- NULL
  }
  least <- if (sequential) (first_bet(settings$block) + 1) * settings$block
           else LEAST_ROWS[[if (is.null(settings$critic)) "test" else "critic"]]
  if (n < least) {
    abort_input(c("There must be at least {least} complete rows for this test.",
                  x = "There {?is/are} {n}."), call = call)
  }
  check_permutable(data, call)
  out <- if (sequential) sequential_test(data, settings)
         else if (data$given > 0) conditional_test(data, settings)
         else if (settings$retrain) retrained_test(data, settings)
         else permutation_test(data, settings)
  about <- list(alternative = paste0("x and y depend on each other",
                                     if (data$given > 0) " where z is known"),
                data.name = name, n = n,
                na_action = data$na_action, series = data$series)
  structure(c(out, about), class = c("mi_test", "htest"))
}

# ---- permutations -------------------------------------------------------------------------

CRITIC_SHARE <- 0.1 # of the level, by trials: more costs where the score test sees enough

permutation_test <- function(data, settings) {
  grouped <- !is.null(data$groups)
  scored <- score_test(data$x, data$y, settings$permutations + 1, settings$control$threads,
                       function(j) {
                         if (grouped) permutations_of_groups(data$groups, j)
                         else permutations_of(data$n, j)
                       })
  permuted <- harmonic(scored)
  tests <- data.frame(test = "score", share = 1, p.value = permutation_p(permuted))
  forward <- if (!is.null(settings$critic)) forward_test(data, settings)
  if (!is.null(forward)) {
    tests <- rbind(tests, data.frame(test = "critic", share = CRITIC_SHARE,
                                     p.value = forward$p.value))
    tests$share[1] <- 1 - CRITIC_SHARE
  }
  permutation_result(settings, scored, permuted, tests, forward$estimate,
                     paste0("by score test", if (!is.null(forward)) " and critic",
                            if (grouped) paste0(", of ", max(data$groups), " groups")))
}

permutation_result <- function(settings, scored, permuted, tests, estimate, method) {
  ranks <- apply(-scored, 1, rank, ties.method = "max")[1, ]
  list(statistic = c(H = permuted[1]), parameter = c(permutations = settings$permutations),
       p.value = min(1, tests$p.value / tests$share),
       estimate = if (!is.null(estimate)) c(mi = estimate),
       method = paste("Permutation test of independence,", method),
       tests = tests, permuted = permuted[-1],
       summaries = data.frame(statistic = scored[, 1], p.value = ranks / ncol(scored)))
}

FIRST_PART <- 0.4
TESTED_PARTS <- 3
MOST_PERMUTED <- 500 # rows that are permuted among themselves

# Tasks of training, each on what comes before the rows that it tests, of which a quarter at most
# chooses. Rows in the order in which they are seen.
forward_tasks <- function(order, sizes) {
  ends <- cumsum(sizes)
  lapply(seq_along(sizes)[-1], function(part) {
    past <- sample(order[seq_len(ends[part - 1])])
    choose <- seq_len(min(length(past) %/% 4, MOST_CHOOSING))
    list(fold = part - 1, train = past[-choose], valid = past[choose],
         test = order[seq(ends[part - 1] + 1, ends[part])], seed = draw_seed())
  })
}

train_on <- function(data, task, settings, control, progress = NULL) {
  fit_critic(data$x, data$y, task, settings$critic, settings$objective, control, TRUE, progress)
}

scored_pairs <- function(critic, data, rows) {
  critic_matrix(critic, data$x[rows, , drop = FALSE], data$y[rows, , drop = FALSE])
}

forward_test <- function(data, settings) {
  n <- nrow(data$x)
  first <- round(FIRST_PART * n)
  sizes <- c(first, tabulate(rep_len(seq_len(TESTED_PARTS), n - first)))
  tasks <- forward_tasks(sample.int(n), sizes)
  # A permutation is applied to all blocks of a part alike, so that only the sum of their matrices
  # is needed.
  fits <- map_fits(tasks, function(task, control, progress) {
    critic <- train_on(data, task, settings, control, progress)
    blocks <- ceiling(length(task$test) / MOST_PERMUTED)
    size <- length(task$test) %/% blocks
    sums <- matrix(0, size, size)
    bound <- 0
    for (block in seq_len(blocks)) {
      scores <- scored_pairs(critic, data, task$test[(block - 1) * size + seq_len(size)])
      sums <- sums + scores
      bound <- bound + held_out_bound(scores) / blocks
    }
    list(sums = sums, rows = blocks * size, bound = bound)
  }, settings$control)
  p <- vapply(fits, function(fit) diagonal_p(fit$sums, settings$permutations), 1)
  rows <- vapply(fits, `[[`, 1, "rows")
  says <- !is.na(p)
  weights <- sqrt(rows[says] / sum(rows[says]))
  list(p.value = if (any(says)) stats::pnorm(sum(weights * stats::qnorm(p[says]))) else 1,
       estimate = sum(rows / sum(rows) * vapply(fits, `[[`, 1, "bound")))
}

# Donsker-Varadhan's bound from a block's scores: a critic that overstates pays for it.
held_out_bound <- function(scores) {
  most <- max(scores)
  mean(diag(scores)) - most - log(mean(exp(scores - most)))
}

# A matrix of scores against permutations of its columns: NA of a critic that tells no permutation
# from another.
diagonal_p <- function(scores, count) {
  size <- nrow(scores)
  permuted <- vapply(seq_len(count), function(i) {
    sum(scores[cbind(seq_len(size), sample.int(size))])
  }, 1)
  observed <- sum(diag(scores))
  same <- abs(permuted - observed) <= 1e-9 * sum(abs(scores)) # another order of summation
  if (all(same)) NA_real_ else (1 + sum(permuted > observed | same)) / (count + 1)
}

# ---- trained anew for each ----------------------------------------------------------------

# The critic's statistic of permuted rows: the bound that either half gives to the critic of the
# other. Halves and seeds are the same for all permutations: it is one function of the rows.
retrained_test <- function(data, settings) {
  n <- nrow(data$x)
  permutations <- permutations_of(n, seq_len(settings$permutations + 1))
  half <- sample(rep_len(1:2, n))
  plan <- lapply(1:2, function(h) {
    past <- sample(which(half == h))
    choose <- seq_len(min(length(past) %/% 4, MOST_CHOOSING))
    list(train = past[-choose], valid = past[choose], test = which(half != h), seed = draw_seed())
  })
  tasks <- lapply(seq_len(ncol(permutations)), function(i) list(fold = i))
  fits <- map_fits(tasks, function(fit, control, progress) {
    permuted <- list(x = data$x, y = data$y[permutations[, fit$fold], , drop = FALSE])
    mean(vapply(plan, function(task) {
      critic <- train_on(permuted, c(task, fit), settings, control, progress)
      mean(vapply(row_blocks(task$test, MOST_PERMUTED), function(rows) {
        held_out_bound(scored_pairs(critic, permuted, rows))
      }, 1))
    }, 1))
  }, settings$control)
  fits <- unlist(fits)
  scored <- score_test(data$x, data$y, ncol(permutations), settings$control$threads,
                       function(j) permutations[, j, drop = FALSE])
  counts <- c(attr(scored, "counts"), critic = 3)
  scored <- rbind(scored, critic = signif(fits, 8))
  permuted <- harmonic(scored, counts)
  permutation_result(settings, scored, permuted,
                     data.frame(test = "all", share = 1, p.value = permutation_p(permuted)),
                     fits[1], "by score test and critic, trained for each permutation")
}

# ---- methods ------------------------------------------------------------------------------

#' @export
print.mi_test <- function(x, ...) {
  NextMethod()
  cat("rows: ", x$n, dropped_text(x), "\n\n", sep = "")
  if (!is.null(x$tests) && nrow(x$tests) > 1) {
    cat("p-value = the least of ", paste0(format(x$tests$p.value, digits = 2), " / ",
        x$tests$share, " (", x$tests$test, ")", collapse = ", "), "\n\n", sep = "")
  }
  if (isTRUE(x$z_left)) {
    cat("Note: What regressions on z left of x still depends on z, and so does what they left",
        "of y: the test may find dependence where there is none once z is known.\n\n", sep = "\n")
  }
  if (x$series) {
    cat("Note: Rows of a time series were taken as independent. Where they are not, the test finds",
        "dependence where there is none.\n\n", sep = "\n")
  }
  invisible(x)
}

#' @importFrom stats nobs
#' @export
nobs.mi_test <- function(object, ...) object$n

#' @export
tidy.mi_test <- function(x, ...) {
  data.frame(estimate = if (is.null(x$estimate)) NA_real_ else unname(x$estimate),
             statistic = unname(x$statistic), p.value = x$p.value,
             parameter = unname(x$parameter), method = x$method, alternative = x$alternative)
}

#' @export
glance.mi_test <- function(x, ...) tidy.mi_test(x)

#' @rdname autoplot
#' @exportS3Method ggplot2::autoplot
autoplot.mi_test <- function(object, ...) {
  if (is.null(object$path)) plot_permuted(object) else plot_path(object)
}

#' @rdname autoplot
#' @export
plot.mi_test <- draw

plot_permuted <- function(test) {
  ggplot2::ggplot(data.frame(H = test$permuted), ggplot2::aes(x = .data[["H"]])) +
    ggplot2::geom_histogram(bins = 60, fill = "grey70", colour = "white", linewidth = 0.2) +
    ggplot2::geom_vline(xintercept = test$statistic, colour = "firebrick", linewidth = 0.8) +
    ggplot2::scale_x_log10() +
    ggplot2::labs(x = "H of permuted rows, and as observed (line)", y = "Permutations",
                  title = paste("Independence of x and y: p =", format(test$p.value, digits = 3)))
}

plot_path <- function(test) {
  ggplot2::ggplot(test$path, ggplot2::aes(x = .data[["rows"]], y = .data[["e.value"]])) +
    ggplot2::geom_hline(yintercept = 1, linetype = "dotted") +
    ggplot2::geom_hline(yintercept = 20, linetype = "dashed", colour = "firebrick") +
    ggplot2::geom_step() +
    ggplot2::scale_y_log10() +
    ggplot2::labs(x = "Rows seen", y = "e-value (above the dashed line: reject at 5 %)",
                  title = paste("Independence of x and y: p =", format(test$p.value, digits = 3)))
}
