# The staircase that estimators of mutual information are shown on (Poole et al. 2019; Song
# and Ermon 2020; Lee and Rhee 2024; Ryu et al. 2025): Gaussian pairs of d columns,
# y = rho x + sqrt(1 - rho^2) e, whose truth climbs from 2 to 10 bits; cubed: y^3. One critic
# goes through all levels, 4,000 steps each, a fresh batch of 64 at every step, Adam at
# 5e-4, weights and biases that begin uniform within 1 / sqrt(inputs), hidden layers of 256
# (three for separable critics, as Lee and Rhee have them, two for joint ones, as Poole et al.
# have them; some objectives the other way round too), ReLU, embeddings of 32. Estimates are
# those of the training batch before its step, over the last 2,000 steps of a level (one step
# in four). This is the literature's protocol and nobody's estimate: mi_anchor() never reports
# such values.
#
#   Rscript bench/staircase/run.R [pattern]
#
# runs what bench/results/staircase.csv doesn't have yet, of all jobs or of those whose name
# ("data critic objective seed") matches the pattern, on two cores, and adds it there.
# bench/staircase/table.R makes the tables. On a core with AVX-512 a run takes half a minute
# with a separable critic, four with a joint one, and twice that with a third layer.
source("bench/staircase/protocol.R")

# The trainer's shared library.
local({
  here <- file.path(tempdir(), "stepper")
  dir.create(file.path(here, "core"), recursive = TRUE)
  file.copy(c("bench/staircase/stepper.c", "src/ffi.c", "src/ffi.h"), here)
  file.copy(Sys.glob("src/core/*"), file.path(here, "core"))
  old <- setwd(here)
  on.exit(setwd(old))
  system2("R", c("CMD", "SHLIB", "-o", "stepper.so", "stepper.c", "ffi.c",
                 Sys.glob("core/*.c")), stdout = FALSE)
  dyn.load("stepper.so")
})

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
  second <- .Call("stepper_init", spec, floor(runif(2) * 2^32))
  c(theta, second[-seq_along(theta)])
}

one_run <- function(setting, critic, objective, seed) {
  d <- setting$d
  if (ffi$wants_ratio(objective)) critic$head <- "ratio"
  objective$core$ratio <- critic$head == "ratio"
  spec <- c(unclass(critic), list(dx = d, dy = d, second = objective$core$second, known = 0))
  trained <- list(spec = spec, margins = list(x = NULL, y = NULL), offset = 0, floor = 1e-4,
                  log_ratio = ffi$log_ratio_rule(objective))
  set.seed(seed)
  stepper <- .Call("stepper_new", spec, objective, start_of(spec), batch, 5e-4, 0.995)
  out <- list()
  for (level in seq_along(levels_bits)) for (step in seq_len(steps)) {
    t <- (level - 1) * steps + step
    pairs <- draw(d, levels_bits[level], setting$cubic)
    if (step > steps / 2 && step %% 4 == 0) {
      trained$parameters <- .Call("stepper_parameters", stepper, FALSE)
      values <- values_of(trained, objective, pairs)
      trained$parameters <- .Call("stepper_parameters", stepper, TRUE)
      averaged <- mean(ffi$critic_pairs(trained, pairs$x, pairs$y)) * log2_of
      out[[length(out) + 1]] <- data.frame(
        level = levels_bits[level], step = t,
        weights = rep(c("last", "averaged"), c(length(values), 1)),
        value = c(names(values), "plugin"), estimate = unname(c(values, averaged)))
    }
    if (!is.finite(.Call("stepper_step", stepper, pairs$x, pairs$y))) break
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

known <- if (file.exists(file)) read.csv(file)
jobs <- jobs[!key(jobs) %in% key(known), ]
pattern <- commandArgs(trailingOnly = TRUE)
if (length(pattern) > 0) jobs <- jobs[grepl(pattern[1], key(jobs)), ]

run_job <- function(i) {
  job <- jobs[i, ]
  seconds <- system.time(
    run <- one_run(settings[settings$data == job$data, ], critics[[job$critic]],
                   objectives[[job$objective]], job$seed))[[3]]
  rows <- cbind(job, summarise(run), seconds = round(seconds), row.names = NULL)
  for (column in c("mean", "var", "mse", "mse_smooth")) {
    rows[[column]] <- signif(rows[[column]], 5)
  }
  new <- !file.exists(file)
  write.table(rows, file, sep = ",", append = !new, col.names = new, row.names = FALSE)
  cat(key(job), round(seconds), "s\n")
}
loadNamespace("parallel") # which reads MC_CORES
cores <- if (.Platform$OS.type == "unix") getOption("mc.cores", 2) else 1
done <- parallel::mclapply(seq_len(nrow(jobs)), run_job, mc.cores = cores,
                           mc.preschedule = FALSE)
failed <- vapply(done, inherits, logical(1), "try-error")
if (any(failed)) stop("Failed: ", paste(key(jobs[failed, ]), collapse = "; "))
