#!/bin/sh
# Builds the core's tests without R and runs them: in both precisions (at the same time),
# optimised, with and without OpenMP (with it, threads for loops of any size), and under the
# sanitizers. Arguments: compilers; one that is called aarch64-... builds once and runs in an
# emulator. The last line counts the checks of all builds.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/core
# C99 with what R's own flags allow: a product and a sum may be one instruction.
# What initializers leave out is 0.
strict="-std=gnu99 -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wconversion -Werror"
passed=0
failed=0
# What runs in the background doesn't hear Ctrl-C by itself.
trap 'trap - INT TERM; kill 0; exit 130' INT TERM

# One program; the last line that it prints is left in a file.
build_and_run() { # compiler, program, its argument, flags
  compiler=$1 program=$2 argument=$3
  shift 3
  case $compiler in
    aarch64-*) emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu" ;;
    *) emulator= ;;
  esac
  echo "$program was not built" >"$program.last"
  # shellcheck disable=SC2086
  "$compiler" $strict "$@" tests/core/*.c src/core/*.c -o "$program" -lm 2>"$program.log" ||
    return 0
  echo "$program did not finish" >"$program.last"
  # shellcheck disable=SC2086
  if $emulator "$program" $argument >"$program.out" 2>"$program.log"; then
    tail -n 1 "$program.out" >"$program.last"
  else
    grep ' passed, .* failed$' "$program.out" | grep -v ' 0 failed$' >"$program.last" ||
      echo "$program ended badly" >"$program.last"
  fi
}

run() { # compiler, name, program's argument, flags
  program="build/core/$(basename "$1")-$2"
  compiler=$1 argument=$3
  shift 3
  build_and_run "$compiler" "$program-single" "$argument" "$@" &
  build_and_run "$compiler" "$program-double" "$argument" -DREAL_IS_DOUBLE "$@" &
  wait
  for part in "$program-single" "$program-double"; do
    head -n 20 "$part.log"
    line=$(cat "$part.last")
    case $line in
      *" passed, "*" failed")
        passed=$((passed + ${line%% passed*}))
        rest=${line#*passed, }
        failed=$((failed + ${rest%% failed}))
        ;;
      *)
        echo "$line"
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
