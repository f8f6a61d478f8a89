// libcudart.so.13: the presets load it; Levin only asks for its version
extern "C" int cudaRuntimeGetVersion(int* v) { *v = 13000; return 0; }
