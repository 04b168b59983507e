# The critic that critic_auto() asks for, for one fold: normal scores of the columns, closed
# forms, networks that learn what the best inner product among these leaves over, and non-negative
# weights for all of them together with an offset. The weights minimise the anchored log score of
# the choosing rows: it is strictly proper, so the best combination is the nearest to the log ratio,
# and it is convex in the weights, so there is one best. Of many rows more choose than that takes;
# all of them level the sum, for what is wrong with its offset is wrong with the estimate.
#
# Of few rows several parts take turns at choosing (plan.R). Closed forms, which are quick, are
# fitted in each turn and weighed by the choosing rows of all. Networks train in the first turn, and
# are weighed beside what the closed forms together say.

# At most so many rows train and look for columns that stand out: more would change nothing but the
# time.
MOST_TRAINING <- 100000
LEAST_TRAINING <- 200 # rows for networks, where there are closed forms
MOST_SCREENING <- 20000
WEIGHING_BLOCK <- 125   # at least so many serve one another as candidates, if there are
WEIGHING_PAIRS <- 2e5   # more, as long as there are no more pairs than this

fit_auto <- function(x, y, task, critic, objective, control, progress = NULL) {
  threads <- control$threads
  alike <- task$alike %||% 1 # rows that are worth one
  forms <- critic$closed_forms
  networks <- of_rows(critic, length(task$train))$networks
  turns <- if (length(forms) > 0) task$turns
  if (length(turns) == 0) turns <- list(task)
  fitted <- lapply(seq_along(turns), function(t) {
    fit_turn(x, y, turns[[t]], task$seed, forms, if (t == 1) networks, objective, control, progress)
  })
  stack <- list(spec = list(kind = "auto"), turns = lapply(fitted, `[[`, "turn"))
  of_turns <- lapply(fitted, `[[`, "parts")
  several <- length(turns) > 1
  parts <- parts_together(of_turns, c(forms, if (!several) networks))
  weighed <- weigh(parts, threads)
  weighed$score <- weighed$score + flattery(
    parts, weighed, length(turns), threads, alike,
    rejected = rejects_independence(x, y, task$apart %||% c(task$train, task$valid)))
  if (several && length(networks) > 0) {
    weighed <- weigh_networks(weighed, of_turns[[1]], networks, threads, alike)
  }
  stack$weights <- stats::setNames(numeric(length(c(forms, critic$networks))),
                                   c(forms, critic$networks))
  stack$weights[names(weighed$weights)] <- weighed$weights
  stack[c("offset", "score", "brought")] <- weighed[c("offset", "score", "brought")]
  if (length(task$valid) > length(choosers(task))) {
    weighed <- level(stack, x, y, task$valid, threads)
    slope <- weighed$weights[["sum"]]
    stack$weights <- slope * stack$weights
    stack$offset <- slope * stack$offset + weighed$offset
  }
  stack$error <- level_error(weighed, alike, threads)
  stack <- settled(stack, mean_pairs(list(weighed$sum), c(1, 0)))
  stack$floor <- lowest_log_ratio(task)
  members <- stack$turns[[1]]$members
  steps <- function(what) vapply(members, function(m) m$trained[[what]], 1)
  stack$best_step <- max(steps("best_step"), 0)
  stack$steps <- sum(steps("steps"))
  stops <- vapply(members, function(m) m$trained$stop, "")
  stack$stop <- c(intersect(c("max_steps", "diverged", "patience"), stops), "untrained")[1]
  stack
}

# The parts of a stack, of one turn's rows: `turn`, which scores any rows, and their scores of the
# choosing rows (`parts`).
fit_turn <- function(x, y, rows, seed, closed_forms, networks, objective, control, progress) {
  train <- head_rows(rows$train, MOST_TRAINING)
  valid <- choosers(rows)
  is_train <- seq_along(train)
  is_valid <- length(train) + seq_along(valid)
  looked_at <- head_rows(is_train, MOST_SCREENING)
  collect_garbage(length(train))
  scored <- function(block) {
    scores <- scores_fit(block, train)
    z <- scores_apply(scores, block[c(train, valid), , drop = FALSE])
    scores <- principal_fit(scores, z[looked_at, , drop = FALSE], control$threads)
    list(scores = scores, z = principal_apply(scores, z))
  }
  of_x <- scored(x)
  of_y <- scored(y)
  zx <- of_x$z
  zy <- of_y$z
  screened <- screened_columns(zx[looked_at, , drop = FALSE], zy[looked_at, , drop = FALSE],
                               lapply(list(x = of_x$scores, y = of_y$scores), principal_columns),
                               control$threads)
  collect_garbage(length(train))
  fold <- list(zx = zx, zy = zy, scores_x = of_x$scores, scores_y = of_y$scores,
               train = is_train, weighing = is_valid, screened = screened,
               threads = control$threads)
  forms <- choose_forms(intersect(closed_forms, BEGINNINGS), fold)
  members <- fit_members(
    networks, zx, zy, forms, screened,
    list(train = is_train, valid = is_valid, seed = seed), objective, control, progress,
    meanwhile = function() forms <<- choose_forms(setdiff(closed_forms, BEGINNINGS), fold, forms))
  turn <- list(scores_x = of_x$scores, scores_y = of_y$scores, forms = forms, members = members)
  list(turn = turn, parts = turn_parts(turn, zx, zy, is_valid, control$threads))
}

# Networks train at the same time, unless what they see takes much memory together; `meanwhile` is
# called once, as the first of them begin.
MOST_TOGETHER <- 4e7 # numbers
# Nats that all choosing rows together must gain for training to go on.
WORTH_WAITING <- 0.5
# Of more rows there is more to learn, edges above all, and it takes longer: by the root.
USUAL_TRAINING <- 8000

# Rows for each column; with fewer, networks look at those that stand out.
ENOUGH_FOR_MOST <- 100
ENOUGH_FOR_TWICE <- 1000 # where these are half of all, or less

fit_members <- function(names, zx, zy, forms, screened, rows, objective, control, progress,
                        meanwhile) {
  count <- function(which) length(screened$x[[which]]) + length(screened$y[[which]])
  enough <- if (2 * count("some") <= count("most")) ENOUGH_FOR_TWICE else ENOUGH_FOR_MOST
  gaussian <- forms$gaussian
  plain <- if (length(rows$train) < enough * count("most")) "some" else "most"
  # from the last on, which take longest
  members <- lapply(rev(names), function(name) {
    waves <- auto_members()[[name]]$waves
    columns <- if (waves) "few" else plain
    list(name = name,
         view_x = view_fit(ncol(zx), screened$x[[columns]], waves, gaussian$x,
                           gaussian$columns_x),
         view_y = view_fit(ncol(zy), screened$y[[columns]], waves, gaussian$y,
                           gaussian$columns_y))
  })
  train_members(members, zx, zy, forms, rows, objective, control, progress, meanwhile)
}

train_members <- function(members, zx, zy, forms, rows, objective, control, progress,
                          meanwhile = NULL) {
  longer <- max(1, sqrt(length(rows$train) / USUAL_TRAINING))
  job <- function(member, features) {
    setting <- auto_members()[[member$name]]
    setting$min_delta <- WORTH_WAITING / length(rows$valid)
    for (what in c("learn_rate", "weight_decay", "min_delta")) {
      if (is.null(control[[what]])) control[[what]] <- setting[[what]]
    }
    control$batch_size <- max(2, round(setting$batch * control$batch_size))
    control$check_every <- setting$check_every * control$check_every
    control$max_steps <- ceiling(longer * control$max_steps)
    control$patience <- ceiling(longer * setting$patience * control$patience / setting$check_every)
    control$drops <- setting$drops * control$drops
    network_job(features$x, features$y, rows, setting$critic, objective, control,
                standardise = FALSE, known = features$known)
  }
  numbers <- vapply(members, function(m) view_size(m$view_x) + view_size(m$view_y), 1)
  groups <- if (sum(numbers) * nrow(zx) <= MOST_TOGETHER) list(members) else lapply(members, list)
  trained <- do.call(c, lapply(seq_along(groups), function(g) {
    jobs <- for_members(groups[[g]], forms, zx, zy, job)
    train_networks(jobs, control$threads, progress, if (g == 1) meanwhile)
  }))
  Map(function(member, trained) c(list(trained = trained), member), members, trained)
}

# ---- scores of a stack --------------------------------------------------------------------

# Where a network begins.
beginning <- function(name, forms) forms[[auto_members()[[name]]$begins]] %||% forms$gaussian

# What `f` says of each member and the features that it sees, the last of which (`known`, so many)
# make the log ratio where it begins, at the weight at which that scores best, as an inner product.
# What members share is computed once.
for_members <- function(members, forms, zx, zy, f) {
  out <- vector("list", length(members))
  for (begin in same_items(lapply(members, function(member) beginning(member$name, forms)))) {
    form <- beginning(members[[begin[1]]]$name, forms)
    known <- gaussian_known(form, zx, zy)
    if (!is.null(form)) known$x <- form$scale * known$x
    for (see in same_items(lapply(members[begin], `[`, c("view_x", "view_y")))) {
      member <- members[[begin[see[1]]]]
      collect_garbage(nrow(zx))
      features <- list(x = view_apply(member$view_x, zx, known$x),
                       y = view_apply(member$view_y, zy, known$y), known = ncol(known$x))
      out[begin[see]] <- lapply(members[begin[see]], f, features)
    }
  }
  out
}

# Which items are the same: their numbers, together.
same_items <- function(items) {
  split(seq_along(items), vapply(items, function(one) {
    which(vapply(items, identical, NA, one))[1]
  }, 1L))
}

stack_pairs <- function(stack, x, y, threads) {
  out <- numeric(nrow(x))
  for (rows in chunks(nrow(x))) {
    of_rows <- stack_sum(stack, x[rows, , drop = FALSE], y[rows, , drop = FALSE],
                         function(...) list(form_pairs(...)),
                         function(...) list(critic_pairs(..., threads)),
                         list(numeric(length(rows))))
    out[rows] <- of_rows[[1]]
  }
  out
}

stack_blocks <- function(stack, x, y, blocks, threads) {
  stack_sum(stack, x, y, function(...) form_blocks(..., blocks),
            function(...) critic_blocks(..., blocks, threads), independence_blocks(blocks))
}

independence_blocks <- function(blocks) {
  lapply(blocks, function(rows) matrix(0, length(rows), length(rows)))
}

# The weighted sum of its parts' log ratios, of pairs or of blocks, in a list, closed forms' being
# means over turns; `zero`: such a list of zeros.
stack_sum <- function(stack, x, y, of_form, of_critic, zero) {
  out <- zero
  weights <- stack$weights
  plus <- function(out, weight, parts) Map(function(a, b) a + weight * b, out, parts)
  for (turn in stack$turns) {
    zx <- scores_apply(turn$scores_x, x)
    zy <- scores_apply(turn$scores_y, y)
    for (name in names(turn$forms)) if (weights[[name]] != 0) {
      out <- plus(out, weights[[name]] / length(stack$turns),
                  of_form(name, turn$forms[[name]], zx, zy))
    }
    used <- Filter(function(member) weights[[member$name]] != 0, turn$members)
    of_members <- for_members(used, turn$forms, zx, zy, function(member, features) {
      of_critic(member$trained, features$x, features$y)
    })
    for (m in seq_along(used)) out <- plus(out, weights[[used[[m]]$name]], of_members[[m]])
  }
  lapply(out, function(sum) pmax(sum + stack$offset, stack$floor %||% -Inf))
}

# A stack of one turn only; of all of them it is the mean.
turn_alone <- function(stack, t) {
  networks <- vapply(stack$turns[[t]]$members, `[[`, "", "name")
  stack$weights[networks] <- length(stack$turns) * stack$weights[networks]
  stack$turns <- stack$turns[t]
  stack
}

# Of a true density ratio r, a pair has log r < -t with probability exp(-t) at most, so that among
# n rows less than -log(n) is hardly seen; where closed forms and networks extrapolate, they may say
# -200. Not to believe them costs a nat in n rows at most, and normalisation 1/n.
lowest_log_ratio <- function(task) -log(length(task$train) + length(task$valid))

# For each part of a turn (of its closed forms, those in `forms`), by name, its scores of all pairs
# of the rows, block by block; and those of `independence`.
turn_parts <- function(turn, zx, zy, rows, threads, forms = turn$forms) {
  blocks <- weighing_blocks(seq_along(rows))
  of_rows <- function(z) z[rows, , drop = FALSE]
  zx <- of_rows(zx)
  zy <- of_rows(zy)
  of_forms <- Map(function(name, form) form_blocks(name, form, zx, zy, blocks),
                  names(forms), forms)
  of_members <- for_members(turn$members, turn$forms, zx, zy, function(member, features) {
    critic_blocks(member$trained, features$x, features$y, blocks, threads)
  })
  c(of_forms, stats::setNames(of_members, vapply(turn$members, `[[`, "", "name")),
    list(independence = independence_blocks(blocks)))
}

weighing_blocks <- function(rows) {
  row_blocks(rows, max(WEIGHING_BLOCK, min(length(rows), WEIGHING_PAIRS %/% length(rows))))
}

# The blocks of all turns, for each of the parts `wanted` that any turn has; where one found
# nothing, it is independence there.
parts_together <- function(turns, wanted) {
  found <- intersect(wanted, unlist(lapply(turns, names)))
  blocks <- lapply(found, function(name) {
    do.call(c, lapply(turns, function(parts) parts[[name]] %||% parts$independence))
  })
  stats::setNames(blocks, found)
}

# ---- weights ------------------------------------------------------------------------------

# Weights of parts and an offset, by the anchored log score of blocks of all pairs. A prior as
# strong as a row or two keeps them near an even mixture of the parts that are as good as the
# best: few rows say little about weights.
#
# nu is K, so that the anchor is as likely as the pair: whatever trained, what is wanted here is
# the ratio's scale, of which a small nu says little (at nu = 0 nothing), so that parts which are
# good at telling pairs apart are taken for good ratios, and the sum is too large. Beyond its nu a
# score hardly tells how large a ratio is, so where ratios are larger yet, weights are fitted with
# a nu that grows with them (LARGE: as good from a half to three quarters); one as large as the
# ratios would have few independent pairs decide. Scores are by the first nu, to be compared with
# others.
LARGE <- 2 / 3 # log nu, of the mean log ratio
MOST_NU <- 1e6

weigh <- function(parts, threads = 1) {
  if (length(parts) == 0) return(list(weights = numeric(), offset = 0, score = 0, sum = list()))
  count <- length(parts)
  loss <- weighing_loss(parts, threads)
  alone <- vapply(seq_along(parts), function(p) loss(c(1, 0), p)$value, 1)
  prior <- exp(-parts_rows(parts) * (alone - min(alone)) / 4)
  prior <- c(prior / sum(prior), 0)
  best <- fit_weights(loss, prior, prior, parts_rows(parts))
  score <- loss(best)$value
  nu <- min(exp(LARGE * mean_pairs(parts, best)), MOST_NU)
  if (nu > candidates(parts)) {
    best <- fit_weights(weighing_loss(parts, threads, nu), best, prior, parts_rows(parts))
  }
  list(weights = stats::setNames(best[seq_len(count)], names(parts)), offset = best[[count + 1]],
       score = score, sum = sum_of(parts, best), nu = max(nu, candidates(parts)))
}

# Blocks of the weighted sum of parts and, if there is one behind the weights, the offset.
sum_of <- function(parts, weights) {
  weights <- c(weights, 0)
  lapply(seq_along(parts[[1]]), function(b) {
    out <- parts[[1]][[b]] * weights[1] + weights[length(parts) + 1]
    for (p in seq_along(parts)[-1]) out <- out + weights[p] * parts[[p]][[b]]
    out
  })
}

candidates <- function(parts) max(1, nrow(parts[[1]][[1]]) - 1)

# The loss of weighted parts and an offset (the last of `weights`), as minus the bound that it gives
# for the mutual information: nats a row, 0 at independence. `of`: of some parts alone.
weighing_loss <- function(parts, threads, nu = candidates(parts)) {
  objective <- objective_anchor(nu = nu)
  scale <- 1 + nu / candidates(parts)
  by_row <- lapply(parts, lapply, t)
  raw <- function(weights, of) .Call(ffi_stack_loss, by_row[of], weights, objective, threads)
  independence <- raw(c(0, 0), 1)$value
  function(weights, of = seq_along(parts)) {
    at <- raw(weights, of)
    list(value = scale * (at$value - independence), slopes = scale * at$slopes)
  }
}

# How a critic of any kind does on the choosing rows, by the score that stacks have.
weighing_score <- function(trained, x, y, task, threads) {
  of_ratio(trained, x, y, function(critic, x, y) {
    blocks <- blocks_of_rows(critic, x, y, choosers(task), weighing_blocks, threads)
    weighing_loss(list(blocks), threads)(c(1, 0))$value
  })
}

# The weights and, last, the offset that score best, prior included; to a millionth of a nat, or
# less of many rows, which can tell more.
fit_weights <- function(loss, start, prior, rows) {
  evaluate <- function(w) {
    at <- loss(w)
    list(w = w, value = at$value + sum((w - prior)^2) / rows,
         gradient = at$slopes + 2 * (w - prior) / rows)
  }
  last <- evaluate(start)
  at <- function(w) {
    if (!identical(w, last$w)) last <<- evaluate(w)
    last
  }
  stats::optim(start, function(w) at(w)$value, function(w) at(w)$gradient, method = "L-BFGS-B",
               lower = c(rep(0, length(start) - 1), -3), upper = 3,
               control = list(maxit = 50,
                              factr = min(1e-6, 1e-3 / rows) / .Machine$double.eps))$par
}

# The mean log ratio of pairs, of parts together.
mean_pairs <- function(parts, weights) {
  of_part <- function(blocks) sum(vapply(blocks, function(block) sum(diag(block)), 1))
  sum(weights[seq_along(parts)] * vapply(parts, of_part, 1)) / parts_rows(parts) +
    weights[length(parts) + 1]
}

# Where more rows choose than weights need: a slope of the stack, and an offset, by all of them. (At
# the log ratio itself that is all that matters: with the best offset a sum whose weights are a
# little wrong has the same mean.)
level <- function(stack, x, y, rows, threads) {
  blocks <- blocks_of_rows(stack, x, y, rows, weighing_blocks, threads)
  collect_garbage(nrow(x))
  weigh(list(sum = blocks), threads)
}

# The standard error that slope and offset, which were fitted to some rows, bring to the mean log
# ratio of others, by the influence of these rows (M-estimation): as x, their losses' derivatives
# along the direction that matters; as the others' candidate, that of their weight among candidates.
# What pairs scatter by themselves is in both, so it is taken off once. 0 where scores are too large
# to tell.
level_error <- function(weighed, alike, threads) {
  blocks <- weighed$sum
  if (length(blocks) == 0) return(0)
  parts <- list(blocks)
  loss <- weighing_loss(parts, threads, weighed$nu)
  difference <- function(f, by) (f(by) - f(-by)) / (2 * by)
  curvature <- vapply(1:2, function(j) {
    difference(function(by) loss(replace(c(1, 0), j, c(1, 0)[j] + by))$slopes, 1e-3)
  }, numeric(2))
  curvature <- curvature + diag(2 / parts_rows(parts), 2) # the prior's
  if (!all(is.finite(curvature))) return(0)
  along <- solve(curvature, c(mean_pairs(parts, c(1, 0)), 1))
  objective <- objective_anchor(nu = weighed$nu)
  scale <- 1 + weighed$nu / candidates(parts)
  squares <- vapply(blocks, function(s) {
    move <- along[1] * s + along[2]
    gradient <- function(by) {
      scale * nrow(s) * .Call(ffi_contrastive_loss, s + by * move, objective, NULL)$gradient
    }
    as_x <- rowSums(gradient(0) * move)
    pairs <- difference(gradient, 1e-4 / max(1, abs(move)))
    diag(pairs) <- NA
    pairs <- pairs - mean(pairs, na.rm = TRUE)
    diag(pairs) <- 0
    c(sum(as_x^2), sum((as_x + colSums(pairs))^2) - sum(pairs^2))
  }, numeric(2))
  error <- sqrt(max(rowSums(squares)) * alike) / parts_rows(parts)
  if (is.finite(error)) error else 0
}

# Closed forms are log ratios of distributions, and networks begin at them: of those that are right
# weights add up to 1 and there is no offset. What the mean of the sum (`mean`) owes to weights that
# don't, and to an offset, counts as far as it is more than chance, by the stack's error (James and
# Stein); where chance is small beside the mean: else 1 would be within it whatever was learnt.
SMALL_CHANCE <- 0.05 # of the mean

settled <- function(stack, mean) {
  total <- sum(stack$weights)
  if (total == 0 || stack$error == 0 || mean <= 0) return(stack)
  owed <- mean - (mean - stack$offset) / total
  chance <- min(1, (stack$error / owed)^2) * max(0, 1 - (stack$error / (SMALL_CHANCE * mean))^2)
  stack$weights <- stack$weights * (1 - chance + chance / total)
  stack$offset <- (1 - chance) * stack$offset
  stack
}

# By how much, a row, a score is too good because weights were fitted to these rows and parts were
# chosen by them, in each turn anew: Akaike's count of both. Where the fold's rows `rejected`
# independence by the score test (evaluated only if it matters), which needs fewer of them, it is
# the weights alone, as many as were fitted in effect. `alike`: rows that are worth one.
flattery <- function(parts, weighed, turns, threads, alike, rejected) {
  rows <- max(1, parts_rows(parts)) / alike
  count <- 2 * turns * sum(weighed$weights > 0.01)
  if (weighed$score * rows + count >= 0 && rejected) {
    count <- weights_fitted(parts, weighed, threads)
  }
  count / rows
}

# What networks bring to closed forms that were weighed already, by the first turn's `parts`; as it
# was where it is next to nothing.
LEAST_BROUGHT <- 2 # nats that all rows together gain

weigh_networks <- function(weighed, parts, networks, threads = 1, alike = 1) {
  found <- intersect(names(weighed$weights), names(parts))
  closed <- sum_of(parts[c("independence", found)], c(0, weighed$weights[found]))
  alone <- weigh(list(closed = closed), threads)
  both <- weigh(c(list(closed = closed), parts[networks]), threads)
  rows <- parts_rows(list(closed)) / alike
  if ((alone$score - both$score) * rows < LEAST_BROUGHT) return(weighed)
  list(weights = c(weighed$weights * both$weights[["closed"]], both$weights[networks]),
       offset = both$offset, sum = both$sum, nu = both$nu, brought = alone$score - both$score,
       score = min(weighed$score, both$score + 2 * sum(both$weights > 0.01) / rows))
}

parts_rows <- function(parts) {
  if (length(parts) == 0) 0 else sum(vapply(parts[[1]], nrow, 1))
}

# How many weights were fitted, in effect: Akaike's count, less what the prior takes of it. By the
# curvature of the loss along those that are free.
weights_fitted <- function(parts, weighed, threads = 1) {
  if (length(parts) == 0) return(0)
  loss <- weighing_loss(parts, threads)
  slopes <- function(w) loss(w)$slopes
  w <- c(weighed$weights, weighed$offset)
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
# need no random numbers, and of which many columns, where they take long, have no more than that
# level needs; of fewer than fifty rows, which have fewer shifts, at that of one of them.
MOST_TESTED <- 1000
LEAST_TESTED <- 20
MOST_SHIFTS <- c(200, 50)
SHIFTED_CELLS <- 2e7 # pairs of columns, of all shifts together

rejects_independence <- function(x, y, rows) {
  rows <- head_rows(unique(rows), MOST_TESTED) # weights draw some twice
  n <- length(rows)
  if (n < LEAST_TESTED) return(FALSE)
  room <- SHIFTED_CELLS %/% (as.numeric(ncol(x)) * ncol(y))
  shifts <- min(max(room, MOST_SHIFTS[2]), MOST_SHIFTS[1])
  by <- c(0, head_rows(seq_len(n - 1), shifts))
  scored <- score_test(
    x[rows, , drop = FALSE], y[rows, , drop = FALSE], length(by),
    permutations = function(j) outer(seq_len(n) - 1, by[j], function(i, by) (i + by) %% n + 1))
  statistics <- harmonic(scored)
  mean(statistics >= statistics[1]) <= max(0.02, 1 / length(by))
}
