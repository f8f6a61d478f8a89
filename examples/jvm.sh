# Sourced by ./levin and the scripts beside this: finds a JDK, builds once and again when sources change, and says how to start the JVM.
# Expects $here, the checkout; sets jdk, class_path and options. AOT: what a first run loaded and how its methods behaved is kept in
# examples/target/levin.aot, with which later ones start sooner; LEVIN_NO_AOT=1 does without.

major() { "$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p'; }
fits() { [ -n "${1:-}" ] && [ -x "$1/bin/javac" ] && [ "$(major "$1")" -ge 25 ] 2>/dev/null; }

# A JDK 25 or newer: $LEVIN_JAVA_HOME, $JAVA_HOME, java on the path, then the usual places.
find_jdk() {
  local j
  for j in "${LEVIN_JAVA_HOME:-}" "${JAVA_HOME:-}"; do fits "$j" && { echo "$j"; return; }; done
  if command -v javac >/dev/null; then
    j=$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")"); fits "$j" && { echo "$j"; return; }
  fi
  for j in /usr/lib/jvm/* /opt/*jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    fits "$j" && { echo "$j"; return; }
  done
  echo "levin: no JDK 25 or newer found. Install one (https://adoptium.net), or point LEVIN_JAVA_HOME at it." >&2
  return 1
}

# build_with LOG MAVEN-ARGUMENTS: says what went wrong, if it did.
build_with() {
  local log=$1; shift
  command -v mvn >/dev/null || { echo "levin: Maven is needed to build. Install it (https://maven.apache.org), then run this again." >&2; return 1; }
  mkdir -p "$(dirname "$log")"
  if ! (cd "$here" && JAVA_HOME=$jdk mvn -q -B -ntp package -DskipTests "$@") >"$log" 2>&1; then
    grep -m 20 -E "ERROR|error:" "$log" >&2 || tail -n 20 "$log" >&2
    echo "levin: the build failed; the whole log is in $log" >&2
    return 1
  fi
}

build_levin() {
  local stamp=$here/examples/target/levin.built
  if [ ! -f "$stamp" ] || [ -n "$(find "$here"/pom.xml "$here"/{engine,precision,strategies,trainer,callbacks,loggers,examples}/{pom.xml,src/main} -newer "$stamp" -print -quit)" ]; then
    echo "levin: building (a minute or two the first time) ..." >&2
    build_with "$here/examples/target/levin-build.log" || return 1
    touch "$stamp"
  fi
}

# One small training run whose classes and profiles later runs start with. That it fails only makes them start as before.
rehearse() {
  local aot=$here/examples/target/levin.aot of=$here/examples/target/levin.aot.of work
  [ -z "${LEVIN_NO_AOT:-}" ] || return 0
  if [ "$(cat "$of" 2>/dev/null)" != "$jdk $(major "$jdk")" ] || [ "$of" -ot "$here/examples/target/levin.built" ]; then
    rm -f "$aot"
    if work=$(mktemp -d); then
      "$jdk/bin/java" -XX:AOTCacheOutput="$aot" "${options[@]}" -cp "$class_path" dev.levin.examples.cli.Levin fit xor --max-steps 60 --out "$work" \
        >"$here/examples/target/levin-aot.log" 2>&1 || rm -f "$aot"
      rm -rf "$work"
    fi
    echo "$jdk $(major "$jdk")" >"$of"
  fi
  [ ! -s "$aot" ] || options+=(-XX:AOTCache="$aot" -Xlog:aot=off -Xlog:cds=off)
}

prepare_levin() {
  jdk=$(find_jdk) || exit 1
  build_levin || exit 1
  class_path=$(echo "$here"/examples/target/levin-examples-*.jar):$here/examples/target/lib/*
  options=(--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmn48m -XX:-UsePerfData
    -Dorg.bytedeco.javacpp.maxBytes=0 -Dorg.bytedeco.javacpp.maxPhysicalBytes=0)
  rehearse
}
