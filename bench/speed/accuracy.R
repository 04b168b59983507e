# How long it takes to train to a given accuracy: settings of our critics, one by one, beside
# each other and beside PyTorch with the literature's. Gaussian pairs of 20 and 20 columns with
# a known mutual information, 6,000 rows to train on, 2,000 to choose the best state by, 2,000
# to estimate from. Writes bench/results/accuracy.md. Takes about four minutes;
# `Rscript bench/speed/accuracy.R quick` ends each training at 400 steps and takes half of one.
.libPaths(c(normalizePath("build/library", mustWork = FALSE), .libPaths()))
library(anchormi)
source("bench/markdown.R")
source("bench/speed/machine.R")

quick <- "quick" %in% commandArgs(trailingOnly = TRUE)
# Multiples of 25, after which the trainer looks at the choosing rows.
grid <- c(25, 50, 100, 150, 200, 300, 400, 600, 800, 1200, 1600, 2200, 3000)
if (quick) grid <- c(25, 100, 400)
truths <- c(2, 6)
d <- 20
rows <- c(train = 6000, choose = 2000, held = 2000)
task <- list(train = seq_len(6000), valid = 6001:8000, test = 8001:10000, seed = c(0, 1))
close_by <- 0.05
build <- "build/speed"

# ---- what is compared ----------------------------------------------------------------------
setting <- function(name, critic = critic_separable(), nu = 10, ...) {
  list(name = name, critic = critic, objective = objective_anchor(nu = nu),
       control = mi_control(..., patience = 1e6, threads = 1))
}
settings <- list(
  setting("separable 64-64, our defaults"),
  setting("bilinear", critic_bilinear()),
  setting("batch 64", batch_size = 64),
  setting("batch 256", batch_size = 256),
  setting("batch 512", batch_size = 512),
  setting("learn_rate 0.0003", learn_rate = 3e-4),
  setting("learn_rate 0.003", learn_rate = 3e-3),
  setting("average 0", average = 0),
  setting("joint 64-64, batch 64", critic_joint(), batch_size = 64),
  setting("the literature's settings",
          critic_separable(widths = c(256, 256), activation = "relu", skip = FALSE), nu = 1,
          batch_size = 64, learn_rate = 5e-4, weight_decay = 0, average = 0))

# What the default does: closed forms first, and networks that begin at them.
wholes <- list(
  "critic_auto(), the Gaussian copula alone" =
    critic_auto(closed_forms = "gaussian", networks = character()),
  "critic_auto()" = critic_auto())

draw <- function(truth) {
  rho <- sqrt(1 - exp(-2 * truth / d))
  x <- matrix(rnorm(sum(rows) * d), ncol = d)
  y <- rho * x + sqrt(1 - rho^2) * matrix(rnorm(sum(rows) * d), ncol = d)
  ratios <- truth + rowSums(x^2 + y^2 - (x^2 + y^2 - 2 * rho * x * y) / (1 - rho^2)) / 2
  list(truth = truth, x = x, y = y, sampled = mean(ratios[task$test]))
}

# ---- ours ----------------------------------------------------------------------------------
# The trainer gives the best state of the whole training alone. But training is
# deterministic: what it has after so many steps, one that ends there gives.
train <- function(setting, data, steps) {
  setting$control$max_steps <- steps
  passed <- rep(NA_real_, max(grid)) # seconds until each look
  began <- Sys.time()
  trained <- anchormi:::fit_critic(
    data$x, data$y, task, setting$critic, setting$objective, setting$control,
    progress = function(step) passed[step] <<- as.numeric(Sys.time() - began, units = "secs"))
  held <- anchormi:::critic_pairs(trained, data$x[task$test, ], data$y[task$test, ])
  list(estimate = mean(held), passed = passed[grid])
}

# Longer trainings pass where shorter ones ended: a time is the median of them all.
ours <- function(setting, data) {
  runs <- lapply(grid, function(steps) train(setting, data, steps))
  passed <- do.call(rbind, lapply(runs, `[[`, "passed"))
  data.frame(step = grid, seconds = apply(passed, 2, median, na.rm = TRUE),
             estimate = vapply(runs, `[[`, 0, "estimate"))
}

# Fits that are no one training: when they are done, by the median of three.
whole <- function(critic, data) {
  runs <- lapply(1:3, function(i) {
    began <- Sys.time()
    trained <- anchormi:::fit_critic(data$x, data$y, task, critic, objective_anchor(nu = 10),
                                     mi_control(threads = 1))
    held <- anchormi:::critic_pairs(trained, data$x[task$test, ], data$y[task$test, ])
    list(estimate = mean(held), seconds = as.numeric(Sys.time() - began, units = "secs"))
  })
  data.frame(step = "-", seconds = median(vapply(runs, `[[`, 0, "seconds")),
             estimate = runs[[1]]$estimate)
}

# ---- peer ----------------------------------------------------------------------------------
peer_here <- find_peer()

peer <- function(data) {
  if (is.null(peer_here)) return(NULL)
  file <- file.path(build, "accuracy.bin")
  writeBin(as.vector(t(cbind(data$x, data$y))), file, size = 4)
  lines <- lines_of(python, c("-B", "bench/speed/accuracy_peer.py", 1, max(grid), file, d,
                              paste(rows, collapse = ",")))
  trace <- read.csv(text = lines)
  # The first steps allocate, and others may have been in the way: the median counts.
  trace$seconds <- median(trace$seconds) * seq_along(trace$seconds)
  trace
}

# ---- table ---------------------------------------------------------------------------------
# The first look from which on all estimates are close to the target; NULL: there is none.
arrival <- function(trace, target) {
  far <- which(abs(trace$estimate - target) > close_by * target)
  first <- max(0, far) + 1
  if (first <= nrow(trace)) trace[first, ]
}

shown <- function(seconds) if (is.null(seconds)) "never" else sprintf("%.3f", seconds)
times_ours <- function(peers, own) {
  if (is.null(peers) || is.null(own)) "-" else sprintf("%.1f", peers / own)
}

row_of <- function(name, trace, data, peer_trace) {
  last <- trace$estimate[nrow(trace)]
  near <- arrival(trace, data$truth)
  settled <- arrival(trace, last)
  peer_near <- if (!is.null(peer_trace)) arrival(peer_trace, data$truth)
  peer_settled <- if (!is.null(peer_trace)) {
    arrival(peer_trace, peer_trace$estimate[nrow(peer_trace)])
  }
  data.frame(truth = sprintf("%g", data$truth), setting = name, threads = 1,
             steps = if (is.null(near)) "never" else near$step,
             seconds = shown(near$seconds),
             `peer / ours` = times_ours(peer_near$seconds, near$seconds),
             `seconds to final` = shown(settled$seconds),
             `peer / ours to final` = times_ours(peer_settled$seconds, settled$seconds),
             `final estimate` = sprintf("%.3f", last),
             check.names = FALSE)
}

dir.create(build, recursive = TRUE, showWarnings = FALSE)
began <- Sys.time()
set.seed(1)
table <- NULL
sampled <- NULL
for (truth in truths) {
  data <- draw(truth)
  sampled <- c(sampled, sprintf("%.3f", data$sampled))
  peer_trace <- peer(data)
  for (s in settings) {
    table <- rbind(table, row_of(s$name, ours(s, data), data, peer_trace))
  }
  for (name in names(wholes)) {
    table <- rbind(table, row_of(name, whole(wholes[[name]], data), data, peer_trace))
  }
  if (!is.null(peer_trace)) {
    table <- rbind(table, row_of("PyTorch, the literature's settings", peer_trace, data,
                                 peer_trace))
  }
}

lines <- c(
  sprintf("%s, `Rscript bench/speed/accuracy.R%s`, %.0f s, one thread, instruction set %s.",
          Sys.Date(), if (quick) " quick" else "",
          as.numeric(Sys.time() - began, units = "secs"), mi_system_info()$isa),
  about_peer(peer_here), "",
  strwrap(paste(
    sprintf("Gaussian pairs, %d and %d columns; %s rows train, choose and are held out.", d, d,
            paste(rows, collapse = ", ")),
    sprintf("By the true ratio the held-out rows' mean log ratio is %s, for truths of %s.",
            paste(sampled, collapse = " and "), paste(truths, collapse = " and ")),
    "`steps` and `seconds`: of training, until the held-out plug-in estimate stays within",
    sprintf("%g %% of the truth; `to final`: of its own value after %d steps, the last.",
            100 * close_by, max(grid)),
    sprintf("Looks after %s steps; the peer's after every 100.", paste(grid, collapse = ", ")),
    "An estimate is that of the best state so far by the choosing rows. Our seconds include",
    "scaling the columns and looking at the choosing rows every 25 steps; the peer's are those",
    "of its steps alone. Settings are our defaults but for what they name. The literature's:",
    "separable 256-256-32, ReLU, no skip, batch 64, Adam at 0.0005, nu = 1. critic_auto() is",
    "timed as a whole: normal scores, closed forms, networks, weights, held-out rows."), 96), "",
  markdown(table))
writeLines(lines)
dir.create("bench/results", showWarnings = FALSE)
writeLines(lines, "bench/results/accuracy.md")
