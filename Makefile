# Everything is reached from here; `make help` lists it. Plain POSIX make.

R = R
RSCRIPT = Rscript
CC = cc
LIB = build/library
WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Werror
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
CORE_SOURCES = src/core/*.c tests/core/*.c

help:
	@echo 'make demo        install what is missing, build, and estimate on real data'
	@echo 'make test        install what is missing, build, and run all tests'
	@echo 'make core-test   the C core alone: gcc and clang, both precisions, sanitizers'
	@echo 'make check       R CMD check --as-cran'
	@echo 'make install     install the package into your R library'
	@echo 'make document    help pages, NAMESPACE and README from their sources'
	@echo 'make lint        style of R and C'
	@echo 'make bench-truth estimates beside known truths, 20 seeds (about 15 minutes)'
	@echo 'make clean       remove what was built'

demo: $(LIB)/.built
	$(RSCRIPT) inst/demo/demo.R

test: r-test core-test-quick

r-test: $(LIB)/.built
	$(RSCRIPT) tests/run.R

$(LIB)/.built: $(LIB)/.setup DESCRIPTION NAMESPACE R/* src/* src/core/* inst/demo/*
	$(R) CMD INSTALL --no-docs --library=$(LIB) .
	@touch $@

# Installs suggested and imported packages that are missing.
$(LIB)/.setup: DESCRIPTION tools/setup.R
	@mkdir -p $(LIB)
	$(RSCRIPT) tools/setup.R
	@touch $@

install:
	$(RSCRIPT) tools/setup.R
	$(R) CMD INSTALL .

core-test: core-test-quick
	sh tests/core/run.sh gcc clang

core-test-quick:
	sh tests/core/run.sh cc

check: $(LIB)/.setup
	sh tools/check.sh

document: $(LIB)/.setup
	$(RSCRIPT) tools/document.R

lint: $(LIB)/.setup
	sh tools/lint.sh

bench-truth: $(LIB)/.built
	$(RSCRIPT) bench/truth.R

clean:
	rm -rf build anchormi.Rcheck anchormi_*.tar.gz src/*.o src/core/*.o src/*.so

.PHONY: help demo test r-test install core-test core-test-quick check document lint \
  bench-truth clean
