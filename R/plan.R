# What will be fitted, as data: which rows train, choose and evaluate in each fold, and
# each fit's seed. All that is random about a fit is drawn here, from R's generator.

# Rows fall into `folds` parts of equal size. In fold f, part f is evaluated, the next part
# chooses (early stopping, critic), and the others train. So every row is evaluated once,
# by a critic that it neither trained nor chose. Of a large part some choose and the others
# train: choices need no more, and are made every few steps.
MOST_CHOOSING <- 5000

make_plan <- function(n, folds) {
  part <- sample(rep_len(seq_len(folds), n))
  tasks <- lapply(seq_len(folds), function(f) {
    # in random order, as `test` below: neighbours serve one another as independent
    # candidates
    valid <- sample(which(part == f %% folds + 1))
    if (length(valid) > MOST_CHOOSING) valid <- valid[seq_len(MOST_CHOOSING)]
    trains <- part != f
    trains[valid] <- FALSE
    list(fold = f, train = which(trains), valid = valid,
         test = which(part == f),
         seed = draw_seed())
  })
  list(part = part,
       tasks = lapply(tasks, function(task) {
         task$test <- sample(task$test)
         task
       }))
}

# 64 random bits as two whole numbers below 2^32.
draw_seed <- function() floor(stats::runif(2) * 2^32)
