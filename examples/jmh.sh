#!/usr/bin/env bash
# Benchmarks of parts by JMH: THREADS=1 examples/jmh.sh [JMH's arguments, such as Products -p mkn=1024x1024x1024]; examples/jmh.sh -h lists them.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
java=${LEVIN_JAVA_HOME:+$LEVIN_JAVA_HOME/bin/java}
if [ -z "$java" ]; then
  for j in "${JAVA_HOME:-/nonexistent}"/bin/java /usr/lib/jvm/*/bin/java; do
    [ -x "$j" ] && "$j" -version 2>&1 | grep -qE 'version "(2[5-9]|[3-9][0-9])' && { java=$j; break; }
  done
fi
java=${java:-java}
jmh=$here/examples/jmh
if [ ! -d "$jmh/target/lib" ] || [ -n "$(find "$here/engine/src/main" "$jmh/src" "$jmh/pom.xml" -newer "$jmh/target/lib" -print -quit)" ]; then
  echo "jmh: building ..." >&2
  (cd "$here" && JAVA_HOME=$(dirname "$(dirname "$(readlink -f "$(command -v "$java")")")") mvn -q -B -ntp -Pjmh -pl examples/jmh -am package -DskipTests >&2)
  touch "$jmh/target/lib"
fi
exec "$java" -cp "$jmh/target/classes:$jmh/target/lib/*" org.openjdk.jmh.Main -jvmArgs "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
  -Dlevin.threads=${THREADS:-1} -Dorg.bytedeco.javacpp.maxBytes=0 -Dorg.bytedeco.javacpp.maxPhysicalBytes=0" "$@"
