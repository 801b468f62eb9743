#!/usr/bin/env bash
# Set Plumbline up, or complete it: .venv from requirements.lock, and the system tools.
#
#   make setup               again and again; with nothing to do it takes a second
#   PYTHON=python3.12        the Python to use (3.11 or newer)
#   UV=no                    install with pip, also where uv can be had
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
done_mark=.venv/.setup-done

# A link leads to an environment that belongs to another folder: use it, but never change it.
if [[ -L .venv ]]; then
  echo "setup: .venv is a link to $(readlink .venv); it is used as it is"
  exit 0
fi

# Two set-ups at once would write into the same .venv: the second waits. The lock ends with us.
exec 9<setup/system_tools.tsv
if command -v flock >/dev/null && ! flock --nonblock 9; then
  echo "setup: waiting for another one that is running"
  flock 9
fi

# What a finished set-up was made from; when any of it changes, it is done again.
state() {
  pwd
  cat requirements.lock pyproject.toml setup/* | cksum
  echo "${PYTHON:-}"
  setup/system_tools.sh check || setup/system_tools.sh sources
}

works() { .venv/bin/python -c 'import control, engines, snakemake' 2>/dev/null; }

if [[ "$(cat "$done_mark" 2>/dev/null)" == "$(state)" ]] && works; then
  [[ -z "$(tail -n +4 "$done_mark")" ]] || setup/system_tools.sh report
  echo "setup: nothing to do"
  exit 0
fi

rm -f "$done_mark"
setup/system_tools.sh install # first, because some Python packages are compiled
setup/python.sh install
setup/npm.sh
# compiled now, so that machines without a compiler that share this home folder have it too
.venv/bin/python -m engines.screen.kernel >/dev/null || echo "setup: screening of reads is closed"
.venv/bin/python -m engines.compare.core >/dev/null || echo "setup: comparison of small variants is closed"
setup/system_tools.sh report
state >"$done_mark.new"
mv "$done_mark.new" "$done_mark"
echo "setup: done"
