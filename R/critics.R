#' Critics: what is trained
#'
#' A critic is a function \eqn{s(x, y)} with parameters that training brings close to the
#' log density ratio \eqn{\log p(x, y) / (p(x) p(y))}. These functions describe one; they
#' hold no data and no parameters.
#'
#' * `critic_separable()`: two networks \eqn{g} and \eqn{h} and the inner product of their
#'   embeddings, \eqn{s = g(x)' h(y) + u(x) + w(y)}. Cheap, because a batch of \eqn{B} pairs
#'   needs \eqn{B} passes for \eqn{B^2} scores.
#' * `critic_joint()`: one network on the concatenated pair, \eqn{s = f(x, y)}, run on all
#'   \eqn{B^2} pairs of a batch. Slower; better where x and y interact in ways that an
#'   inner product of few columns can't hold.
#' * `critic_auto()`: several of these and the Gaussian copula's log ratio, which is known in
#'   closed form, weighted by how well they score together. The default of [mi_anchor()]. See
#'   the section below.
#' * `critic_bilinear()`: \eqn{s = x' W y + u(x) + w(y)} with quadratic \eqn{u}, \eqn{w},
#'   which is the form of the log ratio of any jointly Gaussian x and y. Fast, and hard to
#'   beat when dependence is linear; blind to all else.
#'
#' The terms \eqn{u(x)} and \eqn{w(y)} matter: with an anchor the critic must be the log
#' ratio itself, and not up to a function of x (see [objective_anchor()]). In a separable
#' critic the networks give them as one more output.
#'
#' @section What critic_auto() does:
#' In each fold, columns become the normal scores of their ranks in the training rows, under which
#' mutual information stays what it is. The log ratio of the Gaussian copula is computed in closed
#' form, with canonical correlations freed of what they owe to the number of columns (Bao et al.
#' 2019). The same is done with more than the columns: their squares, products, and products with
#' functions of their length; and, of columns that stand out, cosines of their ranks, by which y
#' is found where it is a sum of functions of some of many columns (Breiman and Friedman 1985), and
#' products of cosines, for up to six pairs of columns that interact (Gu 2013). Features are of both
#' sides, or of one, as of a regression, if that scores better. Joint networks begin at the
#' Gaussian copula, separable ones at the better of the two, and learn what is left over; with fewer
#' than 100 rows for each column (1,000 if half of them or fewer stand out) they see those that
#' stand out alone: by values, squares, products of two,
#' or cosines. A Student copula adds a scale that all columns have in common, as heavy tails come
#' together. A mixture of normals is fitted to x and y together by expectation and maximisation (of
#' more than 24 columns, to canonical variates or columns that stand out), and the mixtures of x
#' and of y that it implies give its log ratio. Where a side has five columns or fewer, so does
#' their regression on the other side: locations and scales by ridge regression or smoothing splines
#' (Wahba 1990) of scores or values, and residuals, which may correlate, of any distribution
#' (stacked kernel estimates; Smyth and Wolpert 1999), by which locations are improved where they
#' aren't normal (adaptive estimation; Bickel 1982). So does a contingency table, drawn towards
#' independence, of the values of what is discrete and of intervals of a column of what isn't, cut
#' where the other side changes by steps (Boulle 2011). The choosing rows decide when each network
#' stops and how many normals are mixed, and give the weights (not negative) of all parts and an
#' offset that minimise the anchored log score (with nu = K, which says most about the ratio's
#' scale; the objective's own nu is what networks train with), which is strictly proper: the
#' combination nearest to the log ratio has the best score, so a part that helps is used and one
#' that doesn't gets no weight. Of more than 64 columns on a side, principal components of their
#' scores are columns too, as far as they stand out of what independent columns would show
#' (Marchenko and Pastur 1967; 32 at most), and networks see the canonical variates and 64 columns:
#' these components, and those that correlate most, by values or squares, with any on the other
#' side. At most 100,000 rows train, and at most 1,500 of a part choose; of more than 120,000 rows a
#' twentieth of that part fits one slope and the offset of the whole anew, so that these are known
#' as well as the rows' mean. Of log ratios that are right weights add up to 1, without an offset:
#' what the mean owes to weights that don't, and to an offset, counts as far as it is more than
#' chance, where chance is less than a twentieth of the mean (James and Stein's shrinkage). And no
#' log ratio is below minus the logarithm of how many rows train and choose, which among so many
#' rows a true one is less than once on the average.
#'
#' Its joint networks are deep and narrow, four layers of 32 units (`make bench-networks` in the
#' sources prints the trials). Their batches are a quarter of `batch_size` in [mi_control()], with
#' twice as many steps from look to look. The separable networks, of two layers of 128 units, have
#' half the `patience` and none of the `drops`. Learning rates, weight decay and `min_delta` are the
#' networks' own, unless [mi_control()] gives them. The stack needs an objective that finds the log
#' ratio.
#'
#' @param widths Whole numbers: units in each hidden layer, from the inputs on; one to
#'   eight layers. Default `c(64, 64)`: enough for smooth dependence in tens of columns;
#'   wider networks want more rows.
#' @param embedding Whole number: columns of the embeddings g(x) and h(y). Default 32: room for
#'   as many directions of dependence.
#' @param components Whole number from 1 to 64: inner products; the score is the logarithm of the
#'   mean of their exponentials, as in a mixture of distributions (Yang et al. 2018). Default 1.
#'   Needs a log ratio as head.
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
#'
#' Yang, Dai, Salakhutdinov, Cohen (2018). Breaking the softmax bottleneck: a high-rank RNN
#' language model. ICLR (mixtures of softmaxes).
#'
#' Gu (2013). Smoothing Spline ANOVA Models. Springer (functions of two columns).
#'
#' Breiman, Friedman (1985). Estimating optimal transformations for multiple regression and
#' correlation. Journal of the American Statistical Association 80 (sums of functions of columns).
#'
#' Demarta, McNeil (2005). The t copula and related copulas. International Statistical Review 73.
#'
#' Smyth, Wolpert (1999). Linearly combining density estimators via stacking. Machine Learning 36.
#'
#' Bickel (1982). On adaptive estimation. The Annals of Statistics 10 (as good a fit as if the
#' noise's distribution were known).
#'
#' Wahba (1990). Spline Models for Observational Data. SIAM.
#'
#' Boulle (2011). Data grid models for preparation and modeling in supervised learning. In: Hands-On
#' Pattern Recognition, Challenges in Machine Learning 1 (intervals of both sides).
#'
#' Bao, Hu, Pan, Zhou (2019). Canonical correlation coefficients of high-dimensional Gaussian
#' vectors: finite rank case. The Annals of Statistics 47.
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
critic_separable <- function(widths = c(64, 64), embedding = 32, components = 1,
                             activation = "silu", skip = TRUE,
                             head = c("log_ratio", "ratio", "cosine"), temperature = 0.1) {
  head <- check_choice(head, c("log_ratio", "ratio", "cosine"))
  components <- check_count(components, upper = 64)
  if (components > 1 && head != "log_ratio") {
    abort_input(c("{.arg head} must be {.val log_ratio} with several components.",
                  x = "It is {.val {head}}."))
  }
  if (!missing(temperature) && head != "cosine") {
    abort_input(c("{.arg temperature} must be left out unless {.arg head} is {.val cosine}.",
                  x = "{.arg head} is {.val {head}}."))
  }
  new_critic("separable", widths = check_widths(widths), embedding = check_count(embedding),
             components = components, activation = check_activation(activation),
             skip = check_flag(skip), head = head,
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

#' @rdname critics
#' @param closed_forms Character: which log ratios in closed form take part: of the `"gaussian"`
#'   copula; `"nonlinear"`, that of features beside the columns (squares, products, columns times
#'   functions of their length, cosines of ranks and products of them) of x, of y, or of both, where
#'   it is better; of the `"student"` copula (heavy tails that come together; Demarta and McNeil
#'   2005); of a `"mixture"` of 2, 4, ..., 64 normals; of a `"regression"` of a side's columns, five
#'   or fewer, on the other side, with noise of any distribution; of the contingency `"table"` of
#'   values (where there are ten rows for each) and else of intervals of the column that stands out
#'   most, if it finds steps that the Gaussian copula doesn't. Default: all.
#' @param networks Character: which networks take part. All see the normal scores of the columns
#'   and their squared length. `"separable"`: for many directions of dependence. `"joint"`: for what
#'   bends. `"separable_waves"` (with four components) and `"joint_waves"` see cosines of the ranks
#'   too, of columns that stand out by them: for steps and oscillations. `"sharp"`: a joint one of
#'   ReLU units and without weight decay, for edges. Fewer than 200 rows train none of them, unless
#'   there are no closed forms. Default: all.
#' @export
critic_auto <- function(closed_forms = c("gaussian", "nonlinear", "student", "mixture",
                                         "regression", "table"),
                        networks = c("separable", "separable_waves", "joint_waves", "joint",
                                     "sharp")) {
  critic <- new_critic("auto")
  critic$closed_forms <- check_parts(closed_forms, names(closed_form_table()))
  critic$networks <- check_parts(networks, names(auto_members()))
  if (length(critic$networks) + length(critic$closed_forms) == 0) {
    abort_input(c("{.arg networks} must name a network where {.arg closed_forms} is empty.",
                  x = "It is empty."))
  }
  critic
}

# The same with its closed forms alone, if it has any.
without_networks <- function(critic) {
  if (critic$kind == "auto" && length(critic$closed_forms) > 0) critic$networks <- character()
  critic
}

# What so many rows train of a critic.
of_rows <- function(critic, rows) {
  if (rows < LEAST_TRAINING) without_networks(critic) else critic
}

check_parts <- function(parts, known, arg = caller_arg(parts), call = caller_env()) {
  if (!is.character(parts) || anyNA(parts) || !all(parts %in% known)) {
    abort_input(c("{.arg {arg}} must be among {.val {known}}.", x = "It is {describe(parts)}."),
                call = call)
  }
  intersect(known, parts)
}

# What critic_auto() trains. `begins`: at which closed form, or at the Gaussian copula if there is
# no such (an inner product of features is nearer, but wild where it is wrong: joint networks take
# longer to unlearn that than to learn all by themselves, separable ones learn less by heart);
# `waves`: sees waves, of columns that stand out by them; `batch`, `check_every`, `patience` (in
# steps), `drops`: times those of mi_control(); rates where it has none. (Of small batches a look
# costs as much as many steps.)
auto_members <- function() {
  # Of these the stack makes up for little patience.
  wide <- function(critic, waves) {
    list(critic = critic, begins = "nonlinear", waves = waves, batch = 1, check_every = 1,
         patience = 0.5, drops = 0, learn_rate = 0.002, weight_decay = 0.5)
  }
  # Deep and narrow, small batches, a large rate that drops: what follows bends and edges best.
  deep <- function(activation, weight_decay, waves = FALSE) {
    list(critic = critic_joint(rep(32, 4), activation), begins = "gaussian", waves = waves,
         batch = 0.25, check_every = 2, patience = 1, drops = 1, learn_rate = 0.005,
         weight_decay = weight_decay)
  }
  list(separable = wide(critic_separable(c(128, 128), 64), waves = FALSE),
       separable_waves = wide(critic_separable(c(128, 128), 16, components = 4), waves = TRUE),
       joint_waves = deep("silu", weight_decay = 0.5, waves = TRUE),
       joint = deep("silu", weight_decay = 0.1),
       sharp = deep("relu", weight_decay = 0))
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
new_critic <- function(kind, widths = numeric(), embedding = 0, components = 1,
                       activation = "silu",
                       skip = FALSE, quadratic = FALSE, head = "log_ratio",
                       temperature = 0.1) {
  structure(list(kind = kind, widths = widths, embedding = embedding, components = components,
                 activation = activation, skip = skip, quadratic = quadratic, head = head,
                 temperature = temperature),
            class = "mi_critic")
}

# A plain list can have been edited by hand, and the core trusts what it gets.
remake_critic <- function(critic) {
  make <- get(paste0("critic_", critic$kind), mode = "function")
  # of other heads no temperature was given
  given <- if (critic$head != "cosine") setdiff(names(formals(make)), "temperature")
           else names(formals(make))
  do.call(make, critic[given])
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
                       if (x$components > 1) paste0(", ", x$components, " components"),
                       if (x$skip) ", linear skip", head, ")"),
    joint = paste0("joint (", network, head, ")"),
    auto = paste0("auto (", paste(c(x$closed_forms, x$networks), collapse = ", "), ")"),
    bilinear = paste0("bilinear (", if (x$quadratic) "quadratic" else "linear",
                      " additive terms", head, ")"))
}

#' @export
print.mi_critic <- function(x, ...) {
  cat("<critic> ", format(x), "\n", sep = "")
  invisible(x)
}
