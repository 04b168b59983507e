# What will be fitted, as data: which rows train, choose and evaluate in each fold, and
# each fit's seed. All that is random about a fit is drawn here, from R's generator.

# Rows fall into `folds` parts of equal size. In fold f, part f is evaluated, the next part
# chooses (early stopping, critic), and the others train. So every row is evaluated once,
# by a critic that it neither trained nor chose. Of a large part some choose and the others
# train. The first of those that choose suffice for choices, which are made every few steps
# (`choosers`); the offset of a stack takes all of them, for it must be as sure as the rows' mean.
MOST_CHOOSING <- 1500
OFFSET_SHARE <- 0.05 # of a part, at least
ROWS_IN_FOLD <- 5 # at least, of each part
GROUPS_IN_FOLD <- 2

# Of few rows one part is too few to choose by: other parts take turns at it, each with the rest to
# train, for critics that can use that (`turns`, of which the first is `train` and `valid`).
MOST_TURNS <- 4
TURN_ROWS <- 2000 # of all turns together: 4 turns of 500 rows, 1 of more than 1,000

# With sampling weights, the rows that train and choose are drawn again in proportion to them, from
# their own parts, so that samples are of the population; evaluated rows are weighed instead.
#
# Rows of one group stay together: they may be nearly copies of one another. Where `alike` rows
# are worth one, so many fewer of those that train or choose are `apart`, of all groups alike.
make_plan <- function(n, folds, weights = NULL, groups = NULL, alike = 1, call = caller_env()) {
  counts <- row_weights(weights, n) > 0
  part <- if (is.null(groups)) parts_of_rows(folds, counts)
          else parts_of_groups(folds, counts, groups, call)
  count <- max(1, min(MOST_TURNS, folds - 1, TURN_ROWS %/% n))
  tasks <- lapply(seq_len(folds), function(f) {
    # Row numbers of the part that is `by` folds on, which chooses, and of those that train then.
    turn <- function(by) {
      # in random order, as `test` below: neighbours serve one another as independent
      # candidates
      chooses <- which(part == (f + by - 1) %% folds + 1)
      valid <- sample(chooses)
      valid <- utils::head(valid, max(MOST_CHOOSING, OFFSET_SHARE * length(valid)))
      trains <- part != f
      trains[if (is.null(groups)) valid else chooses] <- FALSE # groups that choose don't train
      list(train = drawn_again(which(trains), weights), valid = drawn_again(valid, weights))
    }
    turns <- lapply(seq_len(count), turn)
    task <- c(list(fold = f), turns[[1]],
              list(test = which(part == f), turns = turns, seed = draw_seed()))
    if (!is.null(groups)) {
      learns <- sample(which(part != f & counts))
      turn_of_group <- stats::ave(learns, groups[learns], FUN = seq_along)
      task$apart <- learns[order(turn_of_group)][seq_len(ceiling(length(learns) / alike))]
      task$alike <- alike
    }
    task
  })
  list(part = part,
       tasks = lapply(tasks, function(task) {
         task$test <- sample(task$test)
         task
       }))
}

choosers <- function(task) utils::head(task$valid, MOST_CHOOSING)

# Of rows that count and of others each part has its share.
parts_of_rows <- function(folds, counts) {
  part <- integer(length(counts))
  for (rows in split(seq_along(counts), counts)) {
    part[rows] <- sample(rep_len(seq_len(folds), length(rows)))
  }
  part
}

# As many as equal rows would say as much, each as often as its weight says, to one (systematic
# sampling), shuffled: rows of a block serve one another as independent candidates.
drawn_again <- function(rows, weights) {
  if (is.null(weights)) return(rows)
  count <- max(2, floor(effective_rows(weights[rows])))
  upper <- cumsum(weights[rows])
  at <- (seq_len(count) - stats::runif(1)) / count * upper[length(upper)]
  drawn <- pmin(findInterval(at, upper, left.open = TRUE) + 1, length(rows))
  rows[drawn[sample.int(count)]]
}

# 64 random bits as two whole numbers below 2^32.
draw_seed <- function() floor(stats::runif(2) * 2^32)
