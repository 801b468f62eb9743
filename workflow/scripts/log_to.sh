# Sourced before every command: `log_to FILE` appends what follows to FILE, each attempt behind a
# line of its own. Snakemake deletes a log before each attempt; a second, hidden name keeps it.
log_to() {
  local kept="${1%/*}/.${1##*/}"
  touch "$kept" && ln -f "$kept" "$1" || true
  exec >>"$1" 2>&1
  echo "=== attempt started $(date -u +%Y-%m-%dT%H:%M:%SZ) on $(uname -n)"
}
