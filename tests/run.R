# Runs the tests of the package installed in build/library; called by `make test`.
.libPaths(c(normalizePath("build/library"), .libPaths()))
library(testthat)
options(testthat.progress.max_fails = 1000)
results <- as.data.frame(test_dir("tests/testthat", package = "anchormi",
                                  load_package = "installed", reporter = "check",
                                  stop_on_failure = FALSE))
failed <- sum(results$failed) + sum(results$error)
cat(sum(results$passed), " passed, ", failed, " failed\n", sep = "")
if (failed > 0 || sum(results$passed) == 0) quit(status = 1)
