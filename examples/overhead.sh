#!/usr/bin/env bash
# What a step costs in the Trainer beyond a hand-written loop: examples/overhead.sh ROUNDS THREADS STEPS [NAME='COMMAND with {workload} and {threads}' ...]
# Peers named lightning and eager_loader are compared with each other in the same way:
#   examples/overhead.sh 5 1 10000 eager_loader='python3 peers.py --workload {workload} --engine eager_loader --threads {threads} --json' \
#     lightning='python3 peers.py --workload {workload} --engine lightning --threads {threads} --json'
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
. "$here/examples/jvm.sh"
prepare_levin
rounds=${1:-5} threads=${2:-1} steps=${3:-10000}
shift $(($# < 3 ? $# : 3))
exec "$jdk/bin/java" -Xmx2g -XX:+UseParallelGC --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Dorg.bytedeco.javacpp.maxBytes=0 \
  -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Dlevin.threads="$threads" -cp "$class_path" dev.levin.examples.bench.Overhead "$rounds" "$steps" "$@"
