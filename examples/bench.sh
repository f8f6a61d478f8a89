#!/usr/bin/env bash
# Levin against the peers that are there, in one session: examples/bench.sh --pytorch 'python3 peers.py' [--budget MINUTES] ...; see --help and docs/benchmarks.md.
# Nothing else should run meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
"$here/levin" --version >/dev/null
java=${LEVIN_JAVA_HOME:+$LEVIN_JAVA_HOME/bin/java}
if [ -z "$java" ]; then
  for j in "${JAVA_HOME:-/nonexistent}"/bin/java /usr/lib/jvm/*/bin/java; do
    [ -x "$j" ] && "$j" -version 2>&1 | grep -qE 'version "(2[5-9]|[3-9][0-9])' && { java=$j; break; }
  done
fi
exec "${java:-java}" -XX:+UseSerialGC -Xmx256m -Dlevin.bench.home="$here" -cp "$here/examples/target/classes:$here/examples/target/lib/*" dev.levin.examples.bench.Compare "$@"
