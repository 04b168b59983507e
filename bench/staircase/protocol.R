# What the staircase's runs and tables share: objectives, data, critics, and which runs there
# are.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
ffi <- asNamespace("anchormi")

levels_bits <- c(2, 4, 6, 8, 10)
steps <- 4000
batch <- 64
log2_of <- 1 / log(2)
file <- "bench/results/staircase.csv"

objectives <- list(
  anchor = objective_anchor(),
  anchor_cyclic = objective_anchor(negatives = "cyclic"),
  anchor_batch = objective_anchor(negatives = "batch"),
  anchor_symmetric = objective_anchor(symmetric = TRUE),
  anchor_nu0.1 = objective_anchor(nu = 0.1),
  anchor_nu10 = objective_anchor(nu = 10),
  anchor_nu63 = objective_anchor(nu = 63),
  anchor_k8 = objective_anchor(k = 8),
  infonce = objective_infonce(),
  nce = objective_nce(),
  js = objective_js(),
  smile5 = objective_smile(5),
  nwj = objective_nwj(),
  tuba = objective_tuba(),
  dv = objective_dv(),
  mine = objective_mine(),
  flo = objective_flo(),
  interpolated0.1 = objective_interpolated(0.1),
  multilabel = objective_multilabel(),
  chi2_ratio = objective_f("chi2"),
  hellinger = objective_f("hellinger"),
  reverse_kl = objective_f("reverse_kl"),
  spectral = objective_spectral(),
  ranking = objective_ranking(),
  fdime_kl = objective_fdime("kl"),
  fdime_hellinger = objective_fdime("hellinger"),
  fdime_gan = objective_fdime("gan"),
  brier = objective_anchor(score_brier(), nu = 1),
  spherical = objective_anchor(score_spherical(), nu = 1),
  spherical_nu63 = objective_anchor(score_spherical(), nu = 63),
  power1.5 = objective_anchor(score_power(1.5), nu = 1))
settings <- data.frame(data = c("gaussian10", "gaussian20", "cubic10"), d = c(10, 20, 10),
                       cubic = c(FALSE, FALSE, TRUE))
critics <- list(
  separable = critic_separable(c(256, 256, 256), 32, activation = "relu", skip = FALSE),
  separable2 = critic_separable(c(256, 256), 32, activation = "relu", skip = FALSE),
  joint = critic_joint(c(256, 256), activation = "relu"),
  joint3 = critic_joint(c(256, 256, 256), activation = "relu"))

# Most objectives once; those that the text speaks of with three seeds and both depths.
first_ones <- c("anchor", "anchor_nu10", "infonce", "nwj", "js", "smile5", "dv", "mine",
                "chi2_ratio", "nce")
jobs <- rbind(
  expand.grid(data = settings$data, critic = "separable", objective = names(objectives),
              seed = 1),
  expand.grid(data = settings$data[1:2], critic = "separable",
              objective = c("anchor", "anchor_nu10"), seed = 2:3),
  expand.grid(data = settings$data[1:2], critic = "separable2",
              objective = c("anchor", "anchor_nu10"), seed = 1),
  expand.grid(data = settings$data[1:2], critic = "joint", objective = first_ones, seed = 1),
  expand.grid(data = settings$data[1:2], critic = "joint3", objective = "anchor", seed = 1),
  expand.grid(data = settings$data[1:2], critic = "joint", objective = "anchor", seed = 2:3),
  expand.grid(data = settings$data[3], critic = "joint", objective = first_ones, seed = 1),
  expand.grid(data = settings$data, critic = "joint",
              objective = setdiff(names(objectives), first_ones), seed = 1))

key <- function(of) paste(of$data, of$critic, of$objective, of$seed)
