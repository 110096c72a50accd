# SPDX-License-Identifier: Apache-2.0
# For scripts that drive one festival through the real binary: `. field.sh`, with the program as $1.
# Works in a folder of its own, which goes with the nodes when the script ends.
set -euo pipefail
verbena=$1
work=$(mktemp -d)
declare -A pid address
finish() {
  for name in "${!pid[@]}"; do kill "${pid[$name]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
cd "$work"
export VERBENA_PASSPHRASE=test LC_ALL=C
passed=0
fail() { echo "FAILED: $*" >&2; exit 1; }
ok() { passed=$((passed + 1)); echo "ok: $*"; }
field() { python3 -c 'import json,sys
value = json.loads(sys.argv[1])
for part in sys.argv[2].split("."): value = value[part]
print(value)' "$1" "$2"; }
is() { [ "$(field "$out" "$1")" = "$2" ] || fail "$1 is not $2: $out"; }
expect() { # CODE command...
  local want=$1 got=0; shift
  out=$("$@" 2>err) || got=$?
  [ "$got" = "$want" ] || { cat err >&2; fail "exit $got instead of $want: $* -> $out"; }
}
start() { # name peers...
  local name=$1; shift
  rm -f "$name.out"
  "$verbena" node --home "$name" --listen "${address[$name]:-127.0.0.1:0}" "$@" \
    >"$name.out" 2>"$name.err" &
  pid[$name]=$!
  for _ in $(seq 400); do
    grep -q ready "$name.out" 2>/dev/null && break
    sleep 0.05
  done
  grep -q ready "$name.out" || { cat "$name.err" >&2; fail "$name does not start"; }
  address[$name]=$(cut -d' ' -f2 "$name.out")
}
stop() { kill "${pid[$1]}"; wait "${pid[$1]}" || true; unset "pid[$1]"; }
agree() { # all that run hold the same
  local seen
  for _ in $(seq 600); do
    seen=$(for name in "${!pid[@]}"; do
      "$verbena" status --node "${address[$name]}" --home "$name" --json |
        python3 -c 'import json,sys; print(json.load(sys.stdin)["state_digest"])'
    done | sort -u | wc -l)
    [ "$seen" = 1 ] && return
    sleep 0.05
  done
  fail "the devices do not agree"
}
at() { # name command...
  local name=$1; shift
  "$verbena" "$@" --node "${address[$name]}" --home "$name" --json
}
