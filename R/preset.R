#' Settings by name
#'
#' What [mi_anchor()] takes for `critic`, `objective` and `control` where these aren't given.
#'
#' * `"default"`: [critic_auto()] by the anchored log score with `nu = 10`, which weighs the
#'   classification problem towards the anchor and is steadier on a finite sample.
#' * `"paper"`: the plain recipe of Ryu et al. (2025): one separable critic of two 256-256 networks
#'   with embeddings of 32, `nu = 1`, batches of 64, Adam at 0.0005 without drops, weight decay or
#'   averaging, the plug-in estimate. The paper draws fresh samples for ever; of one sample this
#'   recipe learns rows by heart, so that even here the choosing rows decide when it stops, and
#'   held-out rows give the estimate.
#'
#' @param preset `"default"` (default) or `"paper"`.
#' @return A list with `critic`, `objective` and `control`.
#' @section Errors:
#' Another name: class `anchormi_error_input`.
#' @references
#' Ryu, Yeddanapudi, Xu, Wornell (2025). Contrastive predictive coding done right for mutual
#' information estimation. arXiv 2510.25983.
#' @examples
#' mi_preset("paper")
#'
#' # What does it say of a car's speed and stopping distance?
#' set.seed(1)
#' mi_anchor(dist ~ speed, data = cars, preset = "paper")
#' @export
mi_preset <- function(preset = c("default", "paper")) {
  switch(check_choice(preset, c("default", "paper")),
    default = list(critic = NULL, objective = objective_anchor(nu = 10), control = mi_control()),
    paper = list(critic = critic_separable(c(256, 256), 32, activation = "relu", skip = FALSE),
                 objective = objective_anchor(nu = 1),
                 control = mi_control(batch_size = 64, drops = 0, learn_rate = 5e-4,
                                      weight_decay = 0, average = 0)))
}
