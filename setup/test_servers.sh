#!/usr/bin/env bash
# The servers of test_servers.tsv: installs those that are missing, from Debian's packages, or says
# which tests are skipped. Only as root: a machine gets servers by it. None of them is started, now
# or when the machine starts, and nothing that runs is stopped: tests start their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PATH:/usr/sbin:/sbin
policy=${POLICY:-/usr/sbin/policy-rc.d} # what packages ask whether they may start a service

missing() { # the rows of the table whose program is not there
  local program packages units tests
  while IFS=$'\t' read -r program packages units tests; do
    [[ $program == \#* ]] || command -v "$program" >/dev/null ||
      printf '%s\t%s\t%s\n' "$packages" "$units" "$tests"
  done <setup/test_servers.tsv
}

column() { cut -f "$1" <<<"$rows" | tr ' ' '\n' | sort -u | sed '/^-$/d'; }

forbid_starts() { # for as long as we live; one that is there already is put aside, and holds again after us
  [[ ! -e $policy ]] || grep -q 'Plumbline, make setup-tests' "$policy" || cp -a "$policy" "$policy.aside"
  printf '#!/bin/sh\n# Plumbline, make setup-tests\nkill -0 %s 2>/dev/null && exit 101\n' $$ >"$policy.new"
  printf '[ ! -x %q ] || exec %q "$@"\nexit 0\n' "$policy.aside" "$policy.aside" >>"$policy.new"
  chmod 755 "$policy.new"
  mv -f "$policy.new" "$policy"
  trap 'if [[ -e $policy.aside ]]; then mv -f "$policy.aside" "$policy"; else rm -f "$policy"; fi' EXIT
}

get() { apt-get install -y -qq -o DPkg::Lock::Timeout=120 --no-install-recommends "$@" >/dev/null </dev/null; }

install() {
  local packages failed=0
  command -v apt-get >/dev/null && [[ $(id -u) == 0 ]] || return
  echo "setup: for the tests, from Debian's packages:" $(column 1)
  export DEBIAN_FRONTEND=noninteractive
  forbid_starts
  apt-get update -qq >/dev/null || return
  # where this release does not know one of them, the others come all the same
  get $(column 1) 2>/dev/null || while read -r packages; do get $packages || failed=1; done < <(cut -f 1 <<<"$rows")
  ! command -v systemctl >/dev/null || systemctl --quiet disable $(column 2) 2>/dev/null || true
  return $failed
}

rows=$(missing)
[[ -n $rows ]] || exit 0
install || echo "setup: they could not be installed here; as root: apt-get install" $(column 1)
rows=$(missing)
[[ -z $rows ]] || cut -f 3 <<<"$rows" | sort -u | sed 's/^/setup: tests are skipped: /'
