#!/usr/bin/env bash
# The tools of system_tools.tsv: which are missing, and getting them.
#
#   system_tools.sh check      names those that are missing, and fails when there are any
#   system_tools.sh sources    where they can come from: apt, conda, or nowhere
#   system_tools.sh install    gets them from Debian's packages when it may, else from conda
#   system_tools.sh report     says what is missing and what that closes
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source setup/conda_prefix.sh

there() { # there command NAME, there starts COMMAND, there header FILE, there rpackage NAME, there installer
  case $1 in
    command) command -v "$2" >/dev/null ;;
    starts) "${@:2}" >/dev/null 2>&1 ;;
    header) echo "#include <$2>" | cc -E -I "$headers" - >/dev/null 2>&1 ;;
    rpackage)
      Rscript --no-init-file -e "quit(status = !requireNamespace('$2', quietly = TRUE))" \
        >/dev/null 2>&1
      ;;
    installer) setup/python.sh installer >/dev/null ;;
  esac
}

missing() { # the rows of the table whose tool is not there
  local tool check debian conda closes headers
  headers=$(setup/python.sh headers)
  while IFS=$'\t' read -r tool check debian conda closes; do
    [[ $tool == \#* ]] && continue
    there $check || printf '%s\t%s\t%s\t%s\n' "$tool" "$debian" "$conda" "$closes"
  done <setup/system_tools.tsv
}

packages() { # packages COLUMN: of the missing tools, one a line
  missing | cut -f "$1" | tr ' ' '\n' | grep -v '^-$' | sort -u || true
}

apt() { # how to run apt-get as root: directly, with sudo, or not at all
  command -v apt-get >/dev/null || return 1
  if [[ $(id -u) == 0 ]]; then
    echo apt-get
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    echo sudo -n apt-get
  else
    return 1
  fi
}

find_conda() {
  command -v micromamba || command -v mamba || command -v conda
}

from_debian() {
  local apt_get names
  apt_get=$(apt) || return 1
  names=$(packages 2)
  echo "setup: from Debian's packages:" $names
  export DEBIAN_FRONTEND=noninteractive
  $apt_get update -qq >/dev/null || return 1
  $apt_get install -y -qq --no-install-recommends $names >/dev/null || return 1
}

from_conda() { # into a folder of our own, so that nobody's environment changes
  local conda names
  conda=$(find_conda) || return 1
  names=$(packages 3)
  echo "setup: from conda, into $CONDA_TOOLS:" $names
  "$conda" create --yes --quiet --prefix "$CONDA_TOOLS" --channel conda-forge \
    --channel bioconda $names || return 1
  [[ ! -e $CONDA_TOOLS/bin/gcc ]] || ln -sf gcc "$CONDA_TOOLS/bin/cc"
}

report() {
  local tool debian conda closes
  missing | while IFS=$'\t' read -r tool debian conda closes; do
    echo "setup: $tool is missing (Debian: $debian; conda: $conda); closed without it: $closes"
  done
}

case ${1:-} in
  check)
    names=$(missing | cut -f 1)
    [[ -z $names ]] || { echo "$names" && exit 1; }
    ;;
  sources) apt || find_conda || echo nowhere ;;
  install)
    [[ -z $(missing) ]] || from_debian || from_conda ||
      echo "setup: tools are missing that could not be installed here"
    ;;
  report) report ;;
  *) sed -n 's/^#   //p' "${BASH_SOURCE[0]}" && exit 64 ;;
esac
