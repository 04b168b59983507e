#!/bin/sh
# Style: lintr for R, clang-format for C, and the core's own rules.
set -eu
cd "$(dirname "$0")/.."
status=0
Rscript -e 'l <- c(lintr::lint_dir("R"), lintr::lint_dir("tests/testthat"), lintr::lint_dir("bench")); print(l); quit(status = length(l) > 0)' || status=1
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
