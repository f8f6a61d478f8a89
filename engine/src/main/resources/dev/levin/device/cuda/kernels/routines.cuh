// Kernels written by hand. Each takes one struct of eight-byte words; sums are in a fixed order, so results repeat.

// Stores an accumulator: rounds floats once, wraps integers.
DEV void store_as(float& m, float v) { m = v; }
DEV void store_as(float& m, double v) { m = (float) v; }
DEV void store_as(double& m, double v) { m = v; }
DEV void store_as(f16& m, float v) { put(m, v); }
DEV void store_as(bf16& m, float v) { put(m, v); }
DEV void store_as(f16& m, double v) { put(m, (float) v); }
DEV void store_as(bf16& m, double v) { put(m, (float) v); }
DEV void store_as(i64& m, i64 v) { m = v; }
DEV void store_as(int& m, i64 v) { m = (int) v; }
DEV void store_as(short& m, i64 v) { m = (short) v; }
DEV void store_as(signed char& m, i64 v) { m = (signed char) v; }
DEV void store_as(unsigned char& m, i64 v) { m = (unsigned char) v; }
DEV void store_as(truth& m, i64 v) { m.x = v != 0; }
template <class T> DEV T combine_add(T a, T b) { return add(a, b); }
template <class T> DEV T combine_mul(T a, T b) { return mul(a, b); }
DEV bool combine_add(bool a, bool b) { return a || b; }
DEV bool combine_mul(bool a, bool b) { return a && b; }

DEV i64 thread_number() { return (i64) blockIdx.x * blockDim.x + threadIdx.x; }

// ---- matrix product: any strides, any batch axes ----------------------------------------------------------------------------

// Batch axes of each operand on their own: number b of a product has offsets by the operand's own extents.
struct Batch { i64 extent[4], stride[4]; };
DEV i64 batch_offset(const Batch& x, i64 b) {
    i64 at = 0;
    for (int k = 3; k >= 0; k--) { at += b % x.extent[k] * x.stride[k]; b /= x.extent[k]; }
    return at;
}
struct MatmulArgs { const void* a; const void* b; void* c; i64 m, n, k, a_row, a_col, b_row, b_col; Batch ab, bb; };

// Tiles of 32 x 32 by 256 threads, four rows each.
template <class M, class A> DEV void matmul(const MatmulArgs& p) {
    __shared__ A ta[32 * 33];
    __shared__ A tb[32 * 33];
    i64 tiles_n = (p.n + 31) / 32, tiles_m = (p.m + 31) / 32;
    i64 batch = blockIdx.x / (tiles_n * tiles_m), tile = blockIdx.x % (tiles_n * tiles_m);
    i64 row0 = tile / tiles_n * 32, col0 = tile % tiles_n * 32;
    int x = (int) threadIdx.x % 32, y = (int) threadIdx.x / 32;
    const M* a = (const M*) p.a + batch_offset(p.ab, batch);
    const M* b = (const M*) p.b + batch_offset(p.bb, batch);
    A sum[4] = {0, 0, 0, 0};
    for (i64 k0 = 0; k0 < p.k; k0 += 32) {
        for (int i = 0; i < 4; i++) {
            int r = y + 8 * i;
            ta[r * 33 + x] = row0 + r < p.m && k0 + x < p.k ? (A) reg(a[(row0 + r) * p.a_row + (k0 + x) * p.a_col]) : (A) 0;
            tb[r * 33 + x] = k0 + r < p.k && col0 + x < p.n ? (A) reg(b[(k0 + r) * p.b_row + (col0 + x) * p.b_col]) : (A) 0;
        }
        __syncthreads();
        for (int k = 0; k < 32; k++)
            for (int i = 0; i < 4; i++) sum[i] = add(sum[i], mul(ta[(y + 8 * i) * 33 + k], tb[k * 33 + x]));
        __syncthreads();
    }
    M* c = (M*) p.c + batch * p.m * p.n;
    for (int i = 0; i < 4; i++)
        if (row0 + y + 8 * i < p.m && col0 + x < p.n) store_as(c[(row0 + y + 8 * i) * p.n + col0 + x], sum[i]);
}

// ---- what follows a product or convolution: y = relu(y + bias + addend), in place ----------------------------------------------

struct EpilogueArgs { void* y; const void* bias; const void* addend; i64 n, channels, inner, relu; };
template <class M> DEV void epilogue(const EpilogueArgs& p) {
    i64 i = thread_number();
    if (i >= p.n) return;
    M* y = (M*) p.y;
    auto v = reg(y[i]);
    if (p.bias) v = add(v, reg(((const M*) p.bias)[i / p.inner % p.channels]));
    if (p.addend) v = add(v, reg(((const M*) p.addend)[i]));
    if (p.relu && v < 0) v = 0;
    put(y[i], v);
}

// ---- images to channels last and back: [n, rows, columns] to [n, columns, rows] in tiles of 32 x 32 by 256 threads ----------------

struct TransposeArgs { const void* x; void* y; i64 rows, columns; };
template <class M> DEV void transpose(const TransposeArgs& p) {
    __shared__ M tile[32 * 33];
    i64 across = (p.columns + 31) / 32, down = (p.rows + 31) / 32, n = blockIdx.x / (across * down), t = blockIdx.x % (across * down);
    i64 r0 = t / across * 32, c0 = t % across * 32;
    int a = (int) threadIdx.x % 32, b = (int) threadIdx.x / 32;
    const M* x = (const M*) p.x + n * p.rows * p.columns;
    M* y = (M*) p.y + n * p.rows * p.columns;
    for (int i = b; i < 32; i += 8) if (r0 + i < p.rows && c0 + a < p.columns) tile[i * 33 + a] = x[(r0 + i) * p.columns + c0 + a];
    __syncthreads();
    for (int i = b; i < 32; i += 8) if (c0 + i < p.columns && r0 + a < p.rows) y[(c0 + i) * p.rows + r0 + a] = tile[a * 33 + i];
}

// ---- convolution over up to three axes; slow, for what the library does not take ------------------------------------------------

// x_c, x_s, y_c, y_s: steps in memory from one channel and from one pixel to the next
struct ConvArgs { const void* p; const void* q; void* r; i64 n, c, o, groups, in[3], out[3], kernel[3], stride[3], before[3], dilation[3], x_c, x_s, y_c, y_s; };
DEV i64 conv_x(const ConvArgs& p, i64 n, i64 c, i64 s) { return n * p.c * p.in[0] * p.in[1] * p.in[2] + c * p.x_c + s * p.x_s; }
DEV i64 conv_y(const ConvArgs& p, i64 n, i64 o, i64 s) { return n * p.o * p.out[0] * p.out[1] * p.out[2] + o * p.y_c + s * p.y_s; }

template <class M, class A> DEV void conv_forward(const ConvArgs& p) {
    i64 outs = p.out[0] * p.out[1] * p.out[2], taps = p.kernel[0] * p.kernel[1] * p.kernel[2];
    i64 i = thread_number();
    if (i >= p.n * p.o * outs) return;
    i64 s = i % outs, o = i / outs % p.o, n = i / outs / p.o, cg = p.c / p.groups, g = o / (p.o / p.groups);
    i64 s0 = s / (p.out[1] * p.out[2]), s1 = s / p.out[2] % p.out[1], s2 = s % p.out[2];
    A sum = 0;
    for (i64 c = 0; c < cg; c++)
        for (i64 t = 0; t < taps; t++) {
            i64 d = s0 * p.stride[0] - p.before[0] + t / (p.kernel[1] * p.kernel[2]) * p.dilation[0];
            i64 h = s1 * p.stride[1] - p.before[1] + t / p.kernel[2] % p.kernel[1] * p.dilation[1];
            i64 w = s2 * p.stride[2] - p.before[2] + t % p.kernel[2] * p.dilation[2];
            if (d < 0 || d >= p.in[0] || h < 0 || h >= p.in[1] || w < 0 || w >= p.in[2]) continue;
            sum += (A) reg(((const M*) p.p)[conv_x(p, n, g * cg + c, (d * p.in[1] + h) * p.in[2] + w)])
                * (A) reg(((const M*) p.q)[(o * cg + c) * taps + t]);
        }
    store_as(((M*) p.r)[conv_y(p, n, o, s)], sum);
}
// p = gy, q = w, r = gx
template <class M, class A> DEV void conv_data(const ConvArgs& p) {
    i64 ins = p.in[0] * p.in[1] * p.in[2], taps = p.kernel[0] * p.kernel[1] * p.kernel[2];
    i64 i = thread_number();
    if (i >= p.n * p.c * ins) return;
    i64 s = i % ins, c = i / ins % p.c, n = i / ins / p.c, cg = p.c / p.groups, og = p.o / p.groups, g = c / cg;
    i64 x[3] = {s / (p.in[1] * p.in[2]), s / p.in[2] % p.in[1], s % p.in[2]};
    A sum = 0;
    for (i64 o = g * og; o < (g + 1) * og; o++)
        for (i64 t = 0; t < taps; t++) {
            i64 k[3] = {t / (p.kernel[1] * p.kernel[2]), t / p.kernel[2] % p.kernel[1], t % p.kernel[2]}, at = 0;
            bool inside = true;
            for (int a = 0; a < 3; a++) {
                i64 v = x[a] + p.before[a] - k[a] * p.dilation[a];
                inside = inside && v >= 0 && v % p.stride[a] == 0 && v / p.stride[a] < p.out[a];
                at = at * p.out[a] + v / p.stride[a];
            }
            if (inside) sum += (A) reg(((const M*) p.p)[conv_y(p, n, o, at)]) * (A) reg(((const M*) p.q)[(o * cg + c % cg) * taps + t]);
        }
    store_as(((M*) p.r)[conv_x(p, n, c, s)], sum);
}
// p = x, q = gy, r = gw; a block for each weight
template <class M, class A> DEV void conv_weights(const ConvArgs& p) {
    i64 outs = p.out[0] * p.out[1] * p.out[2], taps = p.kernel[0] * p.kernel[1] * p.kernel[2];
    i64 i = blockIdx.x, t = i % taps, cg = p.c / p.groups, c = i / taps % cg, o = i / taps / cg, g = o / (p.o / p.groups);
    i64 k[3] = {t / (p.kernel[1] * p.kernel[2]), t / p.kernel[2] % p.kernel[1], t % p.kernel[2]};
    A sum = 0;
    for (i64 j = threadIdx.x; j < p.n * outs; j += 256) {
        i64 n = j / outs, s = j % outs;
        i64 y[3] = {s / (p.out[1] * p.out[2]), s / p.out[2] % p.out[1], s % p.out[2]}, at = 0;
        bool inside = true;
        for (int a = 0; a < 3; a++) {
            i64 v = y[a] * p.stride[a] - p.before[a] + k[a] * p.dilation[a];
            inside = inside && v >= 0 && v < p.in[a];
            at = at * p.in[a] + v;
        }
        if (inside) sum += (A) reg(((const M*) p.p)[conv_x(p, n, g * cg + c, at)]) * (A) reg(((const M*) p.q)[conv_y(p, n, o, s)]);
    }
    sum = fold_block<Sum, 256>(sum);
    if (threadIdx.x == 0) store_as(((M*) p.r)[i], sum);
}

// ---- pooling -----------------------------------------------------------------------------------------------------------------------

// pc, ps and so on: steps in memory of each tensor from one channel and from one pixel to the next
struct PoolArgs { const void* p; const void* q; void* r; i64 planes, in[3], out[3], kernel[3], stride[3], before[3], dilation[3], channels, pc, ps, qc, qs, rc, rs; };
// Where a plane of so many pixels begins.
DEV i64 pool_plane(const PoolArgs& p, i64 plane, i64 pixels, i64 c) { return plane / p.channels * p.channels * pixels + plane % p.channels * c; }

// Position of the largest element of a window (the first of equal ones, the last NaN); -1 for a window in the padding.
template <class M> DEV i64 pool_best(const PoolArgs& p, const M* x, i64 s) {
    i64 y[3] = {s / (p.out[1] * p.out[2]), s / p.out[2] % p.out[1], s % p.out[2]}, best = -1;
    for (i64 a = 0; a < p.kernel[0]; a++) for (i64 b = 0; b < p.kernel[1]; b++) for (i64 c = 0; c < p.kernel[2]; c++) {
        i64 d = y[0] * p.stride[0] - p.before[0] + a * p.dilation[0], h = y[1] * p.stride[1] - p.before[1] + b * p.dilation[1];
        i64 w = y[2] * p.stride[2] - p.before[2] + c * p.dilation[2];
        if (d < 0 || d >= p.in[0] || h < 0 || h >= p.in[1] || w < 0 || w >= p.in[2]) continue;
        i64 at = (d * p.in[1] + h) * p.in[2] + w;
        auto v = reg(x[at * p.ps]);
        if (best < 0 || v != v || v > reg(x[best * p.ps])) best = at;
    }
    return best;
}
template <class M> DEV void pool_max(const PoolArgs& p) {
    i64 outs = p.out[0] * p.out[1] * p.out[2], ins = p.in[0] * p.in[1] * p.in[2], i = thread_number();
    if (i >= p.planes * outs) return;
    const M* x = (const M*) p.p + pool_plane(p, i / outs, ins, p.pc);
    i64 best = pool_best(p, x, i % outs);
    ((M*) p.r)[pool_plane(p, i / outs, outs, p.rc) + i % outs * p.rs] = x[best < 0 ? 0 : best * p.ps];
}
template <class M> DEV void pool_argmax(const PoolArgs& p) {
    i64 outs = p.out[0] * p.out[1] * p.out[2], ins = p.in[0] * p.in[1] * p.in[2], i = thread_number();
    if (i >= p.planes * outs) return;
    ((i64*) p.r)[pool_plane(p, i / outs, outs, p.rc) + i % outs * p.rs] = pool_best(p, (const M*) p.p + pool_plane(p, i / outs, ins, p.pc), i % outs);
}
// For one input element: the first and one past the last output whose window may hold it.
DEV void pool_reach(const PoolArgs& p, int a, i64 x, i64& low, i64& high) {
    i64 span = (p.kernel[a] - 1) * p.dilation[a], v = x + p.before[a];
    low = v - span <= 0 ? 0 : (v - span + p.stride[a] - 1) / p.stride[a];
    high = v / p.stride[a] + 1 < p.out[a] ? v / p.stride[a] + 1 : p.out[a];
}
// p = x, q = gy, r = gx
template <class M, class A> DEV void pool_max_grad(const PoolArgs& p) {
    i64 outs = p.out[0] * p.out[1] * p.out[2], ins = p.in[0] * p.in[1] * p.in[2], i = thread_number();
    if (i >= p.planes * ins) return;
    i64 s = i % ins, plane = i / ins, l[3], h[3];
    i64 x[3] = {s / (p.in[1] * p.in[2]), s / p.in[2] % p.in[1], s % p.in[2]};
    for (int a = 0; a < 3; a++) pool_reach(p, a, x[a], l[a], h[a]);
    A sum = 0;
    for (i64 a = l[0]; a < h[0]; a++) for (i64 b = l[1]; b < h[1]; b++) for (i64 c = l[2]; c < h[2]; c++) {
        i64 o = (a * p.out[1] + b) * p.out[2] + c;
        if (pool_best(p, (const M*) p.p + pool_plane(p, plane, ins, p.pc), o) == s) sum = add(sum, (A) reg(((const M*) p.q)[pool_plane(p, plane, outs, p.qc) + o * p.qs]));
    }
    store_as(((M*) p.r)[pool_plane(p, plane, ins, p.rc) + s * p.rs], sum);
}
template <class M, class A> DEV void pool_sum(const PoolArgs& p) {
    i64 outs = p.out[0] * p.out[1] * p.out[2], ins = p.in[0] * p.in[1] * p.in[2], i = thread_number();
    if (i >= p.planes * outs) return;
    const M* x = (const M*) p.p + pool_plane(p, i / outs, ins, p.pc);
    i64 s = i % outs, y[3] = {s / (p.out[1] * p.out[2]), s / p.out[2] % p.out[1], s % p.out[2]};
    A sum = 0;
    for (i64 a = 0; a < p.kernel[0]; a++) for (i64 b = 0; b < p.kernel[1]; b++) for (i64 c = 0; c < p.kernel[2]; c++) {
        i64 d = y[0] * p.stride[0] - p.before[0] + a * p.dilation[0], h = y[1] * p.stride[1] - p.before[1] + b * p.dilation[1];
        i64 w = y[2] * p.stride[2] - p.before[2] + c * p.dilation[2];
        if (d >= 0 && d < p.in[0] && h >= 0 && h < p.in[1] && w >= 0 && w < p.in[2]) sum = add(sum, (A) reg(x[((d * p.in[1] + h) * p.in[2] + w) * p.ps]));
    }
    store_as(((M*) p.r)[pool_plane(p, i / outs, outs, p.rc) + s * p.rs], sum);
}
// p = gy, r = gx
template <class M, class A> DEV void pool_sum_grad(const PoolArgs& p) {
    i64 outs = p.out[0] * p.out[1] * p.out[2], ins = p.in[0] * p.in[1] * p.in[2], i = thread_number();
    if (i >= p.planes * ins) return;
    i64 s = i % ins, plane = i / ins, l[3], h[3];
    i64 x[3] = {s / (p.in[1] * p.in[2]), s / p.in[2] % p.in[1], s % p.in[2]};
    for (int a = 0; a < 3; a++) pool_reach(p, a, x[a], l[a], h[a]);
    A sum = 0;
    for (i64 a = l[0]; a < h[0]; a++) for (i64 b = l[1]; b < h[1]; b++) for (i64 c = l[2]; c < h[2]; c++) {
        i64 o[3] = {a, b, c};
        bool inside = true;
        for (int k = 0; k < 3; k++) inside = inside && (x[k] + p.before[k] - o[k] * p.stride[k]) % p.dilation[k] == 0;
        if (inside) sum = add(sum, (A) reg(((const M*) p.p)[pool_plane(p, plane, outs, p.pc) + ((a * p.out[1] + b) * p.out[2] + c) * p.ps]));
    }
    store_as(((M*) p.r)[pool_plane(p, plane, ins, p.rc) + s * p.rs], sum);
}

// ---- slices by index -----------------------------------------------------------------------------------------------------------

struct IndexArgs { const void* x; const i64* index; const void* src; void* y; i64* trap; i64 launch, outer, extent, count, inner; const i64* order; };

template <class M> DEV void take(const IndexArgs& p) {
    i64 i = thread_number();
    if (i >= p.outer * p.count * p.inner) return;
    i64 j = i % p.inner, row = i / p.inner, at = p.index[row % p.count];
    if ((u64) at >= (u64) p.extent) { fail(p.trap, 1, p.launch, at, p.extent); at = 0; }
    ((M*) p.y)[i] = ((const M*) p.x)[(row / p.count * p.extent + at) * p.inner + j];
}
// order sorts the indices; the block at the first of equal ones adds their slices in order
template <class M, class A> DEV void index_add(const IndexArgs& p) {
    i64 pos = blockIdx.x, at = p.index[p.order[pos]];
    if ((u64) at >= (u64) p.extent) { if (threadIdx.x == 0) fail(p.trap, 1, p.launch, at, p.extent); return; }
    if (pos > 0 && p.index[p.order[pos - 1]] == at) return;
    for (i64 j = threadIdx.x; j < p.outer * p.inner; j += blockDim.x) {
        i64 outer = j / p.inner, inner = j % p.inner, to = (outer * p.extent + at) * p.inner + inner;
        A sum = (A) reg(((M*) p.y)[to]);
        for (i64 q = pos; q < p.count && p.index[p.order[q]] == at; q++)
            sum = add(sum, (A) reg(((const M*) p.src)[(outer * p.count + p.order[q]) * p.inner + inner]));
        store_as(((M*) p.y)[to], sum);
    }
}
// One thread for each lane of the index, in the order of the source. Axis positions of base and source differ.
struct ScatterArgs { const i64* index; const void* src; void* y; i64* trap; i64 launch, lanes, count, extent, mode, rank, index_axis, src_axis, y_axis;
    i64 dim[8], index_stride[8], src_stride[8], y_stride[8]; };
template <class M> DEV void scatter(const ScatterArgs& p) {
    i64 lane = thread_number();
    if (lane >= p.lanes) return;
    i64 ip = 0, sp = 0, yp = 0, rest = lane;
    for (int k = (int) p.rank - 1; k >= 0; k--) {
        i64 c = rest % p.dim[k];
        rest /= p.dim[k];
        ip += c * p.index_stride[k]; sp += c * p.src_stride[k]; yp += c * p.y_stride[k];
    }
    M* y = (M*) p.y;
    for (i64 j = 0; j < p.count; j++) {
        i64 at = p.index[ip + j * p.index_axis];
        if ((u64) at >= (u64) p.extent) { fail(p.trap, 1, p.launch, at, p.extent); continue; }
        auto v = reg(((const M*) p.src)[sp + j * p.src_axis]);
        auto& t = y[yp + at * p.y_axis];
        auto o = reg(t);
        put(t, p.mode == 0 ? v : p.mode == 1 ? combine_add(o, v) : p.mode == 2 ? combine_mul(o, v) : p.mode == 3 ? larger(o, v) : smaller(o, v));
    }
}
struct FoldArgs { const void* x; void* y; i64 outer, extent, inner, windows, size, step; };
// x[outer, windows, inner, size] summed into y[outer, extent, inner]
template <class M, class A> DEV void fold(const FoldArgs& p) {
    i64 i = thread_number();
    if (i >= p.outer * p.extent * p.inner) return;
    i64 inner = i % p.inner, e = i / p.inner % p.extent, outer = i / p.inner / p.extent;
    i64 low = e - p.size + 1 <= 0 ? 0 : (e - p.size + p.step) / p.step, high = e / p.step < p.windows - 1 ? e / p.step : p.windows - 1;
    A sum = 0;
    for (i64 w = low; w <= high; w++) sum = add(sum, (A) reg(((const M*) p.x)[((outer * p.windows + w) * p.inner + inner) * p.size + e - w * p.step]));
    store_as(((M*) p.y)[i], sum);
}

// ---- scans and sorting -----------------------------------------------------------------------------------------------------------

struct ScanArgs { const void* x; void* y; i64 lanes, length, inner, reverse; };

struct ScanSum { template <class A> static DEV A of(A a, A b) { return add(a, b); } };
struct ScanProd { template <class A> static DEV A of(A a, A b) { return mul(a, b); } };
struct ScanMax { template <class A> static DEV A of(A a, A b) { return larger(a, b); } };
struct ScanMin { template <class A> static DEV A of(A a, A b) { return smaller(a, b); } };
struct ScanLogSumExp { template <class A> static DEV A of(A a, A b) {
    A high = larger(a, b);
    return high != high || high - high != 0 ? high : high + log1p(exp(smaller(a, b) - high)); } };

// One block a lane: each thread folds its stretch, the stretches' folds are scanned, then each thread goes over it again.
template <class M, class A, class F> DEV void scan(const ScanArgs& p) {
    __shared__ A total[128];
    i64 lane = blockIdx.x, base = lane / p.inner * p.length * p.inner + lane % p.inner, step = p.inner;
    if (p.reverse) { base += (p.length - 1) * p.inner; step = -step; }
    int t = (int) threadIdx.x;
    i64 stretch = (p.length + 127) / 128, from = t * stretch, to = from + stretch < p.length ? from + stretch : p.length;
    A acc = A();
    for (i64 j = from; j < to; j++) {
        A v = (A) reg(((const M*) p.x)[base + j * step]);
        acc = j == from ? v : F::of(acc, v);
    }
    total[t] = acc;
    __syncthreads();
    if (t == 0) for (int k = 1; k < 128 && k * stretch < p.length; k++) total[k] = F::of(total[k - 1], total[k]);
    __syncthreads();
    for (i64 j = from; j < to; j++) {
        A v = (A) reg(((const M*) p.x)[base + j * step]);
        acc = j == from ? (t == 0 ? v : F::of(total[t - 1], v)) : F::of(acc, v);
        store_as(((M*) p.y)[base + j * step], acc);
    }
}
// Keys that order like the values: NaN largest, both zeros equal.
DEV i64 sort_key(double v) { i64 b = v != v ? 0x7ff8000000000000LL : __double_as_longlong(v + 0.0); return b ^ (b >> 63 & 0x7fffffffffffffffLL); }
DEV i64 sort_key(float v) { return sort_key((double) v); }
DEV i64 sort_key(i64 v) { return v; }
DEV i64 sort_key(int v) { return v; }
DEV i64 sort_key(bool v) { return v; }
DEV bool is_nan(double v) { return v != v; }
DEV bool is_nan(float v) { return v != v; }
DEV bool is_nan(i64) { return false; }
DEV bool is_nan(int) { return false; }
DEV bool is_nan(bool) { return false; }

// Index of the running extreme, the last of equal ones: one thread a lane.
template <class M> DEV void arg_scan(const ScanArgs& p, bool smallest) {
    i64 lane = thread_number();
    if (lane >= p.lanes) return;
    i64 base = lane / p.inner * p.length * p.inner + lane % p.inner, best = 0, best_at = 0;
    for (i64 k = 0; k < p.length; k++) {
        i64 j = p.reverse ? p.length - 1 - k : k;
        auto v = reg(((const M*) p.x)[base + j * p.inner]);
        i64 key = sort_key(v);
        if (smallest && !is_nan(v)) key = ~key;
        if (k == 0 || key >= best) { best = key; best_at = j; }
        ((i64*) p.y)[base + j * p.inner] = best_at;
    }
}

// Stable argsort by merging runs: every element finds its place in the merged run by a binary search in the other half.
struct SortArgs { const void* x; i64* key; i64* from; i64* to; i64 lanes, length, inner, descending, width; };
template <class M> DEV void sort_start(const SortArgs& p) {
    i64 i = thread_number();
    if (i >= p.lanes * p.length) return;
    i64 lane = i / p.length, j = i % p.length;
    i64 key = sort_key(reg(((const M*) p.x)[lane / p.inner * p.length * p.inner + lane % p.inner + j * p.inner]));
    p.key[i] = p.descending ? ~key : key;
    p.to[i] = j;
}
DEV void sort_merge(const SortArgs& p) {
    i64 i = thread_number();
    if (i >= p.lanes * p.length) return;
    i64 lane = i / p.length, j = i % p.length;
    const i64* key = p.key + lane * p.length;
    const i64* from = p.from + lane * p.length;
    i64 run = j / p.width, start = run * p.width, pair = run / 2 * 2 * p.width;
    bool left = run % 2 == 0;
    i64 low = left ? start + p.width : start - p.width, high = low + p.width;
    if (low > p.length) low = p.length;
    if (high > p.length) high = p.length;
    i64 first = low, mine = key[from[j]];
    while (low < high) {
        i64 mid = (low + high) / 2, other = key[from[mid]];
        if (left ? other < mine : other <= mine) low = mid + 1; else high = mid;
    }
    p.to[lane * p.length + pair + (j - start) + (low - first)] = from[j];
}
DEV void sort_end(const SortArgs& p) {
    i64 i = thread_number();
    if (i >= p.lanes * p.length) return;
    i64 lane = i / p.length, j = i % p.length;
    p.to[lane / p.inner * p.length * p.inner + lane % p.inner + j * p.inner] = p.from[i];
}
