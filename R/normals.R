# A mixture of normals for the pair of x and y, fitted by expectation and maximisation to normal
# scores, or to the values as they are, whichever scores better: ranks bend clusters, and heavy
# tails bend everything else. The mixtures of x and of y that it implies give the log density ratio.
# It is what few rows can be told about clusters, parts of the rows with dependence of their own,
# and scales that x and y have in common.

MIXTURE_SIZES <- 2^(1:6)
ROWS_PER_NORMAL <- 15         # at least
POOLING <- c(2, 50, 1e5)      # rows of the common covariance in each; the last: all have that one
LINE_POOLING <- 1e-5          # of the one that begins near a line, which is thin
LINE_SHARE <- 0.999           # of those near it, in its normal
LEAST_NEAR <- 4               # of these
LARGE_MIXTURE <- 8            # larger ones take time
MOST_MIXING <- c(2000, 20000) # rows that fit one: of many and of few columns
MIXING <- 60000               # numbers in these, in between
MOST_STARTING <- 1000         # rows that decide where to begin
NORMALS_STEPS <- c(15, 60)    # at most, from each start, and from the best of them
LEAST_GAIN <- 3e-4            # nats a row: a step that brings less is the last
SIZE_COST <- 2                # nats that twice as many normals must bring the choosing rows
MOST_MIXED <- 24              # columns of x and y together; of more, these:
MOST_MIXED_OF_SIDE <- 8       # canonical variates, or else columns that stand out, of a side
ALIKE <- c(0.5, 0.998)        # correlations of scores with values; above, values are for lines
MIXTURE_LIMIT <- 30           # nats: far out, where there are no rows, log ratios are anything

# The mixture that scores the choosing rows best, of all sizes, ways to pool, and of scores or
# values (`views`); NULL if none can be fitted. The larger, the more time it takes, so it is a race:
# a view and way to pool goes on to the next size unless it was no better twice than before (once,
# where it was large), or than any with a quarter as many normals; and large ones are of the best
# view alone.
choose_mixture <- function(fold) {
  views <- mixed_views(fold)
  if (length(views) == 0) return(NULL)
  runs <- do.call(rbind, lapply(seq_along(views), function(v) {
    data.frame(pooling = views[[v]]$pooling, view = v)
  }))
  scores <- matrix(Inf, nrow(runs), length(MIXTURE_SIZES))
  goes_on <- seq_len(nrow(runs))
  best <- NULL
  for (s in seq_along(MIXTURE_SIZES)) {
    tried <- do.call(c, lapply(split(goes_on, runs$view[goes_on]), function(run) {
      mixtures_scored(views[[runs$view[run[1]]]], MIXTURE_SIZES[s], runs$pooling[run])
    }))
    # those that say nothing score alike, but for rounding: the first of them
    now <- round(vapply(tried, function(mixture) mixture$score %||% Inf, 1), 9)
    scores[goes_on, s] <- now
    if (is.null(best) || min(now) < least) {
      least <- min(now)
      best <- tried[[which.min(now)]]
      view <- runs$view[goes_on[which.min(now)]]
    }
    large <- MIXTURE_SIZES[s] > LARGE_MIXTURE
    worse <- s - apply(scores[goes_on, , drop = FALSE], 1, which.min)
    quarter <- if (s > 2) min(scores[, s - 2]) else Inf
    goes_on <- goes_on[worse < (if (large) 1 else 2) & now < quarter]
    if (MIXTURE_SIZES[s] >= LARGE_MIXTURE) goes_on <- goes_on[runs$view[goes_on] == view]
    if (length(goes_on) == 0) break
  }
  best
}

# What of normal scores is mixed (`view`: weights of columns, and by which knots they become values
# again, if they do), a fold of that, whose first `train` rows fit mixtures, which of these are
# `near` a line, if there is one, and ways to pool; an empty list if there is nothing.
mixed_views <- function(fold) {
  sides <- mixed_sides(ncol(fold$zx), ncol(fold$zy), fold$screened, fold$gaussian)
  if (is.null(sides)) return(list())
  columns <- ncol(sides$x) + ncol(sides$y)
  rows <- rows_for(fold$train, columns, MIXING, MOST_MIXING[1], MOST_MIXING[2])
  scores <- list(weights_x = sides$x, weights_y = sides$y)
  of_x <- values_fit(fold$scores_x, fold$zx[rows, , drop = FALSE], sides$x)
  of_y <- values_fit(fold$scores_y, fold$zy[rows, , drop = FALSE], sides$y)
  values <- c(scores, list(values_x = of_x$knots, values_y = of_y$knots))
  alike <- min(of_x$alike, of_y$alike) # below: heavy tails, above: the same
  tried <- isTRUE(alike > ALIKE[1]) # NA: too large for a variance
  seen <- c(rows, fold$weighing)
  train <- seq_along(rows)
  seen_by <- function(view, pooling) {
    zx <- mixed_x(view, fold$zx[seen, , drop = FALSE])
    zy <- mixed_y(view, fold$zy[seen, , drop = FALSE])
    near <- near_line(zx[train, , drop = FALSE], zy[train, , drop = FALSE])
    list(view = view, zx = zx, zy = zy, train = train, near = near,
         pooling = c(pooling, if (!is.null(near)) LINE_POOLING),
         weighing = length(rows) + seq_along(fold$weighing), threads = fold$threads)
  }
  views <- list(seen_by(scores, POOLING))
  # scores bend a line a little
  if (tried) views <- c(views, list(seen_by(values, if (alike < ALIKE[2]) POOLING)))
  Filter(function(mixed) length(mixed$pooling) > 0, views)
}

# Mixtures of one size of what is mixed, one for each way to pool, and how they do; NULL where none
# can be fitted.
mixtures_scored <- function(mixed, size, pooling) {
  px <- mixed$zx[mixed$train, , drop = FALSE]
  py <- mixed$zy[mixed$train, , drop = FALSE]
  if (size * ROWS_PER_NORMAL > nrow(px)) return(vector("list", length(pooling)))
  lapply(mixture_fits(px, py, size, pooling, mixed$threads, mixed$near), function(mixture) {
    if (is.null(mixture)) return(NULL)
    score <- forms_weighed(list(mixture = mixture), mixed)$score +
      SIZE_COST * log2(size) / length(mixed$weighing)
    c(mixture, mixed$view, score = score)
  })
}

# Of a mixture that has no view yet (`weights`), columns are mixed as they are.
mix_columns <- function(values, weights, z) {
  if (is.null(weights)) z else as_values(values, z) %*% weights
}
mixed_x <- function(view, zx) mix_columns(view$values_x, view$weights_x, zx)
mixed_y <- function(view, zy) mix_columns(view$values_y, view$weights_y, zy)

# The way back from normal scores, for each column that has a weight: knots of its values,
# standardised; and the least correlation of these with the scores. (Principal components have no
# values but their scores.)
values_fit <- function(scores, z, weights) {
  fitted <- lapply(seq_along(scores), function(j) {
    knots <- scores[[j]]
    if (length(knots$at) == 1 || all(weights[j, ] == 0)) {
      return(list(knots = list(at = 0, score = 0), alike = 1))
    }
    back <- list(at = knots$score, score = knots$at)
    back <- lapply(back, `[`, !duplicated(back$at))
    values <- interpolate(back, z[, j])
    back$score <- pmin(pmax((back$score - mean(values)) / stats::sd(values), -MARGIN_LIMIT),
                       MARGIN_LIMIT)
    list(knots = back, alike = stats::cor(values, z[, j]))
  })
  list(knots = lapply(fitted, `[[`, "knots"), alike = min(vapply(fitted, `[[`, 1, "alike")))
}

# NULL knots leave scores as they are.
as_values <- function(knots, z) if (is.null(knots)) z else scores_apply(knots, z)

# What of each side is mixed, as matrices that columns are multiplied by.
mixed_sides <- function(dx, dy, screened, gaussian) {
  if (dx + dy <= MOST_MIXED) return(list(x = diag(dx), y = diag(dy)))
  if (!is.null(gaussian)) {
    return(list(x = variate_weights(dx, gaussian$columns_x, gaussian$x, MOST_MIXED_OF_SIDE),
                y = variate_weights(dy, gaussian$columns_y, gaussian$y, MOST_MIXED_OF_SIDE)))
  }
  if (!screened$found) return(NULL)
  first <- function(d, few) diag(d)[, utils::head(few, MOST_MIXED_OF_SIDE), drop = FALSE]
  list(x = first(dx, screened$x$few), y = first(dy, screened$y$few))
}

# A mixture for each strength of `pooling`: how many rows the common covariance within normals
# counts for in each of them. Of all starts, with some of the rows, the likeliest goes on with all.
# The one for what is `near` a line begins there. NULL where none can be fitted.
mixture_fits <- function(x, y, size, pooling, threads = 1, near = NULL) {
  z <- cbind(x, y)
  first <- head_rows(seq_len(nrow(z)), MOST_STARTING)
  anywhere <- if (any(pooling != LINE_POOLING)) {
    lapply(mixture_starts(x[first, , drop = FALSE], y[first, , drop = FALSE], size),
           shares_of, size, 0.9)
  }
  starts <- lapply(pooling, function(pooling) {
    if (pooling != LINE_POOLING) anywhere
    else line_starts(z[first, , drop = FALSE], near[first, , drop = FALSE], size)
  })
  of <- rep(seq_along(pooling), lengths(starts))
  tried <- maximised(z[first, , drop = FALSE], unlist(starts, recursive = FALSE), pooling[of],
                     NORMALS_STEPS[1], threads)
  fits <- vapply(tried, `[[`, 1, "fit")
  found <- unique(of[is.finite(fits)])
  mixtures <- vector("list", length(pooling))
  mixtures[found] <- maximised(z, lapply(found, function(p) {
    logs <- component_logs(tried[of == p][[which.max(fits[of == p])]], z)
    exp(logs - row_log_sums(logs))
  }), pooling[found], NORMALS_STEPS[2], threads)
  is_x <- seq_len(ncol(x))
  lapply(mixtures, function(mixture) {
    if (is.null(mixture) || !is.finite(mixture$fit)) return(NULL)
    c(mixture, list(dx = ncol(x), of_x = mixture_margin(mixture, is_x),
                    of_y = mixture_margin(mixture, -is_x)))
  })
}

# A mixture for each of these shares of the rows (a column a normal), by expectation and
# maximisation.
maximised <- function(z, shares, pooling, steps, threads) {
  .Call(ffi_normals_fit, Map(function(share, pooling) {
    list(z = z, share = share, pooling = pooling, steps = steps, least_gain = LEAST_GAIN)
  }, shares, pooling), threads)
}

# Rows near the line, of each width, and the others by their distance from the centre.
line_starts <- function(z, near, size) {
  others <- 1L + by_size(rowSums(z^2), size - 1)
  enough <- which(colSums(near) >= LEAST_NEAR)
  lapply(enough, function(width) shares_of(ifelse(near[, width], 1L, others), size, LINE_SHARE))
}

# Of rows of these classes, their own and a little of each other.
shares_of <- function(part, size, own) {
  share <- matrix((1 - own) / size, length(part), size)
  at <- cbind(seq_along(part), part)
  share[at] <- share[at] + own
  share
}

# Classes by rank, as many of each.
by_size <- function(v, size) {
  pmin(size, 1L + floor(size * (rank(v, ties.method = "first") - 0.5) / length(v)))
}

# Where to begin, none of it at random: clusters; shells about the centre, as a common scale
# makes; rows near and far from a regression of y on x; and rows as they come.
mixture_starts <- function(x, y, size) {
  z <- cbind(x, y)
  n <- nrow(z)
  centres <- unique(z)
  clusters <- if (nrow(centres) >= size) {
    first <- round(seq(1, nrow(centres), length.out = size))
    suppressWarnings(stats::kmeans(z, centres[first, , drop = FALSE], iter.max = 30))$cluster
  }
  residual <- qr.resid(qr(cbind(1, x)), y)
  starts <- list(clusters, clusters_apart(z, size), by_size(rowSums(z^2), size),
                 by_size(rowSums(residual^2), size), rep_len(seq_len(size), n))
  starts[!vapply(starts, is.null, NA)]
}

# Clusters about rows that are far from one another: each the farthest from those before it, which
# finds all of several that stand apart.
clusters_apart <- function(z, size) {
  centre <- colMeans(z)
  squares <- function(from) colSums((t(z) - from)^2)
  nearest <- squares(z[which.min(squares(centre)), ])
  part <- rep(1L, nrow(z))
  for (k in seq_len(size)[-1]) {
    from_new <- squares(z[which.max(nearest), ])
    part[from_new < nearest] <- k
    nearest <- pmin(nearest, from_new)
  }
  part
}

# Log densities of rows by component, with the components' weights.
component_logs <- function(mixture, z) .Call(ffi_normals_logs, mixture, z)

row_log_sums <- function(logs) {
  most <- do.call(pmax, lapply(seq_len(ncol(logs)), function(k) logs[, k]))
  most + log(rowSums(exp(logs - most)))
}

# The mixture of some of the columns.
mixture_margin <- function(mixture, columns) {
  list(weights = mixture$weights, means = mixture$means[, columns, drop = FALSE],
       roots = lapply(mixture$roots, function(root) chol(crossprod(root[, columns, drop = FALSE]))))
}

mixture_margins <- function(mixture, px, py) {
  list(x = row_log_sums(component_logs(mixture$of_x, px)),
       y = row_log_sums(component_logs(mixture$of_y, py)))
}

limited <- function(log_ratio) {
  found <- range(log_ratio)
  if (isTRUE(found[1] >= -MIXTURE_LIMIT && found[2] <= MIXTURE_LIMIT)) return(log_ratio)
  log_ratio[] <- pmin.int(pmax.int(log_ratio, -MIXTURE_LIMIT), MIXTURE_LIMIT)
  log_ratio
}

# Log ratios of rows.
mixture_pairs <- function(mixture, zx, zy) {
  px <- mixed_x(mixture, zx)
  py <- mixed_y(mixture, zy)
  margins <- mixture_margins(mixture, px, py)
  limited(row_log_sums(component_logs(mixture, cbind(px, py))) - margins$x - margins$y)
}

mixture_blocks <- function(mixture, zx, zy, blocks) {
  px <- mixed_x(mixture, zx)
  py <- mixed_y(mixture, zy)
  margins <- mixture_margins(mixture, px, py)
  lapply(blocks, function(rows) {
    limited(.Call(ffi_normals_matrix, mixture, px[rows, , drop = FALSE], py[rows, , drop = FALSE],
                  margins$x[rows], margins$y[rows]))
  })
}
