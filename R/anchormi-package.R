#' anchormi: how much does x tell about y?
#'
#' [mi_anchor()] estimates the mutual information of two random vectors with a standard
#' error, by training a critic with the InfoNCE-anchor objective.
#'
#' @section Where to look:
#' * [mi_anchor()] is the main function; its result is described at [mi_fit].
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
#' @importFrom rlang .data caller_arg caller_env
"_PACKAGE"
