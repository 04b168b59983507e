#!/bin/sh
# Removes what R leaves in src: headers may have changed, and make doesn't look at them.
cd "$(dirname "$0")/.." && rm -f src/*.o src/core/*.o src/*.so
