#!/usr/bin/env bash
# .venv: the packages of requirements.lock, exactly those, and this project, editable.
#
#   python.sh install      makes or completes .venv
#   python.sh executor P   adds to .venv what profile P needs; later set-ups keep it
#   python.sh plugins DIR  the plugins of all profiles, in a folder of their own
#   python.sh headers      where the C headers of its Python are
#   python.sh installer    what installs packages: uv, or a Python that has pip
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source setup/conda_prefix.sh
venv=.venv
own_uv=$venv/share/uv/bin/uv
chosen=$venv/.executors # profiles whose plugins were asked for
unfinished=$venv/.setup-unfinished # there while .venv is worked on

version() { "$1" -c 'import sys; print(*sys.version_info[:2], sep=".")' 2>/dev/null; }

fits() { # is it a Python that the lock is for?
  [[ $(version "$1") =~ ^3\.1[1-3]$ ]]
}

find_python() { # the one that was asked for, else the first that fits
  local name
  for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    fits "$name" && command -v "$name" && return
  done
  return 1
}

base() { # the Python under .venv, or the one that it will be made from
  "$venv/bin/python" -c 'import sys; print(sys._base_executable)' 2>/dev/null || find_python
}

find_uv() {
  [[ ${UV:-} != no ]] && { command -v uv || command -v "$own_uv"; }
}

headers() {
  local python code='import sysconfig; print(sysconfig.get_path("include"))'
  "$venv/bin/python" -c "$code" 2>/dev/null || { python=$(find_python) && "$python" -c "$code"; } ||
    true
}

installer() {
  local python
  find_uv && return
  python=$(base) && { "$python" -c 'import pip' || "$python" -c 'import ensurepip'; } 2>/dev/null &&
    echo "$python"
}

make_venv() {
  local python
  if [[ -e $unfinished ]]; then
    echo "setup: the last one did not finish; .venv is made again"
  elif fits "$venv/bin/python"; then
    [[ -z ${PYTHON:-} || $(version "$PYTHON") == "$(version "$venv/bin/python")" ]] && return
  fi
  if python=$(find_python); then
    "$python" -m venv --clear --without-pip "$venv"
  elif [[ -z ${PYTHON:-} ]] && find_uv >/dev/null; then
    "$(find_uv)" venv --quiet --clear --python '>=3.11,<3.14' "$venv" # uv brings one of its own
  else
    echo "setup: Python 3.11, 3.12 or 3.13 is needed, and ${PYTHON:-python3} is" \
      "$(version "${PYTHON:-python3}" || echo none); name one: make setup PYTHON=…" >&2
    exit 69
  fi
}

with_pip() { # pip of the base Python, or the one that Python itself carries
  local python
  python=$(base)
  if "$python" -c 'import pip' 2>/dev/null; then
    "$python" -m pip --python "$venv/bin/python" -qq --disable-pip-version-check "$@"
  else
    "$venv/bin/python" -m ensurepip >/dev/null
    "$venv/bin/python" -m pip -qq --disable-pip-version-check "$@"
  fi
}

get_uv() {
  find_uv >/dev/null && return
  [[ ${UV:-} != no ]] || return 1
  echo "setup: getting uv"
  with_pip install --target "${own_uv%/bin/uv}" uv
}

# uv does not read pip's settings: a site's own index is handed on.
hand_on_index() {
  local index
  index=$("$(base)" -m pip config get global.index-url 2>/dev/null) || return 0
  export UV_INDEX_URL=${UV_INDEX_URL:-$index}
}

lock() { # requirements.lock, without what has to be compiled where there is no compiler
  if [[ "$(setup/system_tools.sh report)" == *"structural variants"* ]]; then
    awk '/^[a-z]/ { skip = /^(truvari|pyabpoa|pytabix|pywfa)==/ } !skip' requirements.lock
  else
    cat requirements.lock
  fi
}

with_uv() {
  hand_on_index
  "$(find_uv)" pip sync --quiet --python "$venv/bin/python" --require-hashes "$1" &&
    "$(find_uv)" pip install --quiet --python "$venv/bin/python" --no-deps --editable .
}

install() {
  local wanted=$venv/requirements.txt
  make_venv
  touch "$unfinished"
  lock >"$wanted"
  echo "setup: $(grep -c == "$wanted") packages with Python $(version "$venv/bin/python")"
  if ! { get_uv && with_uv "$wanted"; }; then
    echo "setup: with pip, which takes longer"
    with_pip install --no-deps --require-hashes --requirement "$wanted"
    with_pip install --no-deps --editable .
  fi
  [[ ! -s $chosen ]] || add_plugins
  # Neither uv nor an environment with PYTHONDONTWRITEBYTECODE compiles: every start of snakemake
  # would take seconds longer. Some packages bring files for other Pythons, which do not compile.
  env -u PYTHONDONTWRITEBYTECODE "$venv/bin/python" -m compileall -qq -j 0 \
    "$venv/lib" control workflow/engines || true
  rm "$unfinished"
}

plugins_of() { # of a profile, or of all
  awk -v profile="${1:-}" '/^[a-z]/ && (!profile || $1 == profile) { print $2 }' setup/executors.txt |
    sort -u
}

add_plugins() { # those of the profiles in $chosen; what Snakemake needs is there already
  local packages
  packages=$(while read -r profile; do plugins_of "$profile"; done <"$chosen" | sort -u)
  # shellcheck disable=SC2086
  with_pip install $packages
}

executor() {
  [[ -n $(plugins_of "${1:-none}") ]] || {
    echo "setup: no plugins for profile ${1:-}; there is" \
      "$(awk '/^[a-z]/ { print $1 }' setup/executors.txt | sort -u | paste -sd ' ')" >&2
    exit 64
  }
  [[ ! -L $venv ]] || {
    echo "setup: .venv is a link to $(readlink "$venv"), which belongs to another folder" >&2
    exit 64
  }
  grep -qx "$1" "$chosen" 2>/dev/null || echo "$1" >>"$chosen"
  add_plugins
}

plugins() { # an environment that sees .venv, and changes nothing of it
  local site
  site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  "$venv/bin/python" -m venv --clear --without-pip "$1"
  echo "$site" >"$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/all.pth"
  # shellcheck disable=SC2046
  venv=$1 with_pip install $(plugins_of)
}

case ${1:-} in
  install) install ;;
  executor) executor "${2:-}" ;;
  plugins) plugins "${2:?}" ;;
  headers) headers ;;
  installer) installer ;;
  *) sed -n 's/^#   //p' "${BASH_SOURCE[0]}" && exit 64 ;;
esac
