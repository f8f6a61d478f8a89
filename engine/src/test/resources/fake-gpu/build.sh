#!/usr/bin/env bash
# build.sh FOLDER HOST_H: libraries that play an NVIDIA GPU on the processor, for tests of the bindings. Needs g++.
# Use: LD_LIBRARY_PATH=FOLDER and -Dlevin.cuda.path=FOLDER. Never put FOLDER on the path of a machine with a GPU.
set -euo pipefail
out=$1 host=$2 here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$out"
cp "$host" "$out/host.h"
lib() {  # FILE SOURCE [LIBRARY...]: with the version node that NVIDIA's library has
  local name=$1 source=$2
  shift 2
  printf '%s { global: *; };\n' "$name" >"$out/$name.map"
  g++ -std=c++17 -O2 -w -fPIC -shared -Wl,-soname,"$name" -Wl,--version-script="$out/$name.map" -Wl,-rpath,"$out" -o "$out/$name" "$source" "$@"
  rm "$out/$name.map"
}
jobs=()
start() { "$@" & jobs+=($!); }
finish() { for j in "${jobs[@]}"; do wait "$j"; done; jobs=(); }
start g++ -std=c++17 -O2 -w -fPIC -shared -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1" "$here/driver.cpp" -ldl -lpthread
start g++ -std=c++17 -O1 -w -fwrapv -ffp-contract=off -fPIC -x c++-header "$out/host.h" -o "$out/host.h.gch"
start lib libnvrtc.so.13 "$here/nvrtc.cpp" -ldl
start lib libcudart.so.13 "$here/cudart.cpp"
for name in libnvidia-ml.so.1 libnvtx3interop.so.1; do start g++ -shared -fPIC -w -Wl,-soname,$name -o "$out/$name" "$here/nvml.cpp"; done
start g++ -shared -Wl,-soname,libnvrtc-builtins.so.13.0 -o "$out/libnvrtc-builtins.so.13.0" -x c++ /dev/null
finish
start lib libcublasLt.so.13 "$here/cublas.cpp" "$out/libcuda.so.1"
start lib libnccl.so.2 "$here/nccl.cpp" "$out/libcuda.so.1"
start lib libcublas.so.13 "$here/cublas.cpp" "$out/libcuda.so.1"
for part in graph ops cnn adv; do start lib libcudnn_$part.so.9 "$here/cudnn.cpp" "$out/libcuda.so.1"; done
finish
