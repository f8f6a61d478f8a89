#!/usr/bin/env bash
# gpu-check.sh [OPTIONS]: what the CUDA device does on this machine, in one table; writes the same as JSON. Under 8 minutes.
# Whatever needs the GPU fails here instead of being skipped.
#   --json FILE       where the JSON goes (gpu-check.json)
#   --oracle FOLDER   corpora of PyTorch's results (engine/src/test/resources/oracle)
#   --peers SCRIPT    PyTorch on the same models: a cuda_peers.py; needs a Python with torch for CUDA
#   --python PYTHON   for --peers (python3)
#   --budget SECONDS  for --peers (150)
#   --only A,B        these parts: doctor ops more optim curves training fuzz capture memory figures fp32 tf32 bf16 peers
#   --tiny            sizes that say nothing, to see that every part runs
# Java: $LEVIN_JAVA_HOME, $JAVA_HOME or java on the path, with the classes that ./levin builds; or $DEVICE_JAVA and $DEVICE_CP, a
# Java and a class path that need no build.
set -uo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
json=gpu-check.json oracle=$here/engine/src/test/resources/oracle peers='' python=python3 budget=150 only='' tiny=''
while [ $# -gt 0 ]; do
  case $1 in
    --json) json=$2; shift 2;; --oracle) oracle=$2; shift 2;; --peers) peers=$2; shift 2;; --python) python=$2; shift 2;;
    --budget) budget=$2; shift 2;; --only) only=,$2,; shift 2;; --tiny) tiny=1; shift;;
    -h|--help) sed -n '2,14p' "$0"; exit 0;;
    *) echo "gpu-check: unknown option $1; see --help" >&2; exit 2;;
  esac
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

if [ -n "${DEVICE_JAVA:-}" ] && [ -n "${DEVICE_CP:-}" ]; then
  java=$DEVICE_JAVA cp=$DEVICE_CP
else
  "$here/levin" --version >/dev/null || exit 1
  java=java
  for j in "${LEVIN_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -x "$j/bin/java" ] && [ "$("$j/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')" -ge 25 ] 2>/dev/null && { java=$j/bin/java; break; }
  done
  cp=$here/examples/target/classes:$here/examples/target/lib/*
fi
levin() {  # [-Dname=value ...] MAIN ARGUMENTS
  "$java" -Xmx8g --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:+UseParallelGC -Dorg.bytedeco.javacpp.maxBytes=0 \
    -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 ${LEVIN_JAVA_OPTS:-} -cp "$cp:$here/examples/gpu-check" "$@"
}
cli=dev.levin.examples.cli.Levin
gpu=dev.levin.examples.bench.GpuCheck
on_gpu=-Dlevin.backend=everything-on-gpu

failed=0 steps=''
part() {  # NAME LIMIT COMMAND...
  local name=$1 limit=$2 begin end state
  shift 2
  [ -z "$only" ] || [[ $only == *,$name,* ]] || return 0
  begin=$(date +%s)
  "$@" >"$work/$name.out" 2>"$work/$name.err" &
  local pid=$! killer
  (sleep "$limit"; echo "stopped after $limit s" >>"$work/$name.err"; pkill -P $pid; kill $pid) >/dev/null 2>&1 &
  killer=$!
  if wait $pid; then state=passed; else state=FAILED; failed=$((failed + 1)); fi
  pkill -P $killer >/dev/null 2>&1
  kill $killer >/dev/null 2>&1
  wait $killer 2>/dev/null
  end=$(date +%s)
  printf '%-12s %-7s %4d s   %s\n' "$name" "$state" $((end - begin)) "$(grep -E 'passed, |cases' "$work/$name.out" | tail -1)"
  [ "$state" = passed ] || { tail -n 15 "$work/$name.out" | cut -c1-300; grep -v '^WARNING' "$work/$name.err" | tail -n 25 | cut -c1-300; } | sed 's/^/    /'
  steps="$steps${steps:+,}{\"name\":\"$name\",\"state\":\"$state\",\"seconds\":$((end - begin))}"
}
usable() { levin "$cli" doctor | tee /dev/stderr | grep -q 'CUDA can be used'; }
captured() {  # the same bits with and without graphs
  levin "$gpu" bits "$1" "$2" >"$work/captured" && levin -Dlevin.cuda.capture=false "$gpu" bits "$1" "$2" >"$work/plain" \
    && cmp "$work/captured" "$work/plain" && [ -s "$work/plain" ]
}
measure_peers() {
  local tiny_options=()
  [ -z "$tiny" ] || tiny_options=(--device cpu --tiny --seconds 0.05)
  "$python" "$peers" --out "$work/peers.json" --budget "$budget" --engines eager graph compile compile_ro --precisions tf32 bf16 \
    --workloads mlp_mnist cnn_mnist gpt_small resnet50 gpt2_124m "${tiny_options[@]}"
}

models='mlp_mnist cnn_mnist resnet18_cifar gpt_tiny gpt_small lstm_char' large='resnet50 gpt2_124m' fuzz=45 steps_flat=2000 seconds=0.7 curve=20
[ -z "$tiny" ] || { models='iris_mlp'; large=resnet50_tiny; fuzz=3; steps_flat=30; seconds=0.05; curve=3; }
curves='mlp_mnist cnn_mnist gpt_tiny'
[ -z "$tiny" ] || curves=iris_mlp

smi=$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -1)
echo "$(date -u +%FT%TZ)  ${smi:-nvidia-smi not found}"
printf '{"date":"%s","gpu":"%s","cpus":%d}\n' "$(date -u +%FT%TZ)" "$smi" "$(nproc)" >"$work/machine.json"
begin=$(date +%s)
part doctor 60 usable
[ "$failed" = 0 ] || { echo "no GPU can be used: nothing else was tried" >&2; exit 1; }
part ops 120 levin $on_gpu "$cli" conformance ops "$oracle/ops"
part more 120 levin $on_gpu "$cli" conformance ops "$oracle/more"
part optim 60 levin $on_gpu "$cli" conformance optim "$oracle/optim"
part curves 60 levin $on_gpu "$cli" conformance curves "$oracle/curves"
part training 90 levin "$gpu" curves $curve $curves
part fuzz $((fuzz + 60)) levin $on_gpu "$gpu" fuzz $fuzz "${GPU_CHECK_SEED:-1}"
part capture 60 captured "$([ -z "$tiny" ] && echo cnn_mnist || echo iris_mlp)" 12
part memory 60 levin "$gpu" memory $steps_flat
part figures 60 levin "$gpu" figures ${tiny:+tiny}
part fp32 90 levin "$gpu" models fp32 $seconds $models
part tf32 90 levin -Dlevin.cuda.tf32=true "$gpu" models tf32 $seconds $models $large
part bf16 90 levin "$gpu" models bf16 $seconds $models $large
[ -z "$peers" ] || part peers $((budget + 30)) measure_peers

printf '[%s]\n' "$steps" >"$work/steps.json"
levin "$gpu" report "$work" "$json" 2>/dev/null || { echo "the report could not be written" >&2; failed=$((failed + 1)); }
echo "$(($(date +%s) - begin)) s, $failed part(s) failed; written to $json"
exit $((failed > 0))
