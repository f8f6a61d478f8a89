#!/usr/bin/env bash
# Benchmarks of parts by JMH: THREADS=1 examples/jmh.sh [JMH's arguments, such as Products -p mkn=1024x1024x1024]; examples/jmh.sh -h lists them.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
. "$here/examples/jvm.sh"
jdk=$(find_jdk)
jmh=$here/examples/jmh
if [ ! -d "$jmh/target/lib" ] || [ -n "$(find "$here/engine/src/main" "$jmh/src" "$jmh/pom.xml" -newer "$jmh/target/lib" -print -quit)" ]; then
  echo "jmh: building ..." >&2
  build_with "$jmh/target/build.log" -Pjmh -pl examples/jmh -am
  touch "$jmh/target/lib"
fi
exec "$jdk/bin/java" -cp "$jmh/target/classes:$jmh/target/lib/*" org.openjdk.jmh.Main -jvmArgs "--add-modules=jdk.incubator.vector \
  --enable-native-access=ALL-UNNAMED -Dlevin.threads=${THREADS:-1} -Dorg.bytedeco.javacpp.maxBytes=0 -Dorg.bytedeco.javacpp.maxPhysicalBytes=0" "$@"
