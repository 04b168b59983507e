#!/bin/sh
# Has training become dearer? Counts the instructions of a small training (times on a shared
# machine are too noisy for that) and compares them with those in guard.txt: lines of
# instruction set, count and compiler. More than 5 % above is a failure. `guard.sh update`
# stores the count. The last line says how many tests passed and failed.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
stored=bench/speed/guard.txt
build=build/speed

# Nothing to compare.
skip() {
  echo "0 passed, 0 failed"
  exit 0
}

fail() {
  echo "0 passed, 1 failed"
  exit 1
}

if ! command -v valgrind >/dev/null; then
  echo "valgrind is not installed: nothing is counted"
  skip
fi

mkdir -p "$build"
touch "$stored"
cc -O2 bench/speed/guard.c src/core/*.c -lm -o "$build/guard" || fail
about=$(valgrind --tool=callgrind --callgrind-out-file="$build/guard.callgrind" \
  "$build/guard" 2>"$build/guard.log") || { cat "$build/guard.log"; fail; }
isa=${about% *}
compiler=${about#* }
count=$(sed -n 's/^totals: *//p' "$build/guard.callgrind")
[ -n "$count" ] || fail

if [ "${1-}" = update ]; then
  { awk -v s="$isa" -v c="$compiler" '!($1 == s && $3 == c)' "$stored"
    echo "$isa $count $compiler"; } | sort >"$build/guard.txt"
  cp "$build/guard.txt" "$stored"
fi

before=$(awk -v s="$isa" -v c="$compiler" '$1 == s && $3 == c { print $2 }' "$stored")
if [ -z "$before" ]; then
  echo "$isa, $compiler: $count instructions, and none stored to compare with"
  skip
fi
change=$(awk -v a="$before" -v b="$count" 'BEGIN { printf "%+.2f", 100 * (b / a - 1) }')
echo "$isa, $compiler: $count instructions, stored $before, change $change %"
if awk -v change="$change" 'BEGIN { exit !(change > 5) }'; then
  echo "To see where: callgrind_annotate $build/guard.callgrind"
  echo "If it has to be: sh bench/speed/guard.sh update"
  fail
fi
echo "1 passed, 0 failed"
