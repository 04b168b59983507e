# The critic that critic_auto() asks for, for one fold: normal scores of the columns, closed
# forms, networks that learn what the best inner product among these leaves over, and non-negative
# weights for all of them together with an offset. The weights minimise the anchored log score of
# the choosing rows: it is strictly proper, so the best combination is the nearest to the log ratio,
# and it is convex in the weights, so there is one best.

# At most so many rows train, look for columns that stand out, stop networks, and weigh: more
# would change nothing but the time.
MOST_TRAINING <- 100000
LEAST_TRAINING <- 100 # rows for networks, where there are closed forms
MOST_SCREENING <- 20000
MOST_STOPPING <- 2000
MOST_WEIGHING <- 1500
WEIGHING_BLOCK <- 125

fit_auto <- function(x, y, task, critic, objective, control, progress = NULL) {
  train <- head_rows(task$train, MOST_TRAINING)
  rows <- c(train, task$valid)
  is_train <- seq_along(train)
  is_valid <- length(train) + seq_along(task$valid)
  scores_x <- scores_fit(x, train)
  scores_y <- scores_fit(y, train)
  zx <- scores_apply(scores_x, x[rows, , drop = FALSE])
  zy <- scores_apply(scores_y, y[rows, , drop = FALSE])
  stack <- list(spec = list(kind = "auto"), scores_x = scores_x, scores_y = scores_y)
  weighing <- head_rows(is_valid, MOST_WEIGHING)

  looked_at <- head_rows(is_train, MOST_SCREENING)
  screened <- screened_columns(zx[looked_at, , drop = FALSE], zy[looked_at, , drop = FALSE],
                               control$threads)
  stack$forms <- choose_forms(critic$closed_forms, list(
    zx = zx, zy = zy, scores_x = scores_x, scores_y = scores_y, train = is_train,
    weighing = weighing, screened = screened,
    objective = objective, threads = control$threads))
  known <- base_known(stack, zx, zy)
  networks <- critic$networks
  if (length(train) < LEAST_TRAINING && length(critic$closed_forms) > 0) networks <- character()
  stack$members <- fit_members(networks, zx, zy, known, screened, stack$forms$gaussian,
                               list(train = is_train, valid = head_rows(is_valid, MOST_STOPPING),
                                    seed = task$seed),
                               objective, control, progress)
  parts <- stack_parts(stack, zx, zy, known, weighing)
  weighed <- weigh(parts, objective, control$threads)
  stack$weights <- stats::setNames(numeric(length(critic$closed_forms) + length(critic$networks)),
                                   c(critic$closed_forms, critic$networks))
  stack$weights[names(parts)] <- weighed$weights
  stack$offset <- weighed$offset
  # Weights that were fitted to these rows flatter themselves, and so do parts that they chose:
  # Akaike's count of both. Where the fold's rows reject independence by the score test, which needs
  # fewer, it is the weights alone, as many as were fitted in effect.
  count <- 2 * sum(weighed$weights > 0.01)
  if (weighed$score * length(weighing) + count >= 0 && rejects_independence(zx, zy)) {
    count <- weights_fitted(parts, weighed, objective, control$threads)
  }
  stack$score <- weighed$score + count / length(weighing)
  steps <- function(what) vapply(stack$members, function(m) m$trained[[what]], 1)
  stack$best_step <- max(steps("best_step"), 0)
  stack$steps <- sum(steps("steps"))
  stops <- vapply(stack$members, function(m) m$trained$stop, "")
  stack$stop <- c(intersect(c("max_steps", "diverged", "patience"), stops), "patience")[1]
  stack
}

# Training rows come in the order of the data, which may mean something.
head_rows <- function(rows, most) {
  if (length(rows) <= most) rows else rows[round(seq(1, length(rows), length.out = most))]
}

# The same of so many numbers as `columns` leave room for, between the least and the most rows.
rows_for <- function(rows, columns, numbers, least, most) {
  head_rows(rows, max(least, min(most, numbers / columns)))
}

# Where networks begin: the better of the two forms that are inner products, which the core takes
# as known, at the weight at which it scores best.
base_known <- function(stack, zx, zy) {
  base <- if (is.null(stack$forms$nonlinear)) stack$forms$gaussian else stack$forms$nonlinear
  known <- gaussian_known(base, zx, zy)
  if (!is.null(base)) known$x <- base$scale * known$x
  known
}

# Networks train at the same time, unless what they see takes much memory together.
MOST_TOGETHER <- 4e7 # numbers

fit_members <- function(names, zx, zy, known, screened, gaussian, rows, objective, control,
                        progress) {
  members <- lapply(names, function(name) {
    member <- auto_members()[[name]]
    columns <- if (member$few) "few" else "most"
    list(name = name,
         view_x = view_fit(ncol(zx), screened$x[[columns]], member$waves, gaussian$x,
                           gaussian$columns_x),
         view_y = view_fit(ncol(zy), screened$y[[columns]], member$waves, gaussian$y,
                           gaussian$columns_y))
  })
  job <- function(member) {
    setting <- auto_members()[[member$name]]
    features <- member_features(member, zx, zy, known)
    for (rate in c("learn_rate", "weight_decay")) {
      if (is.null(control[[rate]])) control[[rate]] <- setting[[rate]]
    }
    control$batch_size <- max(2, round(setting$batch * control$batch_size))
    control$patience <- ceiling(control$patience / 2) # the stack makes up for it
    network_job(features$x, features$y, rows, setting$critic, objective, control,
                standardise = FALSE, known = ncol(known$x))
  }
  numbers <- vapply(members, function(m) view_size(m$view_x) + view_size(m$view_y), 1)
  groups <- if (sum(numbers) * nrow(zx) <= MOST_TOGETHER) list(members) else lapply(members, list)
  trained <- do.call(c, lapply(groups, function(group) {
    train_networks(lapply(group, job), control$threads, progress)
  }))
  Map(function(member, trained) c(list(trained = trained), member), members, trained)
}

# ---- scores of a stack --------------------------------------------------------------------

member_features <- function(member, zx, zy, known) {
  list(x = view_apply(member$view_x, zx, known$x), y = view_apply(member$view_y, zy, known$y))
}

stack_pairs <- function(stack, x, y) {
  out <- numeric(nrow(x))
  for (rows in chunks(nrow(x))) {
    zx <- scores_apply(stack$scores_x, x[rows, , drop = FALSE])
    zy <- scores_apply(stack$scores_y, y[rows, , drop = FALSE])
    out[rows] <- stack_sum(stack, zx, zy, form_pairs, critic_pairs, numeric(length(rows)))
  }
  out
}

chunks <- function(n, size = 20000) unname(split(seq_len(n), (seq_len(n) - 1) %/% size))

stack_matrix <- function(stack, x, y) {
  stack_sum(stack, scores_apply(stack$scores_x, x), scores_apply(stack$scores_y, y),
            form_matrix, critic_matrix, matrix(0, nrow(x), nrow(x)))
}

# The weighted sum of its parts' log ratios, of pairs or matrices; `zero`: one of their shape.
stack_sum <- function(stack, zx, zy, of_form, of_critic, zero) {
  out <- zero + stack$offset
  for (name in names(stack$forms)) if (stack$weights[[name]] != 0) {
    out <- out + stack$weights[[name]] * of_form(name, stack$forms[[name]], zx, zy)
  }
  used <- Filter(function(member) stack$weights[[member$name]] != 0, stack$members)
  if (length(used) > 0) known <- base_known(stack, zx, zy)
  for (member in used) {
    f <- member_features(member, zx, zy, known)
    out <- out + stack$weights[[member$name]] * of_critic(member$trained, f$x, f$y)
  }
  out
}

# For each part of a stack, by name, its scores of all pairs of the rows, block by block.
stack_parts <- function(stack, zx, zy, known, rows) {
  of_forms <- Map(function(name, form) form_blocks(name, form, zx, zy, rows),
                  names(stack$forms), stack$forms)
  of_members <- lapply(stack$members, function(member) {
    f <- member_features(member, zx[rows, , drop = FALSE], zy[rows, , drop = FALSE],
                         list(x = known$x[rows, , drop = FALSE], y = known$y[rows, , drop = FALSE]))
    lapply(row_blocks(seq_along(rows), WEIGHING_BLOCK), function(b) {
      critic_matrix(member$trained, f$x[b, , drop = FALSE], f$y[b, , drop = FALSE])
    })
  })
  c(of_forms, stats::setNames(of_members, vapply(stack$members, `[[`, "", "name")))
}

# ---- weights ------------------------------------------------------------------------------

# Weights of parts and an offset, by the anchored log score of blocks of all pairs. A prior as
# strong as a row or two keeps them near an even mixture of the parts that are as good as the
# best: few rows say little about weights.
weigh <- function(parts, objective, threads = 1) {
  if (length(parts) == 0) return(list(weights = numeric(), offset = 0, score = 0))
  objective <- log_scored(anchored(objective))
  count <- length(parts)
  rows <- parts_rows(parts)
  loss <- function(weights, of = parts) .Call(ffi_stack_loss, of, weights, objective, threads)
  independence <- loss(numeric(count + 1))$value
  alone <- vapply(parts, function(blocks) loss(c(1, 0), list(blocks))$value, 1) - independence
  prior <- exp(-rows * (alone - min(alone)) / 4)
  prior <- c(prior / sum(prior), 0)
  evaluate <- function(w) {
    at <- loss(w)
    list(w = w, score = at$value - independence, value = at$value + sum((w - prior)^2) / rows,
         gradient = at$slopes + 2 * (w - prior) / rows)
  }
  last <- evaluate(prior)
  at <- function(w) {
    if (!identical(w, last$w)) last <<- evaluate(w)
    last
  }
  found <- stats::optim(prior, function(w) at(w)$value, function(w) at(w)$gradient,
                        method = "L-BFGS-B", lower = c(rep(0, count), -3), upper = 3,
                        control = list(maxit = 50))
  best <- at(found$par)
  list(weights = best$w[seq_len(count)], offset = best$w[count + 1], score = best$score,
       member_scores = alone)
}

parts_rows <- function(parts) sum(vapply(parts[[1]], nrow, 1))

# How many weights were fitted, in effect: Akaike's count, less what the prior takes of it. By the
# curvature of the loss along those that are free.
weights_fitted <- function(parts, weighed, objective, threads = 1) {
  if (length(parts) == 0) return(0)
  objective <- log_scored(anchored(objective))
  w <- c(weighed$weights, weighed$offset)
  slopes <- function(w) .Call(ffi_stack_loss, parts, w, objective, threads)$slopes
  free <- which(w > 0 | seq_along(w) == length(w))
  step <- 1e-3
  here <- slopes(w)
  curvature <- vapply(free, function(j) {
    (slopes(replace(w, j, w[j] + step)) - here)[free] / step
  }, numeric(length(free)))
  values <- eigen(curvature, symmetric = TRUE, only.values = TRUE)$values
  sum(pmax(values, 0) / (pmax(values, 0) + 2 / parts_rows(parts)))
}

# The score test of a fold's rows at a level of two in a hundred, by shifts of y against x, which
# need no random numbers.
MOST_TESTED <- 1000
MOST_SHIFTS <- 200

rejects_independence <- function(zx, zy) {
  rows <- head_rows(seq_len(nrow(zx)), MOST_TESTED)
  n <- length(rows)
  by <- c(0, head_rows(seq_len(n - 1), MOST_SHIFTS))
  scored <- score_test(
    zx[rows, , drop = FALSE], zy[rows, , drop = FALSE], length(by),
    permutations = function(j) outer(seq_len(n) - 1, by[j], function(i, by) (i + by) %% n + 1))
  statistics <- harmonic(scored, attr(scored, "counts"))
  mean(statistics >= statistics[1]) <= 0.02
}

# What weighs is anchored, whatever trained.
anchored <- function(objective) {
  if (objective$core$kind == "anchor" && objective$core$nu > 0) objective
  else objective_anchor(nu = 10)
}
