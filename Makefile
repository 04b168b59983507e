# Everything is reached from here; `make help` lists it. Plain POSIX make.
.SUFFIXES:

R = R
RSCRIPT = Rscript

LIB = build/library

help:
	@echo 'make demo        install what is missing, build, and estimate on real data'
	@echo 'make test        install what is missing, build, and run all tests'
	@echo 'make core-test   the C core alone: gcc and clang, both precisions, sanitizers'
	@echo 'make core-test-arm  the same for 64-bit ARM, with a cross compiler and qemu-user'
	@echo 'make check       R CMD check --as-cran'
	@echo 'make install     install the package into your R library'
	@echo 'make document    help pages, NAMESPACE and README from their sources'
	@echo 'make lint        style of R and C'
	@echo 'make guard       has training become dearer? counts instructions, by valgrind'
	@echo 'make bench-truth estimates beside known truths, 20 seeds (about 15 minutes)'
	@echo 'make bench-accuracy  the default call on all tasks of mi_tasks(), 2,000 rows (20 minutes)'
	@echo 'make bench-few-rows  weak dependence in 100 to 500 rows (half an hour)'
	@echo 'make bench-lower  does the lower limit hold where ratios are large? (five minutes)'
	@echo 'make bench-ablation  the default with each part left out (six minutes)'
	@echo 'make bench-corrections  the estimate without each part of its correction (ten minutes)'
	@echo 'make bench-images-text data=DIR  on images and embeddings that lie there (a quarter of an hour)'
	@echo 'make bench-conditional  conditional mutual information beside known truths (half an hour)'
	@echo 'make bench-groups  rows that belong together, with groups and without (an hour)'
	@echo 'make bench-independence  level and power of mi_test() beside others (hours)'
	@echo 'make bench-tasks the truths of mi_tasks() recomputed (ten minutes)'
	@echo 'make bench-defaults  the trials behind the defaults (about ten minutes)'
	@echo 'make bench-networks  the trials behind the networks of critic_auto() (ten minutes)'
	@echo 'make bench-staircase  the literature'"'"'s staircase, objectives side by side (many hours)'
	@echo 'make bench-speed a training step beside the same in PyTorch (about twenty minutes)'
	@echo 'make bench-cost  seconds and memory of the default call, 1e3 to 1e6 rows (a quarter of an hour)'
	@echo 'make bench-time  time to a given accuracy, beside PyTorch (about four minutes)'
	@echo 'make clean       remove what was built'

demo: $(LIB)/.built
	$(RSCRIPT) bench/demo.R

test: r-test core-test-quick

r-test: $(LIB)/.built
	$(RSCRIPT) tools/test.R

$(LIB)/.built: $(LIB)/.setup DESCRIPTION NAMESPACE R/*.R src/*.[ch] src/core/*.[ch] src/Makevars
	sh tools/clean.sh
	$(R) CMD INSTALL --no-docs --library=$(LIB) .
	sh tools/clean.sh
	@touch $@

# Installs packages that are missing.
$(LIB)/.setup: DESCRIPTION tools/setup.R
	@mkdir -p $(LIB)
	$(RSCRIPT) tools/setup.R
	@touch $@

setup-dev:
	@$(RSCRIPT) tools/setup.R dev

install:
	$(RSCRIPT) tools/setup.R
	sh tools/clean.sh
	$(R) CMD INSTALL .
	sh tools/clean.sh

core-test:
	sh tests/core/run.sh gcc clang

core-test-arm:
	sh tests/core/run.sh aarch64-linux-gnu-gcc

core-test-quick:
	sh tests/core/run.sh cc

check: setup-dev
	sh tools/check.sh

document: setup-dev $(LIB)/.built
	$(RSCRIPT) tools/document.R

lint: setup-dev
	sh tools/lint.sh

guard:
	sh bench/speed/guard.sh

bench-truth: $(LIB)/.built
	$(RSCRIPT) bench/truth.R

bench-accuracy: $(LIB)/.built
	$(RSCRIPT) bench/accuracy.R

bench-few-rows: $(LIB)/.built
	$(RSCRIPT) bench/few_rows.R

bench-lower: $(LIB)/.built
	$(RSCRIPT) bench/lower.R

bench-ablation: $(LIB)/.built
	$(RSCRIPT) bench/ablation.R

bench-corrections: $(LIB)/.built
	$(RSCRIPT) bench/corrections.R

bench-images-text: $(LIB)/.built
	$(RSCRIPT) bench/images_text.R $(data)

bench-conditional: $(LIB)/.built
	$(RSCRIPT) bench/conditional.R

bench-groups: $(LIB)/.built
	$(RSCRIPT) bench/groups.R

bench-independence: $(LIB)/.built
	$(RSCRIPT) bench/independence.R

bench-tasks: $(LIB)/.built
	$(RSCRIPT) bench/tasks.R

bench-defaults: $(LIB)/.built
	$(RSCRIPT) bench/defaults.R

bench-networks: $(LIB)/.built
	$(RSCRIPT) bench/networks.R

bench-staircase: $(LIB)/.built
	$(RSCRIPT) bench/staircase/run.R
	$(RSCRIPT) bench/staircase/table.R

bench-speed:
	$(RSCRIPT) bench/speed/run.R

bench-cost: $(LIB)/.built
	$(RSCRIPT) bench/speed/cost.R

bench-time: $(LIB)/.built
	$(RSCRIPT) bench/speed/accuracy.R

clean:
	rm -rf build
	sh tools/clean.sh

.PHONY: help demo test r-test setup-dev install core-test core-test-arm core-test-quick check document lint \
  guard bench-truth bench-accuracy bench-few-rows bench-lower bench-ablation bench-corrections \
  bench-images-text bench-conditional bench-groups bench-independence bench-tasks bench-defaults \
  bench-networks bench-staircase bench-speed bench-cost bench-time clean
