#!/bin/sh
# R CMD check --as-cran of a package built from what git tracks; fails on any error,
# warning or note but "New submission". Without LaTeX the manual's PDF is left out.
set -eu
cd "$(dirname "$0")/.."
work=build/check
rm -rf "$work"
mkdir -p "$work/anchormi"
git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$work/anchormi"
cd "$work"
R CMD build --no-manual anchormi >build.log 2>&1 || { cat build.log; exit 1; }
manual=--no-manual
command -v pdflatex >/dev/null && manual=
# The registry may not be reached from here; spelling and addresses are not its business.
export _R_CHECK_CRAN_INCOMING_REMOTE_=false _R_CHECK_FORCE_SUGGESTS_=true
export _R_CHECK_SYSTEM_CLOCK_=false
R CMD check --as-cran $manual anchormi_*.tar.gz || true
log=anchormi.Rcheck/00check.log
sed -n '/^Status/,$p' "$log"
# A note that is only "New submission" is one that every new package has.
notes=$(grep -c '\.\.\. .*NOTE$' "$log" || true)
new=$(grep -c '^New submission' "$log" || true)
problems=$(grep -Ec '\.\.\. .*(ERROR|WARNING)$' "$log" || true)
echo "check: $problems errors or warnings, $((notes - new)) notes beside 'New submission'"
[ "$problems" -eq 0 ] && [ "$notes" -eq "$new" ] && grep -q '^Status' "$log"
