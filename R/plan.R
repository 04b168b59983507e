# What will be fitted, as data: which rows train, choose and evaluate in each fold, and
# each fit's seed. All that is random about a fit is drawn here, from R's generator.

# Rows fall into `folds` parts of equal size. In fold f, part f is evaluated, the next part
# chooses (early stopping, critic), and the others train. So every row is evaluated once,
# by a critic that it neither trained nor chose.
make_plan <- function(n, folds) {
  part <- sample(rep_len(seq_len(folds), n))
  tasks <- lapply(seq_len(folds), function(f) {
    chooses <- f %% folds + 1
    list(fold = f,
         train = which(part != f & part != chooses),
         # in random order, as `test` below: neighbours serve one another as independent
         # candidates
         valid = sample(which(part == chooses)),
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
