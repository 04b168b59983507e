# The critic that critic_auto() asks for, for one fold: normal scores of the columns, the
# Gaussian copula's log ratio in closed form, networks that learn what that leaves over, a mixture
# of normals, and non-negative weights for all of them together with an offset. The weights
# minimise the anchored log score of the choosing rows: it is strictly proper, so the best
# combination is the nearest to the log ratio, and it is convex in the weights, so there is one
# best.

# At most so many rows train, and so many weigh: more would change nothing but the time.
MOST_TRAINING <- 100000
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

  screened <- screened_columns(zx[is_train, , drop = FALSE], zy[is_train, , drop = FALSE],
                               control$threads)
  stack$gaussian <- if (critic$gaussian) {
    choose_gaussian(zx, zy, is_train, weighing, screened, objective)
  }
  stack$mixture <- if (critic$mixture) {
    choose_mixture(zx, zy, is_train, weighing, screened, stack$gaussian, objective,
                   control$threads)
  }
  known <- gaussian_known(stack$gaussian, zx, zy)
  stack$members <- fit_members(critic$networks, zx, zy, known, screened, stack$gaussian,
                               list(train = is_train, valid = is_valid, seed = task$seed),
                               objective, control, progress)
  parts <- stack_parts(stack, zx, zy, known, weighing)
  weighed <- weigh(parts, objective)
  stack$weights <- weighed$weights
  stack$offset <- weighed$offset
  # Weights that were fitted to these rows flatter themselves: Akaike's penalty.
  stack$score <- weighed$score + sum(weighed$weights > 0.01) / length(weighing)
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

# The Gaussian copula of all columns, of those that stand out, or none: which scores best.
choose_gaussian <- function(zx, zy, train, weighing, screened, objective) {
  zx_train <- zx[train, , drop = FALSE]
  zy_train <- zy[train, , drop = FALSE]
  out <- lengths(list(screened$x$out, screened$y$out))
  few <- all(out > 0) && sum(out) < ncol(zx) + ncol(zy)
  tried <- list(gaussian_fit(zx_train, zy_train),
                if (few) gaussian_fit(zx_train, zy_train, screened$x$out, screened$y$out))
  tried <- tried[!vapply(tried, is.null, NA)]
  weighed <- lapply(tried, function(gaussian) {
    known <- gaussian_known(gaussian, zx, zy)
    weigh(list(known_blocks(known, weighing)), objective)
  })
  losses <- vapply(weighed, `[[`, 1, "score")
  if (!any(losses < 0)) return(NULL)
  best <- which.min(losses)
  c(tried[[best]], scale = weighed[[best]]$weights)
}

known_matrix <- function(known, rows) {
  tcrossprod(known$x[rows, , drop = FALSE], known$y[rows, , drop = FALSE])
}

known_blocks <- function(known, rows) {
  lapply(row_blocks(rows, WEIGHING_BLOCK), function(block) known_matrix(known, block))
}

# Networks train at the same time, unless what they see takes much memory together.
MOST_TOGETHER <- 4e7 # numbers

fit_members <- function(names, zx, zy, known, screened, gaussian, rows, objective, control,
                        progress) {
  members <- lapply(names, function(name) {
    member <- auto_members()[[name]]
    columns <- if (member$few) "few" else "most"
    view <- function(z, side, weights, of) {
      view_fit(ncol(z), screened[[side]][[columns]], member$waves, weights, of)
    }
    list(name = name, view_x = view(zx, "x", gaussian$x, gaussian$columns_x),
         view_y = view(zy, "y", gaussian$y, gaussian$columns_y))
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
  together <- sum(numbers) * nrow(zx) <= MOST_TOGETHER
  trained <- if (together) train_networks(lapply(members, job), control$threads, progress)
             else lapply(members, function(m) {
               train_networks(list(job(m)), control$threads, progress)[[1]]
             })
  Map(function(member, trained) c(list(trained = trained), member), members, trained)
}

# ---- scores of a stack --------------------------------------------------------------------

member_features <- function(member, zx, zy, known) {
  list(x = cbind(view_apply(member$view_x, zx), known$x),
       y = cbind(view_apply(member$view_y, zy), known$y))
}

stack_pairs <- function(stack, x, y) {
  out <- numeric(nrow(x))
  for (rows in chunks(nrow(x))) {
    zx <- scores_apply(stack$scores_x, x[rows, , drop = FALSE])
    zy <- scores_apply(stack$scores_y, y[rows, , drop = FALSE])
    known <- gaussian_known(stack$gaussian, zx, zy)
    of_members <- vapply(stack$members, function(member) {
      f <- member_features(member, zx, zy, known)
      critic_pairs(member$trained, f$x, f$y)
    }, numeric(length(rows)))
    scores <- cbind(rowSums(known$x * known$y), mixture_pairs(stack$mixture, zx, zy),
                    matrix(of_members, length(rows)))
    out[rows] <- scores %*% stack$weights + stack$offset
  }
  out
}

chunks <- function(n, size = 20000) unname(split(seq_len(n), (seq_len(n) - 1) %/% size))

stack_matrix <- function(stack, x, y) {
  zx <- scores_apply(stack$scores_x, x)
  zy <- scores_apply(stack$scores_y, y)
  known <- gaussian_known(stack$gaussian, zx, zy)
  out <- stack$offset + stack$weights[1] * known_matrix(known, seq_len(nrow(x)))
  if (stack$weights[2] != 0) {
    out <- out + stack$weights[2] * mixture_matrix(stack$mixture, zx, zy)
  }
  for (i in seq_along(stack$members)) if (stack$weights[i + 2] != 0) {
    f <- member_features(stack$members[[i]], zx, zy, known)
    out <- out + stack$weights[i + 2] * critic_matrix(stack$members[[i]]$trained, f$x, f$y)
  }
  out
}

# For each part of a stack its scores of all pairs of the rows, block by block.
stack_parts <- function(stack, zx, zy, known, rows) {
  of_members <- lapply(stack$members, function(member) {
    f <- member_features(member, zx[rows, , drop = FALSE], zy[rows, , drop = FALSE],
                         list(x = known$x[rows, , drop = FALSE], y = known$y[rows, , drop = FALSE]))
    lapply(row_blocks(seq_along(rows), WEIGHING_BLOCK), function(b) {
      critic_matrix(member$trained, f$x[b, , drop = FALSE], f$y[b, , drop = FALSE])
    })
  })
  c(list(known_blocks(known, rows), mixture_blocks(stack$mixture, zx, zy, rows)), of_members)
}

# ---- weights ------------------------------------------------------------------------------

# Weights of parts and an offset, by the anchored log score of blocks of all pairs. A prior as
# strong as a row or two keeps them near an even mixture of the parts that are as good as the
# best: few rows say little about weights.
weigh <- function(parts, objective) {
  objective <- log_scored(anchored(objective))
  sizes <- vapply(parts[[1]], nrow, 1)
  share <- sizes / sum(sizes)
  losses <- function(blocks) {
    lapply(blocks, function(s) .Call(ffi_contrastive_loss, s, objective, NULL))
  }
  value <- function(of) sum(share * vapply(of, function(l) l$value, 1))
  independence <- value(losses(lapply(parts[[1]], function(s) 0 * s)))
  alone <- vapply(parts, function(blocks) value(losses(blocks)), 1) - independence
  prior <- exp(-sum(sizes) * (alone - min(alone)) / 4)
  prior <- prior / sum(prior)
  strength <- 1 / sum(sizes)
  count <- length(parts)
  evaluate <- function(w) {
    mixed <- lapply(seq_along(share), function(b) {
      total <- w[count + 1]
      for (i in seq_len(count)) total <- total + w[i] * parts[[i]][[b]]
      total
    })
    of <- losses(mixed)
    slopes <- vapply(seq_len(count), function(i) {
      sum(share * mapply(function(l, s) sum(l$gradient * s), of, parts[[i]]))
    }, 1)
    by_offset <- sum(share * vapply(of, function(l) sum(l$gradient), 1))
    apart <- w - c(prior, 0)
    list(w = w, score = value(of) - independence,
         value = value(of) + strength * sum(apart^2),
         gradient = c(slopes, by_offset) + 2 * strength * apart)
  }
  last <- evaluate(c(prior, 0))
  at <- function(w) {
    if (!identical(w, last$w)) last <<- evaluate(w)
    last
  }
  found <- stats::optim(c(prior, 0), function(w) at(w)$value, function(w) at(w)$gradient,
                        method = "L-BFGS-B", lower = c(rep(0, count), -3), upper = 3,
                        control = list(maxit = 50))
  best <- at(found$par)
  list(weights = best$w[seq_len(count)], offset = best$w[count + 1], score = best$score,
       member_scores = alone)
}

# What weighs is anchored, whatever trained.
anchored <- function(objective) {
  if (objective$core$kind == "anchor" && objective$core$nu > 0) objective
  else objective_anchor(nu = 10)
}
