#' Anchored objectives: InfoNCE-anchor and its family
#'
#' A classifier is shown x and K candidates for its partner, and says which of them came with
#' x, or that none did (the *anchor* class; Ryu et al. 2025). The anchor pins down the ratio's
#' scale: at the optimum the critic is \eqn{\log p(x, y) / (p(x) p(y))} itself, so that its mean
#' over pairs is the mutual information. Without it (`nu = 0`, InfoNCE) the critic is known only
#' up to a function of x, and the value can't exceed log K. [mi_objectives()] lists the whole
#' family; [other objectives][objectives] are those that people compare with.
#'
#' With \eqn{r_k = \exp s(x, y_k)} the classes have the probabilities
#' \deqn{\eta_0 = \nu / (\nu + \sum_k r_k), \qquad \eta_k = r_k / (\nu + \sum_k r_k),}
#' and the prior of the anchor is \eqn{\nu / (K + \nu)}. The loss is the expected `score` of
#' \eqn{\eta}. In a batch of B pairs, row i of the score matrix gives problems with the pair
#' (x_i, y_i) and the other rows' y as independent candidates. A pair's problem has K
#' candidates with the pair among them, the anchor's has K independent ones: so one of those
#' makes room for the pair.
#'
#' @param score Scoring rule; see [scores]. Default [score_log()].
#' @param nu Number >= 0: weight of the anchor class. Small values pin the scale of the
#'   ratio weakly and overshoot on finite samples, large ones slow learning where dependence
#'   is strong. Default 1, as in the paper, where batches are fresh without end;
#'   [mi_anchor()] takes 10 for its default (`bench/results/defaults.md` in the sources
#'   compares them). 0: no anchor, InfoNCE.
#' @param k Whole number >= 1, or `NULL`: number K of candidates. `NULL` (default): all
#'   other rows of a batch, the batch size less one, which is the most there can be. Smaller
#'   values cut each row's other rows into blocks of K; K = 1 is noise-contrastive estimation.
#' @param negatives Which independent candidates make room for the pair: `"all"` (default),
#'   each in turn, and the losses are averaged; `"cyclic"`, one, the next row of the batch:
#'   the same expectation with a little more variance; `"batch"`, none, so that a pair's problem
#'   has a candidate more than the anchor's: what one first writes, and not exactly
#'   consistent. For comparison.
#' @param symmetric `TRUE` or `FALSE` (default): average the loss by rows (x with candidates
#'   for y) and by columns (y with candidates for x).
#' @return An object of class `mi_objective`, a list that prints in a line.
#' @section Errors:
#' `nu` below 0, `k` below 1, `k = 1` without an anchor, where there is nothing to classify, a
#' score that needs an anchor without one: class `anchormi_error_input`.
#' @references
#' Ryu, Yeddanapudi, Xu, Wornell (2025). Contrastive predictive coding done right for mutual
#' information estimation. arXiv 2510.25983 (Theorem 3 for consistency, Theorem 6 for other
#' scores).
#' @seealso `vignette("objectives", package = "anchormi")`.
#' @examples
#' objective_anchor()
#' objective_anchor(score_spherical(), nu = 10)
#'
#' # How much do the estimates depend on the number of candidates?
#' set.seed(1)
#' x <- rnorm(500)
#' y <- x + rnorm(500)
#' for (k in c(1, 10, 100)) {
#'   print(coef(mi_anchor(x, y, objective = objective_anchor(k = k),
#'                        critic = critic_bilinear(), control = mi_control(max_steps = 100))))
#' }
#' log(2) / 2  # the truth
#' @export
objective_anchor <- function(score = score_log(), nu = 1, k = NULL,
                             negatives = c("all", "cyclic", "batch"), symmetric = FALSE) {
  check_inherits(score, "mi_score", "a scoring rule, such as `score_log()`")
  nu <- check_number(nu, lower = 0, upper = 1e6)
  if (!is.null(k)) k <- check_count(k)
  negatives <- check_choice(negatives, c("all", "cyclic", "batch"))
  symmetric <- check_flag(symmetric)
  if (nu == 0 && identical(k, 1) && negatives != "batch") {
    abort_input(c("{.arg k} must be at least 2 when {.arg nu} is 0.",
                  x = "It is 1.",
                  i = "Without an anchor and with one candidate there is nothing to classify."))
  }
  if (nu == 0 && score$rule %in% c("asymmetric_power", "custom")) {
    abort_input(c("{.arg nu} must be above 0 with the {format(score)}, which needs an anchor.",
                  x = "It is 0."))
  }
  new_objective("anchor", list(score = score, nu = nu, k = k, negatives = negatives,
                               symmetric = symmetric),
                core_spec("anchor", score = score, nu = nu, k = k, negatives = negatives,
                          symmetric = symmetric))
}

#' Objectives to compare with
#'
#' Members of the anchored family under the names they are known by, and their neighbours:
#' contrastive, variational and f-divergence objectives of the literature. All take
#' off-diagonal entries of a batch as independent pairs.
#'
#' What each recovers decides what its estimate means. Where the critic is the log ratio, the
#' default value is its held-out mean (`"plugin"`). Where it is known only up to a constant
#' or up to a function of x, a mean of it would mean nothing: the default is the value that the
#' literature reports, most often a lower bound, and the print says so. [mi_objectives()] is
#' the table.
#'
#' * `objective_infonce()`: \eqn{-\log} of the pair's share of its row (van den Oord et al.
#'   2018); the anchored objective with `nu = 0`. Its value, log K less the loss, estimates
#'   the K-way Jensen-Shannon divergence.
#' * `objective_ranking()`: InfoNCE with a single negative.
#' * `objective_nce(nu)`: logistic regression of dependent against independent pairs, nu
#'   independent to one dependent (Gutmann and Hyvarinen 2010); the anchored objective with
#'   K = 1. `objective_js()` is that with nu = 1, evaluated by the NWJ value (Poole et al.
#'   2019); published code evaluates it at s - 1, which is 1/e nats off. `objective_smile(tau)`
#'   is the same evaluated by the Donsker-Varadhan value with ratios clipped to
#'   exp(-tau), exp(tau) (Song and Ermon 2020).
#' * `objective_nwj()`, `objective_f()`, `objective_alpha(alpha)`: an f-divergence's variational
#'   bound, \eqn{\exp((a - 1) s) / (1 - a)} on dependent and \eqn{\exp(a s) / a} on independent
#'   pairs: alpha = 1 is KL and NWJ (Nguyen et al. 2010), 0 reverse KL, 1/2 squared Hellinger, 2
#'   chi-squared. That last one wants critics with `head = "ratio"`, because the square of an
#'   exponential diverges; `"js"` is NCE.
#' * `objective_spectral()`: chi-squared in the ratio itself, twice: \eqn{-2 r} and
#'   \eqn{r^2} (H-score, spectral contrastive loss; HaoChen et al. 2021). With
#'   a separable critic, its embeddings are low-rank factors of the ratio.
#' * `objective_dv()`: Donsker-Varadhan, \eqn{-\bar s + \log} of the mean of exp(s) over
#'   independent pairs; `objective_mine(decay)`: the same with a moving normaliser in the
#'   gradient (Belghazi et al. 2018).
#' * `objective_tuba()`: NWJ with a learned baseline a(x), a second network beside the critic
#'   (Barber and Agakov 2003; Poole et al. 2019). The log ratio is s - log a.
#' * `objective_interpolated(alpha)`: InfoNCE with the weight alpha / B on the pair in the
#'   normaliser and the rest shared by the others; alpha = 1 is InfoNCE (Poole et al. 2019). With
#'   other alpha its value is no bound of anything: it can exceed the mutual information.
#'   `objective_multilabel(alpha)`: one normaliser for the whole batch (Song and Ermon 2020);
#'   alpha = 0 is Donsker-Varadhan; with alpha = 1 its value is a lower bound.
#' * `objective_flo()`: InfoNCE's normaliser learned by a second network u(x, y), which becomes
#'   minus the log ratio (Guo et al. 2022).
#' * `objective_fdime()`: f-DIME (Letizia et al. 2024): `"kl"`, `"hellinger"` and `"gan"`, with
#'   one independent pair a row, taken by a derangement, and the plug-in value.
#'
#' @param nu Number of 0.001 or more: independent pairs to a dependent one. Default 1.
#' @param symmetric `TRUE` or `FALSE` (default): average the loss by rows and by columns.
#' @param divergence Which f-divergence.
#' @param alpha Number. `objective_alpha()`: order, from -20 to 20. `objective_interpolated()`
#'   and `objective_multilabel()`: the pair's weight, from 0 to the batch size; by default 1.
#' @param decay Number in \[0, 1): weight of the past in the moving normaliser. Default 0.99,
#'   as in the paper's code; 0 is Donsker-Varadhan.
#' @param tau Number from 0.001 to 1000, or `Inf`: where log ratios are clipped. Default 5, the
#'   middle one of those in the paper.
#' @return An object of class `mi_objective`, a list that prints in a line.
#' @section Errors:
#' Options out of range: class `anchormi_error_input`.
#' @references
#' van den Oord, Li, Vinyals (2018). Representation learning with contrastive predictive
#' coding. arXiv 1807.03748.
#'
#' Poole, Ozair, van den Oord, Alemi, Tucker (2019). On variational bounds of mutual
#' information. ICML.
#'
#' Song, Ermon (2020). Understanding the limitations of variational mutual information
#' estimators. ICLR. Song, Ermon (2020). Multi-label contrastive predictive coding. NeurIPS.
#'
#' Belghazi et al. (2018). Mutual information neural estimation. ICML.
#'
#' Gutmann, Hyvarinen (2010). Noise-contrastive estimation. AISTATS. Gutmann, Hirayama (2011).
#' Bregman divergence as general framework to estimate unnormalized statistical models. UAI.
#'
#' Guo et al. (2022). Tight mutual information estimation with contrastive Fenchel-Legendre
#' optimization. NeurIPS.
#'
#' Letizia, Novello, Tonello (2024). Mutual information estimation via f-divergence and data
#' derangements. NeurIPS.
#' @examples
#' objective_infonce()
#' objective_f("chi2")
#'
#' # What does InfoNCE say where the truth is above log K?
#' set.seed(1)
#' x <- rnorm(1000)
#' y <- x + 0.01 * rnorm(1000)
#' mi_anchor(x, y, objective = objective_infonce(), critic = critic_bilinear(),
#'           control = mi_control(batch_size = 16, max_steps = 500))
#' log(1e4 + 1) / 2  # the truth
#' @name objectives
NULL

#' @rdname objectives
#' @export
objective_infonce <- function(symmetric = FALSE) {
  symmetric <- check_flag(symmetric)
  new_objective("infonce", list(symmetric = symmetric),
                core_spec("anchor", nu = 0, negatives = "batch", symmetric = symmetric))
}

#' @rdname objectives
#' @export
objective_ranking <- function() {
  new_objective("ranking", list(), core_spec("anchor", nu = 0, k = 1, negatives = "batch"))
}

#' @rdname objectives
#' @export
objective_nce <- function(nu = 1) {
  nu <- check_number(nu, lower = 0, upper = 1e6)
  if (nu < SMALLEST_NU) {
    abort_input(c("{.arg nu} must be at least {SMALLEST_NU}.", x = "It is {nu}."))
  }
  new_objective("nce", list(nu = nu), core_spec("pairwise_logistic", nu = nu, k = 1))
}

#' @rdname objectives
#' @export
objective_js <- function() {
  new_objective("js", list(), core_spec("pairwise_logistic", nu = 1, k = 1))
}

#' @rdname objectives
#' @export
objective_smile <- function(tau = 5) {
  if (!identical(tau, Inf)) tau <- check_number(tau, lower = 1e-3, upper = 1e3)
  new_objective("smile", list(tau = tau), core_spec("pairwise_logistic", nu = 1, k = 1))
}

#' @rdname objectives
#' @export
objective_nwj <- function() {
  new_objective("nwj", list(), core_spec("pairwise_power", alpha = 1))
}

#' @rdname objectives
#' @export
objective_f <- function(divergence = c("kl", "reverse_kl", "chi2", "hellinger", "js")) {
  divergence <- check_choice(divergence, c("kl", "reverse_kl", "chi2", "hellinger", "js"))
  order <- c(kl = 1, reverse_kl = 0, chi2 = 2, hellinger = 0.5)
  core <- if (divergence == "js") core_spec("pairwise_logistic", nu = 1, k = 1)
          else core_spec("pairwise_power", alpha = order[[divergence]])
  new_objective("f", list(divergence = divergence), core)
}

#' @rdname objectives
#' @export
objective_alpha <- function(alpha) {
  alpha <- check_number(alpha, lower = -20, upper = 20)
  new_objective("alpha", list(alpha = alpha), core_spec("pairwise_power", alpha = alpha))
}

#' @rdname objectives
#' @export
objective_spectral <- function() {
  new_objective("spectral", list(),
                core_spec("pairwise_power", alpha = 2, ratio = TRUE, scale = 2))
}

#' @rdname objectives
#' @export
objective_dv <- function() new_objective("dv", list(), core_spec("weighted_by_batch"))

#' @rdname objectives
#' @export
objective_mine <- function(decay = 0.99) {
  decay <- check_number(decay, lower = 0, upper = 0.99999)
  new_objective("mine", list(decay = decay), core_spec("weighted_by_batch", decay = decay))
}

#' @rdname objectives
#' @export
objective_tuba <- function() new_objective("tuba", list(), core_spec("tuba", second = 1))

#' @rdname objectives
#' @export
objective_interpolated <- function(alpha = 1) {
  alpha <- check_number(alpha, lower = 0, upper = 16384)
  new_objective("interpolated", list(alpha = alpha),
                core_spec("weighted_by_row", alpha = alpha))
}

#' @rdname objectives
#' @export
objective_multilabel <- function(alpha = 1) {
  alpha <- check_number(alpha, lower = 0, upper = 16384)
  new_objective("multilabel", list(alpha = alpha),
                core_spec("weighted_by_batch", alpha = alpha))
}

#' @rdname objectives
#' @export
objective_flo <- function() new_objective("flo", list(), core_spec("flo", second = 2))

#' @rdname objectives
#' @export
objective_fdime <- function(divergence = c("kl", "hellinger", "gan")) {
  divergence <- check_choice(divergence, c("kl", "hellinger", "gan"))
  core <- switch(divergence,
    kl = core_spec("pairwise_power", alpha = 1, negatives = "cyclic"),
    hellinger = core_spec("pairwise_power", alpha = 0.5, negatives = "cyclic", scale = 0.5),
    gan = core_spec("pairwise_logistic", nu = 1, k = 1, negatives = "cyclic", scale = 2))
  new_objective("fdime", list(divergence = divergence), core)
}

# Below this the anchor is too rare to pin down a scale.
SMALLEST_NU <- 1e-3

# name         of the constructor, without objective_
# arguments    its arguments, by which it can be made again
# core         what the core is told
new_objective <- function(name, arguments, core) {
  structure(list(name = name, arguments = arguments, core = core), class = "mi_objective")
}

# Every field that the core's struct has. k = 0 stands for all others in a batch; second: 1, of
# x, and 2, of the pair, are second networks.
core_spec <- function(kind, score = score_log(), nu = 1, k = NULL, negatives = "all",
                      alpha = 0, decay = 0, ratio = FALSE, scale = 1, symmetric = FALSE,
                      second = 0) {
  list(kind = kind, score = score, nu = nu, k = if (is.null(k)) 0 else k,
       negatives = match(negatives, c("all", "cyclic", "batch")) - 1, alpha = alpha,
       decay = decay, ratio = ratio, scale = scale, symmetric = symmetric, second = second)
}

# Plain lists can have been edited by hand, and the core trusts what it gets.
remake_objective <- function(objective) {
  do.call(paste0("objective_", objective$name), objective$arguments)
}

# What the optimum is: the "ratio", the ratio up to a "constant" or up to a function of "x", or
# a "skewed" one: the ratio to a mixture of the joint distribution and independence, which is
# what a normaliser finds in which the pair has more or less weight than the others.
recovers <- function(objective) {
  core <- objective$core
  if (objective$name == "anchor" && core$nu < SMALLEST_NU) return("x")
  if (objective$name == "multilabel" && core$alpha == 0) return("constant")
  if (objective$name == "interpolated" && core$alpha == 1) return("x")
  objective_table[[objective$name]]$recovers
}

# Whether critics should give the ratio, not its logarithm: chi-squared objectives.
wants_ratio <- function(objective) {
  objective$core$kind == "pairwise_power" && objective$core$alpha == 2
}

objective_row <- function(family, parameters, recovers, values, what, reference) {
  list(family = family, parameters = parameters, recovers = recovers, values = values,
       what = what, reference = reference)
}

# One line for each constructor. values: what mi_anchor() may report, the default first.
objective_table <- list(
  anchor = objective_row("anchored", "score, nu, k, negatives, symmetric", "ratio",
    c("plugin", "normalised", "one_step", "bound", "jsd_lb"), "InfoNCE-anchor", "Ryu et al. 2025"),
  nce = objective_row("anchored, K = 1", "nu", "ratio",
    c("plugin", "normalised", "one_step", "bound", "jsd_lb"), "NCE",
    "Gutmann and Hyvarinen 2010"),
  js = objective_row("anchored, K = 1", "", "ratio",
    c("one_step", "plugin", "normalised", "bound", "jsd_lb"), "Jensen-Shannon",
    "Poole et al. 2019"),
  smile = objective_row("anchored, K = 1", "tau", "ratio",
    c("smile", "plugin", "normalised", "one_step", "bound", "jsd_lb"), "SMILE",
    "Song and Ermon 2020"),
  infonce = objective_row("anchored, nu = 0", "symmetric", "x", "bound", "InfoNCE",
    "van den Oord et al. 2018"),
  ranking = objective_row("anchored, nu = 0", "", "x", "bound", "Ranking NCE",
    "Ma and Collins 2018"),
  nwj = objective_row("pairwise", "", "ratio",
    c("one_step", "plugin", "normalised", "jsd_lb"), "NWJ", "Nguyen et al. 2010"),
  f = objective_row("pairwise", "divergence", "ratio",
    c("plugin", "normalised", "one_step", "jsd_lb"), "f-divergence", "Nguyen et al. 2010"),
  alpha = objective_row("pairwise", "alpha", "ratio",
    c("plugin", "normalised", "one_step", "jsd_lb"), "alpha-divergence",
    "Gutmann and Hirayama 2011"),
  spectral = objective_row("pairwise", "", "ratio",
    c("plugin", "normalised", "one_step", "jsd_lb"), "Spectral", "HaoChen et al. 2021"),
  fdime = objective_row("pairwise", "divergence", "ratio",
    c("plugin", "normalised", "one_step", "jsd_lb"), "f-DIME", "Letizia et al. 2024"),
  dv = objective_row("batch normaliser", "", "constant", "normalised", "Donsker-Varadhan",
    "Donsker and Varadhan 1983"),
  mine = objective_row("batch normaliser", "decay", "constant", "normalised", "MINE",
    "Belghazi et al. 2018"),
  multilabel = objective_row("batch normaliser", "alpha", "skewed", "bound",
    "Multi-label InfoNCE", "Song and Ermon 2020"),
  interpolated = objective_row("row normaliser", "alpha", "skewed", "bound",
    "Interpolated InfoNCE", "Poole et al. 2019"),
  tuba = objective_row("second network", "", "ratio",
    c("one_step", "plugin", "normalised", "jsd_lb"), "TUBA", "Poole et al. 2019"),
  flo = objective_row("second network", "", "ratio", c("bound", "plugin"), "FLO",
    "Guo et al. 2022"))

# Whether critics by this objective are log ratios, which can be added up.
can_stack <- function(objective) {
  recovers(objective) == "ratio" && !wants_ratio(objective) && objective$core$second == 0
}

# What people read for what recovers() says.
left_open <- c(ratio = "", constant = "a constant", x = "a function of x",
               skewed = "a skewing")

# Whether a log ratio of single pairs comes out, at least after normalising.
finds_ratio <- function(objective) recovers(objective) %in% c("ratio", "constant")

#' The family of objectives
#'
#' @return A data frame, one row for each constructor `objective_<name>()`: `name`, `family`,
#'   `parameters`, `consistent` (is the optimum the density ratio itself?), `up_to` (what
#'   is left open where it is not: a constant; a function of x; a skewing, where it is the ratio
#'   to a mixture of the joint distribution and independence), `value` (what [mi_anchor()]
#'   reports by default of a single critic), `values` (what it can report) and `reference`. Where
#'   the ratio itself is found, `"debiased"` can be reported too, and is what [critic_auto()] gives.
#' @examples
#' family <- mi_objectives()
#' family[c("name", "consistent", "up_to", "value")]
#' @export
mi_objectives <- function() {
  column <- function(what) vapply(objective_table, function(row) row[[what]], "")
  known <- column("recovers")
  data.frame(name = names(objective_table), family = column("family"),
             parameters = column("parameters"), consistent = known == "ratio",
             up_to = unname(left_open[known]),
             value = vapply(objective_table, function(row) row$values[1], ""),
             values = vapply(objective_table, function(row) paste(row$values, collapse = ", "), ""),
             reference = column("reference"), row.names = NULL)
}

# The objective in a word or two.
objective_title <- function(objective) {
  core <- objective$core
  if (objective$name == "anchor") {
    if (core$nu == 0) return("InfoNCE")
    if (core$k == 1) return("NCE")
  }
  objective_table[[objective$name]]$what
}

#' @export
format.mi_objective <- function(x, batch = NULL, ...) {
  core <- x$core
  k <- if (!is.null(batch)) format(if (core$k == 0) batch - 1 else min(core$k, batch - 1))
       else if (core$k == 0) "all others in a batch"
       else format(core$k)
  if (x$name == "anchor") {
    options <- c(format(core$score), paste0("nu = ", format(core$nu)), paste0("K = ", k),
                 if (x$arguments$negatives != "all") paste("negatives", x$arguments$negatives),
                 if (core$symmetric) "symmetric")
  } else {
    shown <- Filter(function(value) !isFALSE(value), x$arguments)
    options <- paste(names(shown), vapply(shown, format, ""), sep = " = ",
                     recycle0 = TRUE)
    if (x$name == "infonce") {
      options <- c(paste0("K = ", if (is.null(batch)) "the batch size" else batch), options)
    }
  }
  options <- paste(options, collapse = ", ")
  paste0(objective_title(x), if (nzchar(options)) paste0(" (", options, ")"))
}

#' @export
print.mi_objective <- function(x, ...) {
  cat("<objective> ", format(x), "\n", sep = "")
  invisible(x)
}
