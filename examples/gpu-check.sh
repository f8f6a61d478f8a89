#!/usr/bin/env bash
# gpu-check.sh [JSON]: what the CUDA device does on this machine, in one table; writes the same as JSON (gpu-check.json).
# Tests that need a GPU fail here instead of being skipped. Needs Maven and a JDK 25, as the build does.
set -uo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
json=${1:-gpu-check.json}
seconds=${GPU_CHECK_FUZZ_SECONDS:-60}
rows=""
failed=0

step() {  # NAME COMMAND...
  local name=$1 begin end state log
  shift
  log=$(mktemp)
  begin=$(date +%s)
  if "$@" >"$log" 2>&1; then state=passed; else state=FAILED; failed=$((failed + 1)); fi
  end=$(date +%s)
  printf '%-34s %-7s %5d s\n' "$name" "$state" $((end - begin))
  [ "$state" = passed ] || tail -n 25 "$log" | sed 's/^/    /'
  rows="$rows${rows:+,}{\"name\":\"$name\",\"state\":\"$state\",\"seconds\":$((end - begin))}"
  rm -f "$log"
}
engine() {  # TEST
  (cd "$here" && mvn -q -B -pl engine test -Dtest="$1" -Dgpu.required=true -Dlevin.fuzz.seconds="$seconds")
}
usable() { "$here/levin" doctor | tee /dev/stderr | grep -q 'CUDA can be used'; }

echo "$(date -u +%FT%TZ)  $(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || echo 'nvidia-smi not found')"
step "doctor: CUDA can be used" usable
step "training, capture, memory" engine GpuTest
step "random programs" engine 'DeviceFuzzTest#theGpuAgreesWithTheReference'
printf '{"date":"%s","gpu":"%s","failed":%d,"checks":[%s]}\n' "$(date -u +%FT%TZ)" \
  "$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | head -1)" "$failed" "$rows" >"$json"
echo "written to $json"
exit $((failed > 0))
