// A GPU made of the processor, as shared libraries with the names and functions of NVIDIA's: tests run the real bindings
// on them. Only what Levin calls is there. Work runs as late as it may: when somebody waits for it. What NVIDIA would answer
// with undefined behaviour is an error here, with a line on stderr that starts with FAKE GPU.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

typedef std::function<int()> Task;

extern "C" {
// of libcuda.so.1, for the other libraries: puts work on a stream (a graph while it is captured); 0 if all is well
int fake_enqueue(void* stream, Task* task);
// whether bytes from an address on are live device memory
int fake_is_device(const void* p, size_t bytes);
}

static inline int fake_error(int code, const char* what, long a = 0, long b = 0) {
    fprintf(stderr, "FAKE GPU: %s (%ld, %ld)\n", what, a, b);
    return code;
}

// ---- elements -------------------------------------------------------------------------------------------------------------------

enum Type { F32, F64, F16, BF16, NONE };
static inline size_t bytes_of(Type t) { return t == F64 ? 8 : t == F32 ? 4 : 2; }
static inline double get(Type t, const void* p, long i) {
    switch (t) {
        case F32: return ((const float*) p)[i];
        case F64: return ((const double*) p)[i];
        case BF16: { uint32_t b = (uint32_t) ((const uint16_t*) p)[i] << 16; float f; memcpy(&f, &b, 4); return f; }
        default: {
            uint16_t h = ((const uint16_t*) p)[i];
            int e = h >> 10 & 31, m = h & 1023;
            double v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
            return h & 0x8000 ? -v : v;
        }
    }
}
static inline void set(Type t, void* p, long i, double v) {
    switch (t) {
        case F32: ((float*) p)[i] = (float) v; return;
        case F64: ((double*) p)[i] = v; return;
        case BF16: {
            float f = (float) v;
            uint32_t b;
            memcpy(&b, &f, 4);
            ((uint16_t*) p)[i] = v != v ? 0x7fc0 : (uint16_t) ((b + 0x7fff + (b >> 16 & 1)) >> 16);
            return;
        }
        default: {
            double a = fabs(v);
            uint16_t s = std::signbit(v) ? 0x8000 : 0;
            if (v != v) { ((uint16_t*) p)[i] = 0x7e00; return; }
            if (a == 0) { ((uint16_t*) p)[i] = s; return; }
            if (a >= 65520) { ((uint16_t*) p)[i] = s | 0x7c00; return; }
            int e;
            frexp(a, &e);
            int shift = e - 11 < -24 ? -24 : e - 11;
            long m = lrint(ldexp(a, -shift));
            ((uint16_t*) p)[i] = s | (uint16_t) (m + ((shift + 24) << 10));
        }
    }
}
// as tensor cores read F32 with TF32: 10 bits of mantissa
static inline double tf32(double v) {
    float f = (float) v;
    uint32_t b;
    memcpy(&b, &f, 4);
    b = (b + 0xfff + (b >> 13 & 1)) & ~0x1fffu;
    memcpy(&f, &b, 4);
    return f;
}
