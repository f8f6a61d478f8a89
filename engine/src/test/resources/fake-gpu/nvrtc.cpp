// libnvrtc.so.13: compiles by g++ for the processor, with host.h beside this library
#include "fake.h"
#include <dlfcn.h>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

namespace {
struct Program { std::string source, log; std::vector<char> image; };

std::string folder() {
    Dl_info i;
    dladdr((void*) &folder, &i);
    std::string f = i.dli_fname;
    return f.substr(0, f.rfind('/'));
}
// entries by which the processor calls each kernel
std::string entries(const std::string& s) {
    std::string out;
    const std::string head = "extern \"C\" __global__ void ", grid = "(const __grid_constant__ ";
    for (size_t at = s.find(head); at != std::string::npos; at = s.find(head, at)) {
        at += head.size();
        if (s.compare(at, 17, "__launch_bounds__") == 0) at = s.find(") ", at) + 2;
        size_t open = s.find(grid, at), end = s.find(' ', open + grid.size());
        std::string name = s.substr(at, open - at), type = s.substr(open + grid.size(), end - open - grid.size());
        out += "extern \"C\" int host_" + name + "(const void* const* p, unsigned grid, unsigned block) { return host::launch(grid, block, [](void* a) { "
            + name + "(*(const " + type + "*) a); }, (void*) p[0]); }\nextern \"C\" long size_" + name + "() { return sizeof(" + type + "); }\n";
    }
    return out;
}
}

extern "C" {
int nvrtcVersion(int* a, int* b) { *a = 13; *b = 0; return 0; }
const char* nvrtcGetErrorString(int r) { return r == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_OF_THE_FAKE"; }
int nvrtcCreateProgram(Program** p, const char* source, const char* name, int headers, const char* const* a, const char* const* b) {
    *p = new Program{source};
    return headers || a || b || !name ? fake_error(3, "headers", headers) : 0;
}
int nvrtcDestroyProgram(Program** p) { delete *p; *p = nullptr; return 0; }
int nvrtcCompileProgram(Program* p, int n, const char* const* options) {
    bool arch = false;
    for (int i = 0; i < n; i++) arch |= std::string(options[i]) == "--gpu-architecture=sm_90";
    if (!arch) return fake_error(5, "no architecture among the options", n);
    char base[] = "/tmp/fake-nvrtc-XXXXXX";
    int f = mkstemp(base);
    close(f);
    std::string b = base;
    std::ofstream(b + ".cpp") << "#include \"host.h\"\n" << p->source << "\n" << entries(p->source);
    int r = system(("g++ -std=c++17 -O1 -w -fwrapv -ffp-contract=off -fPIC -shared -I" + folder() + " -o " + b + ".so " + b + ".cpp 2>" + b).c_str());
    std::ifstream log(b), so(b + ".so", std::ios::binary);
    p->log.assign(std::istreambuf_iterator<char>(log), {});
    p->image.assign(std::istreambuf_iterator<char>(so), {});
    for (const char* e : {"", ".cpp", ".so"}) unlink((b + e).c_str());
    return r ? 6 : 0;
}
int nvrtcGetCUBINSize(Program* p, size_t* n) { *n = p->image.size(); return 0; }
int nvrtcGetCUBIN(Program* p, char* to) { memcpy(to, p->image.data(), p->image.size()); return 0; }
int nvrtcGetProgramLogSize(Program* p, size_t* n) { *n = p->log.size() + 1; return 0; }
int nvrtcGetProgramLog(Program* p, char* to) { memcpy(to, p->log.c_str(), p->log.size() + 1); return 0; }
}
