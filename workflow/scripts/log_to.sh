# Sourced before every command: `log_to FILE` appends what follows to FILE, each attempt behind a
# line of its own. Snakemake deletes a log before each attempt; a second, hidden name keeps it.
#
# Programs find the genome of a CRAM file in what they are given: unset, REF_PATH is a server.
export REF_PATH=/dev/null REF_CACHE=/dev/null
log_to() {
  local kept="${1%/*}/.${1##*/}"
  touch "$kept" && ln -f "$kept" "$1" || true
  exec >>"$1" 2>&1
  echo "=== attempt started $(date -u +%Y-%m-%dT%H:%M:%SZ) on $(uname -n)"
  job_log=$1
  trap '[[ $? == 0 ]] || tell_cause_last' EXIT
}

# The others of a pipe go on talking when the one that knows what is wrong has ended. What it said
# (the line of JSON by which engines end) is said again for people, where it is not the last line;
# nor is that of a dead letter, which says it already.
tell_cause_last() {
  awk '/^=== attempt started / {said = ""} /^\{"error_class": / {said = $0} {last = $0}
    END {if (said != last && last !~ /^\{"type": "error", "error_class": /) print said}' "$job_log" |
    sed -nE -e 's/^\{"error_class": "[a-z]*", "code": [0-9]+, "message": "(([^"\\]|\\.)*)", "hint": "(([^"\\]|\\.)*)".*/error: \1\n  hint: \3/' \
      -e T -e 's/\n  hint: $//; s/\\(["\\])/\1/g; p' || true
}
