// Runs CUDA kernels on the processor: every thread of a block is a fiber, barriers and shuffles switch between them.
// A thread that leaves while others wait at a barrier, or that waits for ever, is reported as divergence.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#define __global__
#define __device__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)
#define __shared__ static

struct Dim { unsigned x, y, z; };
static Dim threadIdx, blockIdx, blockDim, gridDim;

// ---- fibers ---------------------------------------------------------------------------------------------------------------------

namespace host {
const int MAX_THREADS = 1024;
const size_t STACK = 64 << 10;

struct Fiber {
#if defined(__x86_64__)
    void* sp;
#else
    ucontext_t context;
#endif
    bool done;
};
static Fiber fibers[MAX_THREADS];
static Fiber scheduler;
static char* stacks;
static int current, threads;
static long progress;
static void (*body)(void*);
static void* body_argument;

#if defined(__x86_64__)
extern "C" void levin_host_switch(void** from, void* to) __attribute__((visibility("hidden")));
asm(R"(
.text
.hidden levin_host_switch
.type levin_host_switch, @function
levin_host_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
static void change(Fiber& from, Fiber& to) { levin_host_switch(&from.sp, to.sp); }
#else
static void change(Fiber& from, Fiber& to) { swapcontext(&from.context, &to.context); }
#endif

static void entry() {
    body(body_argument);
    fibers[current].done = true;
    progress++;
    change(fibers[current], scheduler);
    abort();
}
static void prepare(int i) {
    Fiber& f = fibers[i];
    f.done = false;
    char* top = stacks + (i + 1) * STACK;
#if defined(__x86_64__)
    void** sp = (void**) ((uintptr_t) top & ~(uintptr_t) 63);
    *--sp = nullptr;                 // keeps the alignment a call would leave
    *--sp = (void*) entry;
    for (int r = 0; r < 6; r++) *--sp = nullptr;
    f.sp = sp;
#else
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = top - STACK;
    f.context.uc_stack.ss_size = STACK;
    f.context.uc_link = nullptr;
    makecontext(&f.context, entry, 0);
#endif
}
static void yield() { change(fibers[current], scheduler); }

struct Barrier {
    int waiting; long generation;
    void wait(int expected) {
        progress++;
        if (++waiting == expected) { waiting = 0; generation++; return; }
        long mine = generation;
        while (generation == mine) yield();
    }
};
static Barrier block_barrier, warp_barrier[MAX_THREADS / 32];
static unsigned char slots[MAX_THREADS][8];

static int warp_size() { int w = current / 32; return threads - 32 * w < 32 ? threads - 32 * w : 32; }

static int launch(unsigned gx, unsigned bx, void (*f)(void*), void* argument) {
    if (!stacks) {
        stacks = (char*) mmap(nullptr, MAX_THREADS * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    body = f;
    body_argument = argument;
    threads = (int) bx;
    gridDim = {gx, 1, 1};
    blockDim = {bx, 1, 1};
    for (unsigned b = 0; b < gx; b++) {
        blockIdx = {b, 0, 0};
        block_barrier = {};
        for (auto& w : warp_barrier) w = {};
        for (int i = 0; i < threads; i++) prepare(i);
        for (int left = threads; left > 0;) {
            long before = progress;
            left = 0;
            for (current = 0; current < threads; current++) {
                if (fibers[current].done) continue;
                threadIdx = {(unsigned) current, 0, 0};
                change(scheduler, fibers[current]);
                left += !fibers[current].done;
            }
            if (left > 0 && progress == before) return 1;
        }
        if (block_barrier.waiting != 0) return 1;
    }
    return 0;
}
}

static void __syncthreads() { host::block_barrier.wait(host::threads); threadIdx.x = (unsigned) host::current; }
static void __syncwarp() { host::warp_barrier[host::current / 32].wait(host::warp_size()); }
template <class T> static T __shfl_xor_sync(unsigned, T v, int d) {
    memcpy(host::slots[host::current], &v, sizeof v);
    __syncwarp();
    T r;
    int from = host::current ^ d;
    memcpy(&r, host::slots[from < host::threads ? from : host::current], sizeof r);
    __syncwarp();
    return r;
}

// ---- intrinsics -----------------------------------------------------------------------------------------------------------------

template <class To, class From> static To host_bits(From v) { To r; memcpy(&r, &v, sizeof r); return r; }
static float __uint_as_float(unsigned v) { return host_bits<float>(v); }
static unsigned __float_as_uint(float v) { return host_bits<unsigned>(v); }
static double __longlong_as_double(long long v) { return host_bits<double>(v); }
static long long __double_as_longlong(double v) { return host_bits<long long>(v); }
static unsigned __umulhi(unsigned a, unsigned b) { return (unsigned) ((unsigned long long) a * b >> 32); }
static unsigned long long atomicCAS(unsigned long long* p, unsigned long long expected, unsigned long long v) {
    unsigned long long old = *p;
    if (old == expected) *p = v;
    return old;
}

static float host_f16_to_float(unsigned short h) {
    unsigned magnitude = h & 0x7fff, sign = (unsigned) (h & 0x8000) << 16;
    float f = magnitude < 0x400 ? (float) magnitude * 0x1p-24f
        : host_bits<float>(magnitude >= 0x7c00 ? 0x7f800000u | magnitude << 13 : (magnitude << 13) + 0x38000000u);
    return host_bits<float>(host_bits<unsigned>(f) | sign);
}
static unsigned short host_float_to_f16(float v) {
    unsigned b = host_bits<unsigned>(v), sign = b >> 16 & 0x8000;
    float a = fabsf(v);
    if (v != v) return (unsigned short) (sign | 0x7e00);
    if (a >= 65520.0f) return (unsigned short) (sign | 0x7c00);
    if (a < 0x1p-14f) return (unsigned short) (sign | (unsigned) rintf(a * 0x1p24f));
    unsigned m = b & 0x7fffffff;
    return (unsigned short) (sign | ((m + 0xfff + (m >> 13 & 1)) >> 13) - 0x1c000);
}

// Newton's method on erf, from Winitzki's approximation.
static double erfinv(double y) {
    if (!(fabs(y) <= 1)) return NAN;
    if (fabs(y) == 1) return copysign(INFINITY, y);
    if (fabs(y) < 1e-8) return y * 0.88622692545275801365;
    double l = log1p(-y * y), t = 4.3307467508 + l / 2;
    double x = copysign(sqrt(sqrt(t * t - l / 0.147) - t), y);
    for (int i = 0; i < 40; i++) {
        double e = fabs(x) > 0.5 ? (x > 0 ? 1 : -1) * ((1 - fabs(y)) - erfc(fabs(x))) : erf(x) - y;
        double d = e / (1.12837916709551257390 * exp(-x * x));
        x -= d / (1 + x * d);
        if (fabs(d) <= 1e-16 * fabs(x)) break;
    }
    return x;
}
static float erfinvf(float y) { return (float) erfinv((double) y); }
