#!/bin/sh
# Style: lintr for R, clang-format for C, and the core's own rules.
set -eu
cd "$(dirname "$0")/.."
status=0
Rscript -e 'l <- c(lintr::lint_dir("R"), lintr::lint_dir("tests/testthat"), lintr::lint_dir("bench")); print(l); quit(status = length(l) > 0)' || status=1
# One name, one thing: of two in different files the one that loads last would win.
Rscript -e 'of <- function(file) vapply(Filter(function(e) is.call(e) && identical(e[[1]], quote(`<-`)) && is.name(e[[2]]), as.list(parse(file))), function(e) as.character(e[[2]]), ""); names <- unlist(lapply(list.files("R", full.names = TRUE), of)); twice <- names[duplicated(names)]; if (length(twice) > 0) cat("Assigned twice in R/:", twice, "\n"); quit(status = length(twice) > 0)' || status=1
for file in src/*.[ch] src/core/*.[ch] tests/core/*.[ch] bench/*/*.c; do
  clang-format --dry-run --Werror "$file" || status=1
done
# The core knows nothing of R, prints nothing and never exits.
if grep -nE '#include *[<"](R|Rinternals|Rmath|R_ext)|printf|exit *\(|assert *\(|\brand *\(' src/core/*.[ch]; then
  echo "The core must not do this."
  status=1
fi
if grep -n 'omp_set_num_threads' src/*.c src/core/*.c; then
  echo "This would change other packages' threads."
  status=1
fi
exit $status
