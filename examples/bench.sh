#!/usr/bin/env bash
# Levin against the peers that are there, in one session: examples/bench.sh --pytorch 'python3 peers.py' [--budget MINUTES] ...; see --help and docs/benchmarks.md.
# Nothing else should run meanwhile.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
. "$here/examples/jvm.sh"
prepare_levin
exec "$jdk/bin/java" -XX:+UseSerialGC -Xmx256m -Dlevin.bench.home="$here" -Dlevin.bench.java="${options[*]}" -cp "$class_path" dev.levin.examples.bench.Compare "$@"
