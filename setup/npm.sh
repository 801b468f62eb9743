#!/usr/bin/env bash
# What the tests of the pages take from npm: package-lock.json, exactly that, into .venv.
# The product needs neither npm nor node. Without them those tests are skipped, and say so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
place=.venv/share/page-tests

command -v npm >/dev/null || exit 0
mkdir -p "$place"
cp setup/package.json setup/package-lock.json "$place"
said=$(cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error 2>&1) || {
  echo "setup: npm: ${said%%$'\n'*}"
  echo "setup: closed without it: the test of the pages' accessibility"
}
