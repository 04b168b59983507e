# The staircase that estimators of mutual information are shown on (Poole et al. 2019; Song
# and Ermon 2020; Lee and Rhee 2024; Ryu et al. 2025): Gaussian pairs of d columns,
# y = rho x + sqrt(1 - rho^2) e, whose truth climbs from 2 to 10 bits; cubed: y^3. One critic
# goes through all levels, 4,000 steps each, a fresh batch of 64 at every step, Adam at
# 5e-4, weights and biases that begin uniform within 1 / sqrt(inputs), hidden layers of 256
# (three for separable critics, as Lee and Rhee have them, two for joint ones, as Poole et al.
# have them), ReLU, embeddings of 32. Estimates are those of the training batch before its step,
# over the last 2,000 steps of a level (one step in four). This is the literature's protocol and
# nobody's estimate: mi_anchor() never reports such values.
#
#   Rscript bench/staircase.R [data] [critic] [objective ...]
#
# runs what bench/results/staircase.csv doesn't have yet (all, if nothing is named), adds it
# there, and writes the tables to bench/results/staircase.md; `table` writes the tables only. A
# run takes ten minutes with a separable critic and an hour with a joint one; what is in the csv
# was run on a build with wider vectors (32 bytes, -O3 -mavx2 -mfma), in half that.
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
  joint = critic_joint(c(256, 256), activation = "relu"))

draw <- function(d, bits, cubic) {
  rho <- sqrt(1 - exp(-2 * bits * log(2) / d))
  x <- matrix(rnorm(batch * d), batch)
  y <- rho * x + sqrt(1 - rho^2) * matrix(rnorm(batch * d), batch)
  list(x = x, y = if (cubic) y^3 else y)
}

# Every value that mi_anchor() knows, of one batch, in bits.
values_of <- function(trained, objective, pairs) {
  scores <- ffi$critic_matrix(trained, pairs$x, pairs$y)
  held <- list(pairs = if (objective$name == "flo") ffi$critic_pairs(trained, pairs$x, pairs$y)
                       else diag(scores),
               blocks = list(seq_len(batch)), matrix = function(block) scores,
               loss = function(block, of = objective) {
                 raw <- ffi$critic_matrix(trained, pairs$x, pairs$y, raw = TRUE)
                 .Call(ffi$ffi_contrastive_loss, raw, of, NULL)
               })
  vapply(setdiff(ffi$allowed_values(objective), "jsd_lb"), function(value) {
    mean(ffi$value_table[[value]]$of(held, objective))
  }, 1) * log2_of
}

# The protocol's start, layer by layer, in the order of the core's flat vector.
start_of <- function(spec) {
  network <- function(sizes) {
    unlist(lapply(seq_along(sizes)[-1], function(l) {
      runif((sizes[l - 1] + 1) * sizes[l], -1, 1) / sqrt(sizes[l - 1])
    }))
  }
  theta <- if (spec$kind == "joint") network(c(spec$dx + spec$dy, spec$widths, 1))
           else c(network(c(spec$dx, spec$widths, spec$embedding + 1)),
                  network(c(spec$dy, spec$widths, spec$embedding + 1)))
  second <- .Call(ffi$ffi_init_parameters, spec, floor(runif(2) * 2^32))
  c(theta, second[-seq_along(theta)])
}

one_run <- function(setting, critic, objective, seed) {
  d <- setting$d
  if (ffi$wants_ratio(objective)) critic$head <- "ratio"
  objective$core$ratio <- critic$head == "ratio"
  spec <- c(unclass(critic), list(dx = d, dy = d, second = objective$core$second))
  trained <- list(spec = spec, margins = list(x = NULL, y = NULL), offset = 0, floor = 1e-4,
                  log_ratio = ffi$log_ratio_rule(objective))
  set.seed(seed)
  theta <- start_of(spec)
  m <- v <- 0 * theta
  mean_theta <- theta
  state <- NULL
  out <- list()
  for (level in seq_along(levels_bits)) for (step in seq_len(steps)) {
    t <- (level - 1) * steps + step
    pairs <- draw(d, levels_bits[level], setting$cubic)
    if (step > steps / 2 && step %% 4 == 0) {
      trained$parameters <- theta
      values <- values_of(trained, objective, pairs)
      trained$parameters <- mean_theta
      averaged <- mean(ffi$critic_pairs(trained, pairs$x, pairs$y)) * log2_of
      out[[length(out) + 1]] <- data.frame(
        level = levels_bits[level], step = t,
        weights = rep(c("last", "averaged"), c(length(values), 1)),
        value = c(names(values), "plugin"), estimate = unname(c(values, averaged)))
    }
    loss <- .Call(ffi$ffi_batch_gradient, pairs$x, pairs$y, spec, theta, objective, state, 1)
    state <- loss$state
    if (!is.finite(loss$value)) break
    m <- 0.9 * m + 0.1 * loss$gradient
    v <- 0.999 * v + 0.001 * loss$gradient^2
    theta <- theta - 5e-4 * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8)
    if (t %% 4 == 0) mean_theta <- mean_theta + 0.02 * (theta - mean_theta)
  }
  do.call(rbind, out)
}

summarise <- function(run) {
  groups <- split(run, list(run$level, run$weights, run$value), drop = TRUE)
  do.call(rbind, lapply(groups, function(g) {
    # of values smoothed as in the papers' figures: span 200 steps is 50 of these
    smooth <- as.numeric(stats::filter(g$estimate * 2 / 51, 1 - 2 / 51, "recursive",
                                       init = g$estimate[1]))
    data.frame(level = g$level[1], weights = g$weights[1], value = g$value[1],
               mean = mean(g$estimate), var = var(g$estimate),
               mse = mean((g$estimate - g$level)^2), mse_smooth = mean((smooth - g$level)^2),
               row.names = NULL)
  }))
}

known <- if (file.exists(file)) read.csv(file) else NULL
arguments <- commandArgs(trailingOnly = TRUE)
jobs <- expand.grid(objective = names(objectives), data = settings$data,
                    critic = names(critics), stringsAsFactors = FALSE)
if (length(arguments) >= 1) jobs <- jobs[jobs$data == arguments[1], ]
if (length(arguments) >= 2) jobs <- jobs[jobs$critic == arguments[2], ]
if (length(arguments) >= 3) jobs <- jobs[jobs$objective %in% arguments[-(1:2)], ]
if (identical(arguments, "table")) jobs <- jobs[0, ]
key <- function(of) paste(of$data, of$critic, of$objective)
jobs <- jobs[!key(jobs) %in% key(known), ]

for (i in seq_len(nrow(jobs))) {
  job <- jobs[i, ]
  seconds <- system.time(
    run <- one_run(settings[settings$data == job$data, ], critics[[job$critic]],
                   objectives[[job$objective]], seed = 1))[[3]]
  rows <- cbind(job[c("data", "critic", "objective")], summarise(run),
                seconds = round(seconds), row.names = NULL)
  for (column in c("mean", "var", "mse", "mse_smooth")) rows[[column]] <- signif(rows[[column]], 5)
  new <- !file.exists(file)
  write.table(rows, file, sep = ",", append = !new, col.names = new, row.names = FALSE)
  cat(key(job), round(seconds), "s\n")
}

# ---- tables ----------------------------------------------------------------------------
known <- read.csv(file)
published <- "../shared/reference/staircase_published.csv" # Lee and Rhee's stored runs
published <- if (file.exists(published)) read.csv(published)
# Ryu et al. 2025, read off their figure; its Gaussian panel is not cubed in fact.
paper <- list(
  separable = list(anchor = c(2.00, 4.05, 6.01, 8.17, 10.19),
                   infonce = c(1.75, 3.32, 4.48, 5.22, 5.62),
                   nwj = c(1.85, 3.38, 4.50, 5.60, 5.75), js = c(1.27, 3.15, 4.85, NA, NA),
                   chi2_ratio = c(1.40, 2.28, 2.76, 3.04, 3.23)),
  joint = list(anchor = c(1.90, 3.88, 5.78, 7.78, 9.72), infonce = c(1.90, 3.47, 4.63, 5.37, 5.75),
               nwj = c(1.9, 3.88, 5.75, NA, 8.2), js = c(1.42, 3.34, 5.22, 7.13, 9.05),
               chi2_ratio = c(1.81, 3.66, 5.28, 7.09, 8.77)))

markdown <- function(table) {
  c(paste0("| ", paste(names(table), collapse = " | "), " |"),
    paste0("|", strrep(" --- |", ncol(table))),
    apply(table, 1, function(row) paste0("| ", paste(trimws(row), collapse = " | "), " |")), "")
}
wide <- function(rows, what) {
  numbers <- vapply(levels_bits, function(level) {
    at <- rows[[what]][rows$level == level]
    if (length(at) == 0 || is.na(at[1])) "" else formatC(at[1], digits = 2, format = "f")
  }, "")
  stats::setNames(as.list(numbers), paste(levels_bits, "bits"))
}
# What an oracle who knows the ratio gets from a batch: the variance of the log ratio over 64.
oracle <- function(d) {
  rho2 <- 1 - exp(-2 * levels_bits * log(2) / d)
  data.frame(level = levels_bits, mse = d * rho2 * log2_of^2 / batch)
}
default_value <- function(name) ffi$allowed_values(objectives[[name]])[1]

lines <- c(
  "Bits; truth 2 to 10 by columns. Protocol: see bench/staircase.R. `value`: what is averaged;",
  "\"paper\": Ryu et al. 2025, read off their figure; \"Lee and Rhee\": their stored runs.", "")
for (data in settings$data) for (critic in names(critics)) {
  here <- known[known$data == data & known$critic == critic & known$weights == "last", ]
  if (nrow(here) == 0) next
  lines <- c(lines, paste0("## ", data, ", ", critic, " critic: means"), "")
  rows <- do.call(rbind, lapply(unique(here$objective), function(o) {
    of <- here[here$objective == o, ]
    shown <- unique(c(default_value(o), intersect("plugin", of$value)))
    do.call(rbind, lapply(shown, function(v) {
      data.frame(objective = o, value = v, wide(of[of$value == v, ], "mean"), check.names = FALSE)
    }))
  }))
  if (data == "gaussian10") for (o in names(paper[[critic]])) {
    of <- data.frame(level = levels_bits, mean = paper[[critic]][[o]])
    rows <- rbind(rows, data.frame(objective = o, value = "paper", wide(of, "mean"),
                                   check.names = FALSE))
  }
  theirs <- if (data == "gaussian20" && !is.null(published)) {
    published[published$data == "gaussian" & published$critic == critic, ]
  }
  for (e in unique(theirs$estimator)) {
    of <- theirs[theirs$estimator == e, ]
    rows <- rbind(rows, data.frame(objective = e, value = "Lee and Rhee", check.names = FALSE,
      wide(data.frame(level = of$true_mi_bits, mean = of$mean_bits), "mean")))
  }
  lines <- c(lines, markdown(rows), paste0("## ", data, ", ", critic,
    " critic: mean squared errors of a batch's value, least first at 10 bits"), "")

  rows <- here[here$value == vapply(here$objective, default_value, ""), ]
  averaged <- known[known$data == data & known$critic == critic & known$weights == "averaged" &
                      known$value == "plugin" & known$objective == "anchor", ]
  d <- settings$d[settings$data == data]
  table <- rbind(
    data.frame(objective = "oracle", weights = "", wide(oracle(d), "mse"), check.names = FALSE),
    do.call(rbind, lapply(unique(rows$objective), function(o) {
      data.frame(objective = o, weights = "last", wide(rows[rows$objective == o, ], "mse"),
                 check.names = FALSE)
    })))
  if (nrow(averaged)) {
    smooth <- rows[rows$objective == "anchor", ]
    table <- rbind(table,
      data.frame(objective = "anchor", weights = "averaged", wide(averaged, "mse"),
                 check.names = FALSE),
      data.frame(objective = "anchor, values smoothed", weights = "last",
                 wide(smooth, "mse_smooth"), check.names = FALSE),
      data.frame(objective = "anchor, values smoothed", weights = "averaged",
                 wide(averaged, "mse_smooth"), check.names = FALSE),
      data.frame(objective = "anchor, variance alone", weights = "last", wide(smooth, "var"),
                 check.names = FALSE))
  }
  for (e in unique(theirs$estimator)) {
    of <- theirs[theirs$estimator == e, ]
    table <- rbind(table, data.frame(objective = paste(e, "(Lee and Rhee)"), weights = "last",
      check.names = FALSE, wide(data.frame(level = of$true_mi_bits, mse = of$mse), "mse")))
  }
  at10 <- suppressWarnings(as.numeric(table[["10 bits"]]))
  lines <- c(lines, markdown(table[order(at10, na.last = TRUE), ]))
}
writeLines(lines, "bench/results/staircase.md")
writeLines(lines)
