// libcublasLt.so.13 and libcublas.so.13
#include "fake.h"

namespace {
struct Handle { int alive = 1; };
struct Description { int compute, scale, a = 0, b = 0, epilogue = 1, bias_type = -1; void* bias = nullptr; };
struct Layout { int type; uint64_t rows, columns; int64_t leading; int batches = 1; int64_t step = 0; };
struct Preference { uint64_t workspace = 0; int a = 256, b = 256, c = 256, d = 256; };
struct Algorithm { uint64_t magic, a, b, workspace, rest[4]; };
struct Result { Algorithm algorithm; size_t workspace; int state; float waves; int reserved[4]; };
const uint64_t MAGIC = 0x1e5e11e5e11e5e11;
int live, open_handles;

Type type(int t) { return t == 0 ? F32 : t == 1 ? F64 : t == 2 ? F16 : t == 14 ? BF16 : NONE; }
size_t span(const Layout& l) { return (((l.batches - 1) * l.step) + (l.columns - 1) * l.leading + l.rows) * bytes_of(type(l.type)); }
}

extern "C" {
size_t cublasLtGetVersion() { return 130100; }
const char* cublasGetStatusName(int r) { return r == 7 ? "CUBLAS_STATUS_INVALID_VALUE" : r == 15 ? "CUBLAS_STATUS_NOT_SUPPORTED" : "CUBLAS_STATUS_OF_THE_FAKE"; }
int cublasLtCreate(Handle** h) { *h = new Handle(); open_handles++; return 0; }
int cublasLtDestroy(Handle* h) {
    if (--open_handles == 0 && live) fake_error(0, "cublasLt descriptors are left", live);
    delete h;
    return 0;
}
int cublasLtMatmulDescCreate(Description** d, int compute, int scale) { live++; *d = new Description{compute, scale}; return 0; }
int cublasLtMatmulDescDestroy(Description* d) { live--; memset((void*) d, 0xee, sizeof *d); delete d; return 0; }
int cublasLtMatmulDescSetAttribute(Description* d, int which, const void* v, size_t n) {
    if (n != (which == 8 ? 8 : 4)) return fake_error(7, "size of a matmul attribute", which, (long) n);
    switch (which) {
        case 3: d->a = *(const int*) v; return 0;
        case 4: d->b = *(const int*) v; return 0;
        case 7: d->epilogue = *(const int*) v; return 0;
        case 8: memcpy(&d->bias, v, 8); return 0;
        case 26: d->bias_type = *(const int*) v; return 0;
        default: return fake_error(7, "matmul attribute", which);
    }
}
int cublasLtMatrixLayoutCreate(Layout** l, int t, uint64_t rows, uint64_t columns, int64_t leading) {
    live++;
    *l = new Layout{t, rows, columns, leading};
    return rows && columns && (uint64_t) leading >= rows && type(t) != NONE ? 0 : fake_error(7, "layout", (long) rows, (long) leading);
}
int cublasLtMatrixLayoutDestroy(Layout* l) { live--; memset((void*) l, 0xee, sizeof *l); delete l; return 0; }
int cublasLtMatrixLayoutSetAttribute(Layout* l, int which, const void* v, size_t n) {
    if (which == 5 && n == 4) l->batches = *(const int*) v;
    else if (which == 6 && n == 8) l->step = *(const int64_t*) v;
    else return fake_error(7, "layout attribute", which, (long) n);
    return 0;
}
int cublasLtMatmulPreferenceCreate(Preference** p) { live++; *p = new Preference(); return 0; }
int cublasLtMatmulPreferenceDestroy(Preference* p) { live--; delete p; return 0; }
int cublasLtMatmulPreferenceSetAttribute(Preference* p, int which, const void* v, size_t n) {
    switch (which) {
        case 1: p->workspace = *(const uint64_t*) v; return n == 8 ? 0 : fake_error(7, "size of the workspace attribute", (long) n);
        case 5: p->a = *(const int*) v; return n == 4 ? 0 : 7;
        case 6: p->b = *(const int*) v; return n == 4 ? 0 : 7;
        default: return fake_error(7, "preference", which);
    }
}
static int fits(const Description* d, const Layout* a, const Layout* b, const Layout* c, const Layout* o) {
    uint64_t m = d->a ? a->columns : a->rows, k = d->a ? a->rows : a->columns, k2 = d->b ? b->columns : b->rows, n = d->b ? b->rows : b->columns;
    bool same = a->type == b->type && a->type == c->type && c->type == o->type && a->batches == o->batches && b->batches == o->batches;
    bool compute = d->compute == (a->type == 1 ? 70 : 68) || d->compute == 77 && a->type == 0;
    if (d->scale != (a->type == 1 ? 1 : 0) || !compute || !same || k != k2 || o->rows != m || o->columns != n || c->rows != m || c->columns != n)
        return fake_error(7, "descriptors do not fit together", (long) m, (long) n);
    return 0;
}
int cublasLtMatmulAlgoGetHeuristic(Handle* h, Description* d, Layout* a, Layout* b, Layout* c, Layout* o, Preference* p, int wanted, Result* r, int* found) {
    int bad = fits(d, a, b, c, o);
    if (bad || !h || h->alive != 1) return bad ? bad : 1;
    *found = wanted < 2 ? wanted : 2;
    for (int i = 0; i < *found; i++) {
        uint64_t w = 4096 >> i;
        r[i] = {{MAGIC, (uint64_t) p->a, (uint64_t) p->b, w}, w, 0, 1.0f};
    }
    return p->workspace >= 4096 ? 0 : 15;
}
int cublasLtMatmulAlgoCheck(Handle*, Description* d, Layout* a, Layout* b, Layout* c, Layout* o, Algorithm* g, Result* r) {
    int bad = fits(d, a, b, c, o);
    if (bad || g->magic != MAGIC) return bad ? bad : 7;
    *r = {*g, g->workspace, 0, 1.0f};
    return 0;
}
int cublasLtMatmul(Handle* h, Description* d, const void* alpha, const void* a, Layout* la, const void* b, Layout* lb, const void* beta, const void* c, Layout* lc,
        void* o, Layout* lo, const Algorithm* g, void* workspace, size_t bytes, void* stream) {
    int bad = fits(d, la, lb, lc, lo);
    if (bad || h->alive != 1) return 7;
    if (g->magic != MAGIC || bytes < g->workspace) return fake_error(7, "algorithm or workspace", (long) bytes);
    if ((uintptr_t) a % g->a || (uintptr_t) b % g->b) return fake_error(7, "an operand is aligned worse than promised", (long) g->a, (long) g->b);
    Type t = type(la->type);
    double one = t == F64 ? *(const double*) alpha : *(const float*) alpha, zero = t == F64 ? *(const double*) beta : *(const float*) beta;
    Description x = *d;
    Layout A = *la, B = *lb, O = *lo;
    bool bias = x.epilogue == 4;
    if (one != 1 || zero != 0 || c != o || (bias ? x.bias_type != la->type : x.epilogue != 1)) return fake_error(7, "scalars or epilogue", x.epilogue);
    bool rounded = x.compute == 77;
    auto run = Task([=] {
        size_t size = bytes_of(t);
        if (!fake_is_device(a, span(A)) || !fake_is_device(b, span(B)) || !fake_is_device(o, span(O)) || !fake_is_device(workspace, bytes)
                || bias && !fake_is_device(x.bias, O.rows * size)) return fake_error(700, "a product touches memory that is not live");
        if (bytes) memset(workspace, 0xab, bytes);
        long k = (long) (x.a ? A.rows : A.columns);
        for (long p = 0; p < O.batches; p++) for (long j = 0; j < (long) O.columns; j++) for (long i = 0; i < (long) O.rows; i++) {
            double sum = 0;
            for (long q = 0; q < k; q++) {
                double u = get(t, a, p * A.step + (x.a ? q + i * A.leading : i + q * A.leading)), v = get(t, b, p * B.step + (x.b ? j + q * B.leading : q + j * B.leading));
                sum += rounded ? tf32(u) * tf32(v) : u * v;
            }
            set(t, o, p * O.step + i + j * O.leading, sum + (bias ? get(t, x.bias, i) : 0));
        }
        return 0;
    });
    return fake_enqueue(stream, &run) ? 14 : 0;
}
}
