# Runs the tests of the package installed in build/library; called by `make test`.
.libPaths(c(normalizePath("build/library"), .libPaths()))
library(testthat)
Sys.setenv(NOT_CRAN = "true")
options(testthat.progress.max_fails = 1000)
results <- as.data.frame(test_dir("tests/testthat", package = "anchormi",
                                  load_package = "installed", reporter = "check",
                                  stop_on_failure = FALSE))
failed <- sum(results$failed) + sum(results$error)
print(head(aggregate(cbind(seconds = real) ~ file, results, sum)[order(-tapply(results$real, results$file, sum)), ], 5),
      row.names = FALSE)
cat(sum(results$passed), " passed, ", failed, " failed\n", sep = "")
if (failed > 0 || sum(results$passed) == 0) quit(status = 1)
