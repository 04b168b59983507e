#!/bin/sh
# Builds the core's tests without R and runs them: in both precisions, optimised, with
# and without OpenMP (with it, threads for loops of any size), and under the sanitizers.
# Arguments: compilers; one that is called aarch64-... builds once and runs in an emulator. The
# last line counts the checks of all builds.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/core
# C99 with what R's own flags allow: a product and a sum may be one instruction.
# What initializers leave out is 0.
strict="-std=gnu99 -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wconversion -Werror"
passed=0
failed=0

run() { # compiler, name, program's argument, flags
  compiler=$1 name=$2 argument=$3
  shift 3
  program="build/core/$compiler-$name"
  case $compiler in
    aarch64-*) emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu" ;;
    *) emulator= ;;
  esac
  for precision in "" -DREAL_IS_DOUBLE; do
    # shellcheck disable=SC2086
    if ! "$compiler" $strict $precision "$@" tests/core/*.c src/core/*.c -o "$program" -lm; then
      failed=$((failed + 1))
      continue
    fi
    # shellcheck disable=SC2086
    line=$($emulator "$program" $argument 2>"$program.log" | tail -n 1) || true
    head -n 20 "$program.log"
    case $line in
      *" passed, "*" failed")
        passed=$((passed + ${line%% passed*}))
        rest=${line#*passed, }
        failed=$((failed + ${rest%% failed}))
        ;;
      *)
        echo "$program $precision did not finish"
        failed=$((failed + 1))
        ;;
    esac
  done
}

for compiler in "$@"; do
  if ! command -v "$compiler" >/dev/null; then
    echo "$compiler is not installed: skipped"
    continue
  fi
  run "$compiler" plain all -O2
  case $compiler in aarch64-*) continue ;; esac
  run "$compiler" unoptimised "" -O0 -std=c99
  run "$compiler" sanitized "" -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
  # clang's OpenMP runtime is not everywhere
  if echo 'int main(void){return 0;}' | "$compiler" -fopenmp -x c - -o build/core/probe 2>/dev/null; then
    run "$compiler" openmp "" -O2 -fopenmp -DWORTH_THREADS=0
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
