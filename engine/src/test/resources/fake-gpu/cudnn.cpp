// libcudnn_graph.so.9, libcudnn_ops.so.9, libcudnn_cnn.so.9, libcudnn_adv.so.9: plain convolutions
#include "fake.h"

namespace {
struct Handle { void* stream = nullptr; };
struct Tensor { int type = -1, rank = 0; long dim[5], stride[5]; };
struct Filter { int type = -1, format, rank = 0; long dim[5], stride[5]; };
struct Convolution { int rank = 0, pad[3], stride[3], dilation[3], compute, groups = 1, math = -1; };
struct Perf { int algorithm, status; float time; size_t memory; int determinism, math, reserved[3]; };
const size_t WORKSPACE = 8192;

Type type(int t) { return t == 0 ? F32 : t == 1 ? F64 : t == 2 ? F16 : t == 9 ? BF16 : NONE; }

// everything with three axes of space, leading ones where there are fewer
struct Problem {
    Type t;
    long n, c, o, groups, in[3], out[3], kernel[3], pad[3], step[3], dilation[3], xs[5], ys[5], ws[5];
    size_t x_bytes, y_bytes, w_bytes;
    bool rounded;
};
size_t span(const long* dim, const long* stride, int rank, Type t) {
    long last = 0;
    for (int i = 0; i < rank; i++) last += (dim[i] - 1) * stride[i];
    return (last + 1) * bytes_of(t);
}
int problem(const Tensor* x, const Filter* w, const Convolution* v, const Tensor* y, Problem& p) {
    int s = v->rank, lead = 3 - s;
    if (x->type != w->type || x->type != y->type || type(x->type) == NONE || x->rank != s + 2 || y->rank != s + 2 || w->rank != s + 2 || s < 2 || v->math < 0
            || v->compute != (x->type == 1 ? 1 : 0)) return fake_error(2000, "types or ranks of a convolution", x->type, s);
    p.t = type(x->type);
    p.n = x->dim[0]; p.c = x->dim[1]; p.o = w->dim[0]; p.groups = v->groups;
    p.rounded = x->type == 0 && v->math == 0;
    p.x_bytes = span(x->dim, x->stride, x->rank, p.t);
    p.y_bytes = span(y->dim, y->stride, y->rank, p.t);
    p.w_bytes = span(w->dim, w->stride, w->rank, p.t);
    for (int i = 0; i < 2; i++) { p.xs[i] = x->stride[i]; p.ys[i] = y->stride[i]; p.ws[i] = w->stride[i]; }
    bool good = y->dim[0] == p.n && y->dim[1] == p.o && w->dim[1] * p.groups == p.c && p.o % p.groups == 0;
    for (int a = 0; a < 3; a++) {
        int b = a - lead;
        bool there = b >= 0;
        p.in[a] = there ? x->dim[2 + b] : 1; p.out[a] = there ? y->dim[2 + b] : 1; p.kernel[a] = there ? w->dim[2 + b] : 1;
        p.pad[a] = there ? v->pad[b] : 0; p.step[a] = there ? v->stride[b] : 1; p.dilation[a] = there ? v->dilation[b] : 1;
        p.xs[2 + a] = there ? x->stride[2 + b] : 0; p.ys[2 + a] = there ? y->stride[2 + b] : 0; p.ws[2 + a] = there ? w->stride[2 + b] : 0;
        good = good && (p.in[a] + 2 * p.pad[a] - p.dilation[a] * (p.kernel[a] - 1) - 1) / p.step[a] + 1 == p.out[a];
    }
    return good ? 0 : fake_error(2000, "extents of a convolution do not fit", x->dim[2], y->dim[2]);
}
// calls f(x offset, w offset, y offset) for every product of the convolution
template <class F> void walk(const Problem& p, F f) {
    long cg = p.c / p.groups, og = p.o / p.groups;
    for (long n = 0; n < p.n; n++) for (long o = 0; o < p.o; o++) for (long c = 0; c < cg; c++)
    for (long a = 0; a < p.out[0]; a++) for (long b = 0; b < p.out[1]; b++) for (long d = 0; d < p.out[2]; d++)
    for (long i = 0; i < p.kernel[0]; i++) for (long j = 0; j < p.kernel[1]; j++) for (long k = 0; k < p.kernel[2]; k++) {
        long u = a * p.step[0] - p.pad[0] + i * p.dilation[0], v = b * p.step[1] - p.pad[1] + j * p.dilation[1], w = d * p.step[2] - p.pad[2] + k * p.dilation[2];
        if (u < 0 || u >= p.in[0] || v < 0 || v >= p.in[1] || w < 0 || w >= p.in[2]) continue;
        f(n * p.xs[0] + (o / og * cg + c) * p.xs[1] + u * p.xs[2] + v * p.xs[3] + w * p.xs[4], o * p.ws[0] + c * p.ws[1] + i * p.ws[2] + j * p.ws[3] + k * p.ws[4],
            n * p.ys[0] + o * p.ys[1] + a * p.ys[2] + b * p.ys[3] + d * p.ys[4]);
    }
}
int choose(int direction, const Tensor* x, const Filter* w, const Convolution* v, const Tensor* y, int wanted, int* found, Perf* r) {
    Problem p;
    int bad = problem(x, w, v, y, p);
    if (bad) return bad;
    // the first is not supported, the second does not repeat its bits, the third wants too much, the fourth will do
    const Perf all[] = {{5, 3000, -1, 0, 1, 0}, {direction, 0, 1, WORKSPACE, 0, 0}, {2, 0, 2, (size_t) 1 << 40, 1, 0}, {1, 0, 3, WORKSPACE, 1, 0}};
    *found = wanted < 4 ? wanted : 4;
    memcpy((void*) r, all, *found * sizeof(Perf));
    return 0;
}
int workspace(const Tensor* x, const Filter* w, const Convolution* v, const Tensor* y, size_t* bytes) { Problem p; *bytes = WORKSPACE; return problem(x, w, v, y, p); }

// direction 0: y from x, w; 1: x from w, y; 2: w from x, y
int run(Handle* h, int direction, const float* alpha, const float* beta, const Tensor* x, const void* px, const Filter* w, const void* pw, const Convolution* v,
        const Tensor* y, const void* py, void* space, size_t bytes) {
    Problem p;
    int bad = problem(x, w, v, y, p);
    if (bad) return bad;
    double one = p.t == F64 ? *(const double*) alpha : *alpha, zero = p.t == F64 ? *(const double*) beta : *beta;
    if (one != 1 || zero != 0 || bytes < WORKSPACE || !h->stream) return fake_error(2000, "scalars, workspace or stream of a convolution", (long) bytes);
    auto task = Task([=] {
        if (!fake_is_device(px, p.x_bytes) || !fake_is_device(pw, p.w_bytes) || !fake_is_device(py, p.y_bytes) || !fake_is_device(space, bytes))
            return fake_error(700, "a convolution touches memory that is not live");
        memset(space, 0xab, bytes);
        size_t total = direction == 0 ? p.y_bytes : direction == 1 ? p.x_bytes : p.w_bytes;
        double* sum = (double*) calloc(total / bytes_of(p.t), 8);
        auto value = [&](const void* q, long i) { double d = get(p.t, q, i); return p.rounded ? tf32(d) : d; };
        walk(p, [&](long a, long b, long c) {
            if (direction == 0) sum[c] += value(px, a) * value(pw, b);
            else if (direction == 1) sum[a] += value(py, c) * value(pw, b);
            else sum[b] += value(px, a) * value(py, c);
        });
        for (size_t i = 0; i < total / bytes_of(p.t); i++) set(p.t, (void*) (direction == 0 ? py : direction == 1 ? px : pw), (long) i, sum[i]);
        free(sum);
        return 0;
    });
    return fake_enqueue(h->stream, &task) ? 5000 : 0;
}
}

extern "C" {
size_t cudnnGetVersion() { return 91900; }
const char* cudnnGetErrorString(int r) { return r == 2000 ? "CUDNN_STATUS_BAD_PARAM" : r == 3000 ? "CUDNN_STATUS_NOT_SUPPORTED" : "CUDNN_STATUS_OF_THE_FAKE"; }
int cudnnCreate(Handle** h) { *h = new Handle(); return 0; }
int cudnnDestroy(Handle* h) { delete h; return 0; }
int cudnnSetStream(Handle* h, void* s) { h->stream = s; return 0; }
int cudnnCreateTensorDescriptor(Tensor** t) { *t = new Tensor(); return 0; }
int cudnnDestroyTensorDescriptor(Tensor* t) { delete t; return 0; }
int cudnnSetTensorNdDescriptor(Tensor* t, int type, int rank, const int* dims, const int* strides) {
    t->type = type;
    t->rank = rank;
    for (int i = 0; i < rank; i++) { t->dim[i] = dims[i]; t->stride[i] = strides[i]; }
    return rank >= 4 && rank <= 5 ? 0 : fake_error(2000, "rank of a tensor", rank);
}
int cudnnCreateFilterDescriptor(Filter** f) { *f = new Filter(); return 0; }
int cudnnDestroyFilterDescriptor(Filter* f) { delete f; return 0; }
int cudnnSetFilterNdDescriptor(Filter* f, int type, int format, int rank, const int* dims) {
    f->type = type;
    f->format = format;
    f->rank = rank;
    long step = 1;
    for (int i = 0; i < rank; i++) f->dim[i] = dims[i];
    if (format == 1) { f->stride[1] = 1; step = dims[1]; }
    for (int i = rank - 1; i >= 2; i--) { f->stride[i] = step; step *= dims[i]; }
    if (format == 0) { f->stride[1] = step; step *= dims[1]; }
    f->stride[0] = step;
    return format == 0 || format == 1 ? 0 : fake_error(2000, "filter format", format);
}
int cudnnCreateConvolutionDescriptor(Convolution** c) { *c = new Convolution(); return 0; }
int cudnnDestroyConvolutionDescriptor(Convolution* c) { delete c; return 0; }
int cudnnSetConvolutionNdDescriptor(Convolution* c, int rank, const int* pad, const int* stride, const int* dilation, int mode, int compute) {
    c->rank = rank;
    c->compute = compute;
    for (int i = 0; i < rank; i++) { c->pad[i] = pad[i]; c->stride[i] = stride[i]; c->dilation[i] = dilation[i]; }
    return mode == 1 && rank <= 3 ? 0 : fake_error(2000, "mode of a convolution", mode, rank);
}
int cudnnSetConvolutionGroupCount(Convolution* c, int n) { c->groups = n; return 0; }
int cudnnSetConvolutionMathType(Convolution* c, int m) { c->math = m; return 0; }
int cudnnGetConvolutionForwardAlgorithm_v7(Handle*, Tensor* x, Filter* w, Convolution* v, Tensor* y, int n, int* f, Perf* r) { return choose(0, x, w, v, y, n, f, r); }
int cudnnGetConvolutionBackwardDataAlgorithm_v7(Handle*, Filter* w, Tensor* y, Convolution* v, Tensor* x, int n, int* f, Perf* r) { return choose(0, x, w, v, y, n, f, r); }
int cudnnGetConvolutionBackwardFilterAlgorithm_v7(Handle*, Tensor* x, Tensor* y, Convolution* v, Filter* w, int n, int* f, Perf* r) { return choose(0, x, w, v, y, n, f, r); }
int cudnnGetConvolutionForwardWorkspaceSize(Handle*, Tensor* x, Filter* w, Convolution* v, Tensor* y, int, size_t* n) { return workspace(x, w, v, y, n); }
int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle*, Filter* w, Tensor* y, Convolution* v, Tensor* x, int, size_t* n) { return workspace(x, w, v, y, n); }
int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle*, Tensor* x, Tensor* y, Convolution* v, Filter* w, int, size_t* n) { return workspace(x, w, v, y, n); }
int cudnnConvolutionForward(Handle* h, const float* a, Tensor* x, const void* px, Filter* w, const void* pw, Convolution* v, int, void* s, size_t n, const float* b, Tensor* y, void* py) {
    return run(h, 0, a, b, x, px, w, pw, v, y, py, s, n);
}
int cudnnConvolutionBackwardData(Handle* h, const float* a, Filter* w, const void* pw, Tensor* y, const void* py, Convolution* v, int, void* s, size_t n, const float* b, Tensor* x, void* px) {
    return run(h, 1, a, b, x, px, w, pw, v, y, py, s, n);
}
int cudnnConvolutionBackwardFilter(Handle* h, const float* a, Tensor* x, const void* px, Tensor* y, const void* py, Convolution* v, int, void* s, size_t n, const float* b, Filter* w, void* pw) {
    return run(h, 2, a, b, x, px, w, pw, v, y, py, s, n);
}
}
