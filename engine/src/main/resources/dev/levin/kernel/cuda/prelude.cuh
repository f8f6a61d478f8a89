// What every generated kernel may use. No includes: NVRTC compiles it as it is. Arithmetic on integers wraps around.

typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;

struct f16 { unsigned short x; };
struct bf16 { unsigned short x; };
struct truth { unsigned char x; };

#define DEV __device__ __forceinline__

// ---- memory and registers: 16-bit floats live in float, narrow integers in int, truth in bool ----------------------------------

template <int V, class M> struct alignas(sizeof(M) * V) Vec { M x[V]; };

DEV float reg(float v) { return v; }
DEV double reg(double v) { return v; }
DEV i64 reg(i64 v) { return v; }
DEV int reg(int v) { return v; }
DEV int reg(short v) { return v; }
DEV int reg(signed char v) { return v; }
DEV int reg(unsigned char v) { return v; }
DEV bool reg(truth v) { return v.x != 0; }
DEV float reg(bf16 v) { return __uint_as_float((u32) v.x << 16); }
DEV float reg(f16 v) {
#ifdef __CUDA_ARCH__
    float r; asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(v.x)); return r;
#else
    return host_f16_to_float(v.x);
#endif
}

DEV unsigned short to_f16(float v) {
#ifdef __CUDA_ARCH__
    unsigned short r; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(r) : "f"(v)); return r;
#else
    return host_float_to_f16(v);
#endif
}
DEV unsigned short to_bf16(float v) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
    unsigned short r; asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(r) : "f"(v)); return r;
#else
    u32 b = __float_as_uint(v);
    return v != v ? (unsigned short) (b >> 16 | 0x40) : (unsigned short) ((b + 0x7fff + (b >> 16 & 1)) >> 16);
#endif
}

DEV void put(float& m, float v) { m = v; }
DEV void put(double& m, double v) { m = v; }
DEV void put(i64& m, i64 v) { m = v; }
DEV void put(int& m, int v) { m = v; }
DEV void put(short& m, int v) { m = (short) v; }
DEV void put(signed char& m, int v) { m = (signed char) v; }
DEV void put(unsigned char& m, int v) { m = (unsigned char) v; }
DEV void put(truth& m, bool v) { m.x = v; }
DEV void put(f16& m, float v) { m.x = to_f16(v); }
DEV void put(bf16& m, float v) { m.x = to_bf16(v); }

DEV float round_f16(float v) { f16 h; h.x = to_f16(v); return reg(h); }
DEV float round_bf16(float v) { bf16 h; h.x = to_bf16(v); return reg(h); }

// ---- errors: the first one of a run is kept --------------------------------------------------------------------------------

// {code, launch, index, extent}; code 1: index out of range, 2: integer division by zero
DEV void fail(i64* trap, int code, i64 launch, i64 index, i64 extent) {
    if (atomicCAS((u64*) trap, 0ull, (u64) code) == 0) {
        trap[1] = launch;
        trap[2] = index;
        trap[3] = extent;
    }
}

// ---- scalar functions ---------------------------------------------------------------------------------------------------------

DEV float f32_bits(u32 b) { return __uint_as_float(b); }
DEV double f64_bits(i64 b) { return __longlong_as_double(b); }

DEV int add(int a, int b) { return (int) ((u32) a + (u32) b); }
DEV i64 add(i64 a, i64 b) { return (i64) ((u64) a + (u64) b); }
DEV float add(float a, float b) { return a + b; }
DEV double add(double a, double b) { return a + b; }
DEV int sub(int a, int b) { return (int) ((u32) a - (u32) b); }
DEV i64 sub(i64 a, i64 b) { return (i64) ((u64) a - (u64) b); }
DEV int mul(int a, int b) { return (int) ((u32) a * (u32) b); }
DEV i64 mul(i64 a, i64 b) { return (i64) ((u64) a * (u64) b); }
DEV float mul(float a, float b) { return a * b; }
DEV double mul(double a, double b) { return a * b; }
DEV int divide(int a, int b) { return b == 0 ? 0 : b == -1 ? sub(0, a) : a / b; }
DEV i64 divide(i64 a, i64 b) { return b == 0 ? 0 : b == -1 ? sub((i64) 0, a) : a / b; }
DEV int rest(int a, int b) { return b == 0 || b == -1 ? 0 : a % b; }
DEV i64 rest(i64 a, i64 b) { return b == 0 || b == -1 ? 0 : a % b; }

DEV float larger(float a, float b) { return a != a ? a : b != b ? b : fmaxf(a, b); }
DEV double larger(double a, double b) { return a != a ? a : b != b ? b : fmax(a, b); }
DEV int larger(int a, int b) { return a > b ? a : b; }
DEV i64 larger(i64 a, i64 b) { return a > b ? a : b; }
DEV bool larger(bool a, bool b) { return a || b; }
DEV float smaller(float a, float b) { return a != a ? a : b != b ? b : fminf(a, b); }
DEV double smaller(double a, double b) { return a != a ? a : b != b ? b : fmin(a, b); }
DEV int smaller(int a, int b) { return a < b ? a : b; }
DEV i64 smaller(i64 a, i64 b) { return a < b ? a : b; }
DEV bool smaller(bool a, bool b) { return a && b; }

template <class T> DEV T sign(T v) { return v > 0 ? (T) 1 : v < 0 ? (T) -1 : (T) 0; }
DEV int wrap_u8(int v) { return v & 0xff; }
DEV int wrap_i8(int v) { return (signed char) v; }
DEV int wrap_i16(int v) { return (short) v; }

// truncates, NaN gives 0, saturates at 64 bits
DEV i64 to_i64(double v) {
    return v != v ? 0 : v >= 9223372036854775808.0 ? 0x7fffffffffffffffLL : v <= -9223372036854775808.0 ? (i64) 0x8000000000000000ull : (i64) v;
}
DEV i64 to_i64(float v) {
    return v != v ? 0 : v >= 9223372036854775808.0f ? 0x7fffffffffffffffLL : v <= -9223372036854775808.0f ? (i64) 0x8000000000000000ull : (i64) v;
}

DEV i64 power(i64 b, i64 e) {
    if (e < 0) return b == 1 ? 1 : b == -1 ? ((e & 1) == 0 ? 1 : -1) : 0;
    u64 r = 1;
    for (u64 q = (u64) b; e != 0; e >>= 1, q *= q) if (e & 1) r *= q;
    return (i64) r;
}
DEV int power(int b, int e) { return (int) power((i64) b, (i64) e); }

template <class T> DEV T shift_left(T a, T n, int width) { return n < 0 || n >= width ? (T) 0 : (T) ((u64) a << n); }
template <class T> DEV T shift_right(T a, T n, int width) { return a >> (n < 0 || n >= width ? (T) (width - 1) : n); }

DEV float sigmoid(float x) { float e = expf(-fabsf(x)); return (x < 0 ? e : 1.0f) / (x != x ? x : 1.0f + e); }
DEV double sigmoid(double x) { double e = exp(-fabs(x)); return (x < 0 ? e : 1.0) / (x != x ? x : 1.0 + e); }

DEV double digamma(double x) {
    if (x == 0) return copysign(f64_bits(0x7ff0000000000000LL), -x);
    double extra = 0;
    if (x < 0) {
        if (x == rint(x)) return f64_bits(0x7ff8000000000000LL);
        double f = x - rint(x);
        extra = -3.14159265358979323846 / tan(3.14159265358979323846 * f);
        x = 1 - x;
    }
    double shift = 0, z = x;
    while (z < 15) shift += 1 / z++;
    if (z == f64_bits(0x7ff0000000000000LL)) return z;
    double r = 1 / (z * z);
    double s = r * (1 / 12.0 - r * (1 / 120.0 - r * (1 / 252.0 - r * (1 / 240.0 - r * (1 / 132.0 - r * (691 / 32760.0 - r / 12.0))))));
    return log(z) - 0.5 / z - s - shift + extra;
}
DEV float digamma(float x) { return (float) digamma((double) x); }

// ---- random words: Philox4x32-10, the four words of block q -----------------------------------------------------------------

struct Words { u32 x[4]; };
DEV Words philox(i64 seed, i64 step, u32 ordinal, i64 q) {
    u32 c0 = (u32) q, c1 = (u32) ((u64) q >> 32) ^ (u32) ((u64) step >> 32), c2 = ordinal, c3 = (u32) step;
    u32 k0 = (u32) seed, k1 = (u32) ((u64) seed >> 32);
#pragma unroll
    for (int r = 0; r < 10; r++) {
        u64 p0 = (u64) 0xD2511F53u * c0, p1 = (u64) 0xCD9E8D57u * c2;
        u32 n0 = (u32) (p1 >> 32) ^ c1 ^ k0, n2 = (u32) (p0 >> 32) ^ c3 ^ k1;
        c1 = (u32) p1; c3 = (u32) p0; c0 = n0; c2 = n2;
        k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
    }
    Words w; w.x[0] = c0; w.x[1] = c1; w.x[2] = c2; w.x[3] = c3;
    return w;
}
DEV int random_bits(i64 seed, i64 step, u32 ordinal, i64 e) {
    Words w = philox(seed, step, ordinal, e >> 2);
    int k = (int) (e & 3);
    return (int) (k == 0 ? w.x[0] : k == 1 ? w.x[1] : k == 2 ? w.x[2] : w.x[3]);
}

// ---- division by a number known on the host: magic = multiplier | shift << 32, for dividends below 2^31 ----------------------

DEV int quotient(int n, i64 magic) { return (int) ((__umulhi((u32) n, (u32) magic) + (u32) n) >> (int) (magic >> 32)); }

// ---- reductions -------------------------------------------------------------------------------------------------------------------

template <class A> struct Arg { A v; i64 at; };

struct Sum { template <class A> static DEV A of(A a, A b) { return add(a, b); } };
struct Prod { template <class A> static DEV A of(A a, A b) { return mul(a, b); } };
struct Max { template <class A> static DEV A of(A a, A b) { return larger(a, b); } };
struct Min { template <class A> static DEV A of(A a, A b) { return smaller(a, b); } };
// NaN beats everything, the first of equal elements wins; at < 0 means empty
struct ArgMax { template <class A> static DEV Arg<A> of(Arg<A> a, Arg<A> b) {
    if (a.at < 0 || b.at < 0) return a.at < 0 ? b : a;
    bool na = a.v != a.v, nb = b.v != b.v, same = na == nb && (na || a.v == b.v);
    return same ? (a.at < b.at ? a : b) : na || (!nb && a.v > b.v) ? a : b; } };
struct ArgMin { template <class A> static DEV Arg<A> of(Arg<A> a, Arg<A> b) {
    if (a.at < 0 || b.at < 0) return a.at < 0 ? b : a;
    bool na = a.v != a.v, nb = b.v != b.v, same = na == nb && (na || a.v == b.v);
    return same ? (a.at < b.at ? a : b) : na || (!nb && a.v < b.v) ? a : b; } };

DEV float shuffle(float v, int d) { return __shfl_xor_sync(0xffffffffu, v, d); }
DEV double shuffle(double v, int d) { return __shfl_xor_sync(0xffffffffu, v, d); }
DEV int shuffle(int v, int d) { return __shfl_xor_sync(0xffffffffu, v, d); }
DEV i64 shuffle(i64 v, int d) { return __shfl_xor_sync(0xffffffffu, v, d); }
DEV bool shuffle(bool v, int d) { return __shfl_xor_sync(0xffffffffu, (int) v, d) != 0; }
template <class A> DEV Arg<A> shuffle(Arg<A> v, int d) { Arg<A> r; r.v = shuffle(v.v, d); r.at = shuffle(v.at, d); return r; }

// Every one of T neighbouring lanes gets the fold of all T.
template <class F, int T, class A> DEV A fold_lanes(A v) {
#pragma unroll
    for (int d = T / 2; d > 0; d /= 2) v = F::of(v, shuffle(v, d));
    return v;
}
// Every thread of a block of T gets the fold of all.
template <class F, int T, class A> DEV A fold_block(A v) {
    __shared__ A part[T / 32];
    v = fold_lanes<F, 32>(v);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = v;
    __syncthreads();
    A r = part[0];
#pragma unroll
    for (int w = 1; w < T / 32; w++) r = F::of(r, part[w]);
    __syncthreads();
    return r;
}
// Threads t * ROWS + row: each of the T threads of a row gets the fold of all T.
template <class F, int T, int ROWS, class A> DEV A fold_columns(A v) {
    __shared__ A part[T * ROWS];
    int row = threadIdx.x % ROWS, t = threadIdx.x / ROWS;
    part[threadIdx.x] = v;
    __syncthreads();
#pragma unroll
    for (int h = T / 2; h > 0; h /= 2) {
        if (t < h) part[t * ROWS + row] = F::of(part[t * ROWS + row], part[(t + h) * ROWS + row]);
        __syncthreads();
    }
    A r = part[row];
    __syncthreads();
    return r;
}

// ---- many kernels of one kind in a launch ---------------------------------------------------------------------------------------

struct Table { const void* args; const int* first; i64 count; };   // first[k]: block at which kernel k starts
DEV int member(const Table& t, int block) {
    int low = 0, high = (int) t.count - 1;
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (t.first[mid] <= block) low = mid; else high = mid - 1;
    }
    return low;
}
