#' anchormi: how much does x tell about y?
#'
#' [mi_anchor()] estimates the mutual information of two random vectors with a standard
#' error, by training a critic with the InfoNCE-anchor objective.
#'
#' @section Where to look:
#' * [mi_anchor()] is the main function; its result is described at [mi_fit].
#'   `mi_anchor(x, y, z)` is the same given z.
#' * [mi_test()] says whether there is any dependence, [mi_total_correlation()] and
#'   [mi_interaction()] what more than two have in common, [mi_normalised()] puts a fit on a scale
#'   from 0 to 1.
#' * [mi_tasks()] and [mi_benchmark()] have known truths, and estimators on them.
#' * [critic_bilinear()], [critic_separable()] and [critic_joint()] say what is trained.
#' * [objective_anchor()] says by which loss; [contrastive_loss()] computes it.
#' * [mi_control()] says how long, how fast and on how many threads.
#'
#' @section Options:
#' * `anchormi.threads`: threads inside one fit, a whole number; see [mi_control()].
#' * `anchormi.isa`: instruction set to use in the place of the machine's best; see
#'   [mi_system_info()].
#'
#' @keywords internal
#' @useDynLib anchormi, .registration = TRUE
#' @importFrom rlang %||% .data caller_arg caller_env
"_PACKAGE"
