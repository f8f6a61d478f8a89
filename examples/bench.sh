#!/usr/bin/env bash
# Levin against peers on this machine: examples/bench.sh ROUNDS THREADS WORKLOAD,... [NAME='COMMAND with {workload} and {threads}' ...]
# Example: examples/bench.sh 5 1 mlp_mnist,cnn_mnist eager='python3 peers.py --workload {workload} --engine eager --threads {threads} --json'
# Nothing else should run meanwhile. Workloads and data: docs/benchmarks.md.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
"$here/levin" --version >/dev/null
java=${LEVIN_JAVA_HOME:+$LEVIN_JAVA_HOME/bin/java}
if [ -z "$java" ]; then
  for j in "${JAVA_HOME:-/nonexistent}"/bin/java /usr/lib/jvm/*/bin/java; do
    [ -x "$j" ] && "$j" -version 2>&1 | grep -qE 'version "(2[5-9]|[3-9][0-9])' && { java=$j; break; }
  done
fi
exec "${java:-java}" -cp "$here/examples/target/classes:$here/examples/target/lib/*" dev.levin.examples.bench.Compare "$@"
