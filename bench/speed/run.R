# What a step of training costs, beside the same step in PyTorch and beside what the processor
# can do at most; and the kernels under it. Needs a C compiler; PyTorch (Debian's python3-torch)
# if there is one. Writes bench/results/speed.md. Takes about twenty minutes;
# `Rscript bench/speed/run.R quick` takes one or two, and says less.
#
# Machines are shared and noisy, so programs that are compared take turns, and what is reported
# is the median of the turns' ratios.
source("bench/markdown.R")
source("bench/speed/machine.R")
quick <- "quick" %in% commandArgs(trailingOnly = TRUE)
rounds <- if (quick) 2 else 5
times <- if (quick) 1 else 3 # in each round, of which a program reports the median
seconds <- if (quick) 0.02 else 0.1 # for each time
turns <- 1:9 # cases of a turn: step.c and peer.py know them by number
named <- c(1, 6) # those that sets of instructions other than the best are timed with
build <- "build/speed"

# ---- programs ------------------------------------------------------------------------------
r_config <- function(what) system2(file.path(R.home("bin"), "R"), c("CMD", "config", what),
                                   stdout = TRUE)
compiler <- r_config("CC")

# Some versions' R CMD config doesn't tell what packages get for OpenMP; its file does.
openmp <- function() {
  made <- readLines(file.path(R.home("etc"), .Platform$r_arch, "Makeconf"))
  sub("^SHLIB_OPENMP_CFLAGS *= *", "", grep("^SHLIB_OPENMP_CFLAGS", made, value = TRUE))
}
flags <- c("-O2", openmp())

compile <- function(name) {
  program <- file.path(build, name)
  core <- list.files("src/core", "\\.c$", full.names = TRUE)
  command <- paste(c(compiler, flags, file.path("bench/speed", paste0(name, ".c")), core, "-lm",
                     "-o", program), collapse = " ")
  if (system(command) != 0) stop("This failed: ", command)
  program
}

numbers_of <- function(program, arguments, names) {
  read.csv(text = lines_of(program, arguments), header = FALSE, col.names = names)
}

dir.create(build, recursive = TRUE, showWarnings = FALSE)
step <- compile("step")
kernels <- compile("kernels")
peer <- find_peer()

load_now <- function() {
  if (!file.exists("/proc/loadavg")) return("unknown")
  strsplit(readLines("/proc/loadavg"), " ")[[1]][1]
}
load_before <- load_now()

# ---- runs ----------------------------------------------------------------------------------
kernel_runs <- numbers_of(kernels, if (quick) 0.003 else 0.02,
                          c("isa", "what", "rows", "width", "value", "of_peak"))
sets <- unique(kernel_runs$isa) # best first
others <- sets[-1]

one_run <- function(who, threads, round, cases) {
  settings <- c(threads, seconds, cases, times)
  names <- c("kind", "isa", "threads", "batch", "columns", "ms", "best_ms", "gflops")
  run <- if (who == "torch") {
    cbind(numbers_of(python, c("bench/speed/peer.py", settings), names), of_peak = NA)
  } else numbers_of(step, c(who, settings), c(names, "of_peak"))
  run$case <- sprintf("%s, %d rows, %d columns", run$kind, run$batch, run$columns)
  cbind(run, round = round)
}

jobs <- expand.grid(who = c(sets[1], if (!is.null(peer)) "torch", others), threads = 1:2,
                    round = seq_len(rounds), cases = turns, stringsAsFactors = FALSE)
jobs <- jobs[!jobs$who %in% others | (jobs$threads == 1 & jobs$cases %in% named), ]
runs <- do.call(rbind, Map(one_run, jobs$who, jobs$threads, jobs$round, jobs$cases))
cases <- unique(runs$case)

# Rounds by cases; NA where nobody ran.
values <- function(who, threads, value = "ms", of = cases) {
  r <- runs[runs$isa == who & runs$threads == threads & runs$case %in% of, ]
  if (nrow(r) == 0) return(matrix(NA_real_, rounds, length(of)))
  matrix(r[order(match(r$case, cases), r$round), value], rounds)
}
middle <- function(v) apply(v, 2, median)

# ---- tables --------------------------------------------------------------------------------
shown <- function(v, digits) ifelse(is.na(v), "-", sprintf(paste0("%.", digits, "f"), v))
milliseconds <- function(v) shown(v, ifelse(is.na(v) | v < 10, 2, 1))
percent <- function(v) shown(100 * v, 0)

steps_of <- function(isa) {
  of <- cases[named]
  own <- values(isa, 1, of = of)
  data.frame(step = of, set = isa, ms = milliseconds(middle(own)),
             `GFLOP/s` = shown(middle(values(isa, 1, "gflops", of)), 0),
             `% of peak` = percent(middle(values(isa, 1, "of_peak", of))),
             `peer / ours` = shown(middle(values("torch", 1, of = of) / own), 2),
             check.names = FALSE)
}

ours <- lapply(1:2, function(threads) values(sets[1], threads))
peers <- lapply(1:2, function(threads) values("torch", threads))
step_table <- data.frame(
  step = cases,
  `ours, ms` = milliseconds(middle(ours[[1]])),
  `ours, 2 threads` = milliseconds(middle(ours[[2]])),
  `GFLOP/s` = shown(middle(values(sets[1], 1, "gflops")), 0),
  `% of peak` = percent(middle(values(sets[1], 1, "of_peak"))),
  `peer, ms` = milliseconds(middle(peers[[1]])),
  `peer, 2 threads` = milliseconds(middle(peers[[2]])),
  `peer / ours` = shown(middle(peers[[1]] / ours[[1]]), 2),
  `peer / ours, 2 threads` = shown(middle(peers[[2]] / ours[[2]]), 2),
  `ours, 1 / 2 threads` = shown(middle(ours[[1]] / ours[[2]]), 2),
  `peer, 1 / 2 threads` = shown(middle(peers[[1]] / peers[[2]]), 2), check.names = FALSE)

kernel_value <- function(kernel, of, value = "value") {
  found <- merge(of, subset(kernel_runs, what == kernel), sort = FALSE)
  found[[value]][match(do.call(paste, of), do.call(paste, found[names(of)]))]
}
layers <- unique(subset(kernel_runs, what == "forward", c(isa, rows, width)))
product_table <- data.frame(set = layers$isa, rows = layers$rows,
                            layer = paste(layers$width, "to", layers$width))
for (way in c("forward", "backward", "gradient")) {
  product_table[[way]] <- shown(kernel_value(way, layers), 0)
  product_table[[paste0(way, ", % of peak")]] <- percent(kernel_value(way, layers, "of_peak"))
}
set_table <- data.frame(set = sets, check.names = FALSE,
                        `peak, GFLOP/s` = shown(kernel_value("peak", data.frame(isa = sets)), 0))
for (kernel in c("silu", "exponentials", "adam"))
  set_table[[paste0(kernel, ", ns")]] <- shown(kernel_value(kernel, data.frame(isa = sets)), 2)

# ---- report --------------------------------------------------------------------------------
compiler_version <- system(paste(compiler, "--version"), intern = TRUE)[1]

lines <- c(
  sprintf("%s, `Rscript bench/speed/run.R%s`: medians of %d rounds, %d time%s of %g s each.",
          Sys.Date(), if (quick) " quick" else "", rounds, times, if (times > 1) "s" else "",
          seconds),
  sprintf("Processor: %s, %d cores, load %s before and %s after.", processor(),
          parallel::detectCores(), load_before, load_now()),
  sprintf("Ours: %s, `%s`, instruction set %s.", compiler_version,
          paste(flags, collapse = " "), sets[1]),
  about_peer(peer), "",
  "A step draws a batch, computes the InfoNCE-anchor loss (log score, all sub-sets of negatives)",
  "and its gradient, and moves Adam. Separable: two networks to 32 + 1 numbers; joint: one of all",
  "pairs; two hidden layers of 256, ReLU. `GFLOP/s` counts the products alone, `peak` is what a",
  "loop of nothing but multiplications and additions reaches on one core right after each run.",
  "Ratios are medians of paired runs' ratios, so they aren't exactly ratios of the medians beside",
  "them. One thread where nothing else is said; `1 / 2 threads` is how many times as fast two are.",
  "",
  "## Steps", "", markdown(step_table),
  if (length(others) > 0) c("## Steps with other instruction sets, one thread", "",
                            markdown(do.call(rbind, lapply(others, steps_of)))),
  "## Kernels, one core", "",
  "Best of five. Products in GFLOP/s, data in the nearest caches; the others in nanoseconds a",
  "number (silu with its slope, adam with its running average).", "",
  markdown(product_table), markdown(set_table))
lines <- lines[-length(lines)]
writeLines(lines)
dir.create("bench/results", showWarnings = FALSE)
writeLines(lines, "bench/results/speed.md")
