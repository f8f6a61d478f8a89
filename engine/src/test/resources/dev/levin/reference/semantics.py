"""Writes semantics.jsonl: for every primitive, what PyTorch computes. Run with PyTorch 2.x: python semantics.py

One case a line: {"op", "attr", "in": [[dtype, shape, data], ...], "out": [dtype, shape, data], "rel": tolerance}.
"""
import itertools
import json
import math
import os
import torch
import torch.nn.functional as F

NAN, INF = math.nan, math.inf
NAMES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}
TYPES = {v: k for k, v in NAMES.items()}
FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
INTS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
EPS = {torch.float64: 4e-15, torch.float32: 3e-7, torch.float16: 1e-3, torch.bfloat16: 8e-3}
torch.manual_seed(3)
out = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "semantics.jsonl"), "w")


def pack(t):
    def word(v):
        if isinstance(v, float) and not math.isfinite(v):
            return "NaN" if v != v else "Infinity" if v > 0 else "-Infinity"
        return int(v) if isinstance(v, bool) else v
    flat = t.reshape(-1)
    flat = flat.double() if t.dtype.is_floating_point else flat
    return [NAMES[t.dtype], list(t.shape), [word(v) for v in flat.tolist()]]


def case(op, attr, inputs, result, rel=None):
    rel = rel if rel is not None else EPS.get(result.dtype, 0)
    out.write(json.dumps({"op": op, "attr": attr, "in": [pack(t) for t in inputs], "out": pack(result), "rel": rel}) + "\n")


def t(data, dtype=torch.float64):
    return torch.tensor(data, dtype=dtype)


def rand(*shape, dtype=torch.float64):
    return torch.randn(*shape, dtype=torch.float64).to(dtype)


def bits(v):
    import struct
    return struct.unpack("<q", struct.pack("<d", v))[0]


# ---- unary
special = [NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -2.5, 3.5, 1e-9, -1e-9, 30.0, -30.0, 750.0, -750.0, 0.25, 1e-300]
unary = dict(NEG=torch.neg, ABS=torch.abs, SIGN=torch.sign, RECIP=torch.reciprocal, EXP=torch.exp, EXPM1=torch.expm1,
             LOG=torch.log, LOG1P=torch.log1p, SQRT=torch.sqrt, RSQRT=torch.rsqrt, SIN=torch.sin, COS=torch.cos, TAN=torch.tan,
             ASIN=torch.asin, ACOS=torch.acos, ATAN=torch.atan, SINH=torch.sinh, COSH=torch.cosh, TANH=torch.tanh,
             SIGMOID=torch.sigmoid, ERF=torch.erf, ERFC=torch.erfc, ERFINV=torch.erfinv, LGAMMA=torch.lgamma, FLOOR=torch.floor,
             CEIL=torch.ceil, TRUNC=torch.trunc, ROUND=torch.round)
for name, f in unary.items():
    for d in FLOATS:
        x = t(special[:-1] if d != torch.float64 else special, d)
        case(name, [], [x], f(x) if d in (torch.float32, torch.float64) else f(x.double()).to(d), rel=1e-13 if d == torch.float64 and name in ("LGAMMA", "ERFC", "ERFINV") else None)
    case(name, [], [torch.zeros(2, 0)], f(torch.zeros(2, 0)))
for n in range(4):
    # From n = 2 on PyTorch's series gives NaN at infinity; the limit, 0, is left out.
    x = t([0.0, -0.0, 0.25, 1.0, 1.5, 3.7, 11.9, 50.0, 1e-3, NAN] + ([INF] if n < 2 else []))
    case("POLYGAMMA", [n], [x], torch.polygamma(n, x), rel=1e-9 if n == 1 else 1e-12)  # PyTorch's trigamma has nine digits
x = t([-0.5, -2.3, -7.75, -1.0])
case("POLYGAMMA", [0], [x], torch.polygamma(0, x), rel=1e-12)
case("POLYGAMMA", [3], [x], torch.polygamma(3, x), rel=1e-12)
for d in INTS:
    lo, hi = torch.iinfo(d).min, torch.iinfo(d).max
    x = t([0, 1, 5, lo, hi] + ([] if d == torch.uint8 else [-1, -7]), d)
    case("NEG", [], [x], -x)
    if d != torch.uint8:
        case("ABS", [], [x], x.abs())
    case("SIGN", [], [x], x.sign())
    case("NOT", [], [x], ~x)
case("NOT", [], [t([True, False], torch.bool)], t([False, True], torch.bool))

# ---- casts
inside = t([0.0, -0.0, 0.9, -0.9, 1.5, -1.5, 100.99, -100.99])
for a, b in itertools.permutations(FLOATS + INTS + [torch.bool], 2):
    x = inside.abs().to(a) if b == torch.uint8 else inside.to(a)
    case("CAST", [], [x], x.to(b))
case("CAST", [], [t([NAN, INF, 1e-40, 0.0])], t([True, True, True, False], torch.bool))
x = t([300, -129, 2 ** 40 + 7, -1], torch.int64)
for d in (torch.int32, torch.int16, torch.int8, torch.uint8):
    case("CAST", [], [x], x.to(d))
x = t([2 ** 53 + 1, 2 ** 62 + 2 ** 38 + 1, -2 ** 63, 2 ** 24 + 1], torch.int64)
for d in (torch.float32, torch.float64):
    case("CAST", [], [x], x.to(d), rel=0)
x = t([1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519.0, 65520.0, 2 ** -25, 3 * 2 ** -26, 1 + 2 ** -8, 1 + 3 * 2 ** -8], torch.float32)
for d in (torch.float16, torch.bfloat16):
    case("CAST", [], [x], x.to(d), rel=0)

# ---- binary
pairs = list(itertools.product([NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 3.0], repeat=2))
binary = dict(ADD=torch.add, SUB=torch.sub, MUL=torch.mul, DIV=torch.div, POW=torch.pow, MAX=torch.maximum, MIN=torch.minimum,
              FMOD=torch.fmod, ATAN2=torch.atan2, EQ=torch.eq, LT=torch.lt, LE=torch.le)
for name, f in binary.items():
    for d in FLOATS:
        a, b = (t([p[i] for p in pairs], d) for i in (0, 1))
        case(name, [], [a, b], f(a, b))
a, b = t([5.3, -5.3, 7.0, 1e10]), t([2.0, 2.0, -3.5, 0.3])
case("FMOD", [], [a, b], torch.fmod(a, b))
a, b = t([0.1, 0.7, 1.3], torch.float32), t([0.2, 1.9, 3.1], torch.float32)
for name in ("ADD", "SUB", "MUL", "DIV"):
    case(name, [], [a, b], binary[name](a, b), rel=0)
for d in INTS:
    lo, hi = torch.iinfo(d).min, torch.iinfo(d).max
    values = [0, 1, 2, 3, 7, 100, lo, hi] + ([] if d == torch.uint8 else [-1, -3, -100])
    both = list(itertools.product(values, repeat=2))
    a, b = (t([p[i] for p in both], d) for i in (0, 1))
    for name in ("ADD", "SUB", "MUL", "MAX", "MIN", "EQ", "LT", "LE"):
        case(name, [], [a, b], binary[name](a, b))
    for name, f in dict(AND=torch.bitwise_and, OR=torch.bitwise_or, XOR=torch.bitwise_xor).items():
        case(name, [], [a, b], f(a, b))
    some = [p for p in both if p[1] != 0 and not (p[0] == lo and p[1] == -1)]
    a, b = (t([p[i] for p in some], d) for i in (0, 1))
    case("DIV", [], [a, b], torch.div(a, b, rounding_mode="trunc"))
    case("FMOD", [], [a, b], torch.fmod(a, b))
    some = [p for p in both if -4 < p[1] < 8]
    a, b = (t([p[i] for p in some], d) for i in (0, 1))
    case("POW", [], [a, b], torch.pow(a, b))
    some = [(v, s) for v in values for s in [0, 1, 3, torch.iinfo(d).bits - 1, torch.iinfo(d).bits, 100]]
    a, b = (t([p[i] for p in some], d) for i in (0, 1))
    case("SHL", [], [a, b], torch.bitwise_left_shift(a, b))
    case("SHR", [], [a, b], torch.bitwise_right_shift(a, b))
a, b = t([True, True, False, False], torch.bool), t([True, False, True, False], torch.bool)
for name, f in dict(AND=torch.logical_and, OR=torch.logical_or, XOR=torch.logical_xor, ADD=torch.add, MUL=torch.mul, MAX=torch.maximum,
                    MIN=torch.minimum, EQ=torch.eq, LT=torch.lt, LE=torch.le).items():
    case(name, [], [a, b], f(a, b))
for d in FLOATS + INTS + [torch.bool]:
    c, x, y = t([True, False, True], torch.bool), t([1, 0, 1], d), t([0, 1, 1], d)
    case("WHERE", [], [c, x, y], torch.where(c, x, y))
case("WHERE", [], [t([True, False], torch.bool), t([NAN, NAN]), t([1.0, 2.0])], t([NAN, 2.0]))

# ---- leaves
for d in FLOATS + INTS:
    case("IOTA", [], [], torch.arange(5).to(d))
case("CONST", [bits(-2.5)], [], t(-2.5, torch.float16))
case("CONST", [bits(NAN)], [], t(NAN, torch.float32))
case("CONST", [-7], [], t(-7, torch.int8))
case("CONST", [2 ** 62 + 1], [], t(2 ** 62 + 1, torch.int64))
case("CONST", [1], [], t(True, torch.bool))

# ---- views
for d in FLOATS + INTS + [torch.bool]:
    x = torch.arange(24).reshape(2, 3, 4).to(d)
    case("RESHAPE", [], [x], x.reshape(4, 6))
    case("PERMUTE", [2, 0, 1], [x], x.permute(2, 0, 1))
    case("EXPAND", [], [x[:, :1]], x[:, :1].expand(2, 5, 4))
    case("SLICE", [0, 2, 3, 1, -1, -2], [x], x.flip(1).flip(2)[:, :, ::2])
    case("SLICE", [1, 0, 1, 1, 2, 1], [x], x[1:, 0:3:2, 1:3])
    case("CONCAT", [1], [x, x[:, :1], x[:, :0]], torch.cat([x, x[:, :1], x[:, :0]], 1))
    case("UNFOLD", [1, 2, 1], [x], x.unfold(1, 2, 1))
    case("UNFOLD", [2, 2, 2], [x], x.unfold(2, 2, 2))
    fill = 3 if d != torch.bool else True
    case("PAD", [1, 0, 2, 0, 1, 0, bits(fill) if d.is_floating_point else int(fill)], [x], F.pad(x, (2, 0, 0, 1, 1, 0), value=fill))
x = t(7.0)
case("RESHAPE", [], [x], x.reshape(1, 1))
case("EXPAND", [], [torch.zeros(0, 1)], torch.zeros(0, 3))
case("SLICE", [2, 0, 1, 1], [torch.ones(2, 3)], torch.ones(2, 3)[2:2])
case("PAD", [1, 1, bits(0.0)], [torch.zeros(0)], torch.zeros(2))
case("CONCAT", [0], [torch.ones(0, 2), torch.ones(0, 2)], torch.ones(0, 2))
case("PERMUTE", [1, 0], [torch.zeros(0, 3)], torch.zeros(3, 0))
x = rand(3, 7)
case("UNFOLD", [1, 3, 2], [x], x.unfold(1, 3, 2))

# ---- reductions
for d in FLOATS + INTS:
    x = (t([[3, 1, 2, 3], [5, 5, 0, 4], [1, 2, 2, 1]], d) if d == torch.uint8 else t([[3, -1, 2, 3], [5, 5, -2, 4], [-1, 2, 2, -1]], d))
    for axes in ([0], [1], [0, 1]):
        case("SUM", axes, [x], x.sum(axes, keepdim=True, dtype=d))
        case("REDUCE_MAX", axes, [x], x.amax(axes, keepdim=True))
        case("REDUCE_MIN", axes, [x], x.amin(axes, keepdim=True))
    for axis in (0, 1):
        case("PROD", [axis], [x], x.prod(axis, keepdim=True, dtype=d))
        case("ARGMAX", [axis], [x], x.argmax(axis, keepdim=True))
        case("ARGMIN", [axis], [x], x.argmin(axis, keepdim=True))
x = t([[1, NAN, 3, NAN], [INF, -INF, 2, 1], [-0.0, 0.0, -INF, INF]])
for axis in (0, 1):
    case("SUM", [axis], [x], x.sum(axis, keepdim=True))
    case("PROD", [axis], [x], x.prod(axis, keepdim=True))
    case("REDUCE_MAX", [axis], [x], x.amax(axis, keepdim=True))
    case("REDUCE_MIN", [axis], [x], x.amin(axis, keepdim=True))
    case("ARGMAX", [axis], [x], x.argmax(axis, keepdim=True))
    case("ARGMIN", [axis], [x], x.argmin(axis, keepdim=True))
x = t([100, 100, 100], torch.int8)
case("SUM", [0], [x], x.sum(0, keepdim=True, dtype=torch.int8))
x = torch.full((4096,), 0.1, dtype=torch.float16)
case("SUM", [0], [x], (x.double().sum(0, keepdim=True)).half())
x = torch.zeros(2, 0, 3)
case("SUM", [1], [x], x.sum(1, keepdim=True))
case("PROD", [1], [x], x.prod(1, keepdim=True))
case("SUM", [0], [x], x.sum(0, keepdim=True))
case("REDUCE_MAX", [0], [x], x.amax(0, keepdim=True))
x = rand(2, 3, 4, 5)
for axes in ([0, 2], [1, 3], [0, 1, 2, 3], [2]):
    case("SUM", axes, [x], x.sum(axes, keepdim=True))
case("SUM", [0, 1], [t([[True, False], [False, False]], torch.bool)], t([[True]], torch.bool))
case("REDUCE_MAX", [1], [t([[True, False], [False, False]], torch.bool)], t([[True], [False]], torch.bool))

# ---- scans
for d in FLOATS + INTS:
    x = t([[3, 1, 2, 3], [5, 5, 0, 4], [1, 2, 2, 1]], d)
    for axis, reverse in itertools.product((0, 1), (0, 1)):
        y = x.flip(axis) if reverse else x
        back = (lambda v: v.flip(axis)) if reverse else (lambda v: v)
        n = x.shape[axis]
        case("CUMSUM", [axis, reverse], [x], back(y.cumsum(axis, dtype=d)))
        case("CUMPROD", [axis, reverse], [x], back(y.cumprod(axis, dtype=d)))
        for name, f in dict(MAX=torch.cummax, MIN=torch.cummin).items():
            case("CUM" + name, [axis, reverse], [x], back(f(y, axis).values))
            at = back(f(y, axis).indices)
            case("CUMARG" + name, [axis, reverse], [x], n - 1 - at if reverse else at)
        if d.is_floating_point:
            case("CUMLOGSUMEXP", [axis, reverse], [x], back(y.logcumsumexp(axis)))
x = t([-INF, -INF, 1, 2, 1000, INF, 3, NAN, 1])
case("CUMLOGSUMEXP", [0, 0], [x], x.logcumsumexp(0))
x = t([1.0, NAN, 5.0, NAN, 2.0])
for name, f in dict(MAX=torch.cummax, MIN=torch.cummin).items():
    case("CUM" + name, [0, 0], [x], f(x, 0).values)
    case("CUMARG" + name, [0, 0], [x], f(x, 0).indices)
for name in ("CUMSUM", "CUMPROD", "CUMMAX", "CUMMIN", "CUMLOGSUMEXP"):
    case(name, [1, 0], [torch.zeros(2, 0)], torch.zeros(2, 0))

# ---- sorting
for d in FLOATS + INTS:
    x = t([[3, 1, 2, 3, 1], [5, 5, 0, 4, 5], [1, 2, 2, 1, 1]], d)
    for axis, down in itertools.product((0, 1), (False, True)):
        case("ARGSORT", [axis, int(down)], [x], x.sort(dim=axis, descending=down, stable=True).indices)
x = t([1.0, NAN, INF, -0.0, -INF, 0.0, NAN, 1.0])
for down in (False, True):
    case("ARGSORT", [0, int(down)], [x], x.sort(dim=0, descending=down, stable=True).indices)
x = torch.randint(0, 20, (3, 37), dtype=torch.int64)
case("ARGSORT", [1, 0], [x], x.sort(dim=1, stable=True).indices)
case("ARGSORT", [0, 0], [torch.zeros(0)], torch.zeros(0, dtype=torch.int64))

# ---- indexing
index = t([[0, 2, 1], [2, 2, 0]], torch.int64)
for d in FLOATS + INTS + [torch.bool]:
    x = torch.arange(12).reshape(3, 4).to(d)
    case("GATHER", [0], [x, index], x.gather(0, index))
    case("GATHER", [1], [x, index], x.gather(1, index))
    case("TAKE", [0], [x, index], x[index])
    case("TAKE", [1], [x, index], x[:, index])
    case("TAKE", [1], [x, t(2, torch.int64)], x[:, 2])
    src = (torch.arange(6).reshape(2, 3) + 1).to(d)
    case("SCATTER", [1, 0], [x, t([[0, 2, 1], [3, 2, 0]], torch.int64), src], x.scatter(1, t([[0, 2, 1], [3, 2, 0]], torch.int64), src))
    if d != torch.bool:
        for mode, name in ((1, "sum"), (2, "prod"), (3, "amax"), (4, "amin")):
            for axis in (0, 1):
                case("SCATTER", [axis, mode], [x, index, src], x.scatter_reduce(axis, index, src, name))
        one = t([2, 0, 2], torch.int64)
        src = (torch.arange(12).reshape(4, 3) - 3).abs().to(d)
        case("INDEX_ADD", [1], [x.T[:4, :3].contiguous(), one, src], x.T[:4, :3].contiguous().index_add(1, one, src))
x = torch.zeros(3, dtype=torch.float64)
case("SCATTER", [0, 0], [x, t([1, 1, 1], torch.int64), t([1.0, 2.0, 3.0])], t([0.0, 3.0, 0.0]))
case("SCATTER", [0, 3], [x, t([1, 0], torch.int64), t([NAN, -1.0])], t([0.0, NAN, 0.0]))
x = rand(3, 4, 5)
src = rand(3, 2, 2, 5)
base = x.clone()
flat = t([1, 3, 1, 0], torch.int64)
case("INDEX_ADD", [1], [x, flat.reshape(2, 2), src], base.index_add(1, flat, src.reshape(3, 4, 5)))
case("TAKE", [0], [torch.zeros(0, 3), torch.zeros(0, dtype=torch.int64)], torch.zeros(0, 3))
case("TAKE", [0], [t(5.0), t([0, 0], torch.int64)], t([5.0, 5.0]))
case("GATHER", [1], [x[:, :, 0].contiguous(), torch.zeros(3, 0, dtype=torch.int64)], torch.zeros(3, 0, dtype=torch.float64))
case("INDEX_ADD", [0], [x, torch.zeros(0, dtype=torch.int64), x[:0]], x)
w = rand(2, 3, 4)
y = torch.zeros(2, 9, dtype=torch.float64)
for i in range(3):
    y[:, 2 * i:2 * i + 4] += w[:, i]
case("FOLD", [1, 2], [w], y)
x = torch.arange(8).reshape(1, 4, 2)
case("FOLD", [1, 1], [x], t([[0, 3, 7, 11, 7]], torch.int64))

# ---- contractions
for d in FLOATS + INTS:
    a, b = torch.randint(0, 5, (2, 3, 4)).to(d), torch.randint(0, 5, (2, 4, 5)).to(d)
    case("MATMUL", [], [a, b], a @ b)
a, b = rand(3, 2, 7), rand(3, 7, 4)
case("MATMUL", [], [a, b], a @ b)
case("MATMUL", [], [a[:, :, :0], b[:, :0]], torch.zeros(3, 2, 4, dtype=torch.float64))
case("MATMUL", [], [a[:0], b[:0]], torch.zeros(0, 2, 4, dtype=torch.float64))
case("MATMUL", [], [t([[[INF, 1.0]]]), t([[[0.0], [1.0]]])], t([[[NAN]]]))

conv = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
grads = {1: (torch.nn.grad.conv1d_input, torch.nn.grad.conv1d_weight), 2: (torch.nn.grad.conv2d_input, torch.nn.grad.conv2d_weight),
         3: (torch.nn.grad.conv3d_input, torch.nn.grad.conv3d_weight)}
for n, xs, ws, stride, pad, dil, groups in [
        (1, (2, 3, 9), (4, 3, 3), [1], [0], [1], 1), (1, (2, 4, 9), (4, 2, 3), [2], [2], [2], 2), (1, (1, 2, 4), (2, 1, 4), [3], [3], [1], 2),
        (2, (2, 3, 6, 7), (4, 3, 3, 2), [1, 1], [1, 0], [1, 1], 1), (2, (1, 4, 8, 5), (6, 2, 3, 3), [2, 1], [2, 1], [2, 1], 2),
        (2, (2, 3, 5, 5), (3, 1, 3, 3), [1, 2], [1, 1], [1, 1], 3), (2, (2, 3, 4, 4), (5, 3, 1, 1), [1, 1], [0, 0], [1, 1], 1),
        (3, (1, 2, 4, 5, 6), (3, 2, 2, 3, 2), [1, 2, 1], [1, 0, 1], [1, 1, 2], 1), (2, (0, 3, 4, 4), (5, 3, 2, 2), [1, 1], [0, 0], [1, 1], 1)]:
    x, w = rand(*xs), rand(*ws)
    attr = [n, groups] + stride + pad + pad + dil
    y = conv[n](x, w, None, stride, pad, dil, groups)
    case("CONV", attr, [x, w], y, rel=1e-13)
    if xs[0] > 0:
        gy = rand(*y.shape)
        gx = grads[n][0](x.shape, w, gy, stride, pad, dil, groups)
        gw = grads[n][1](x, w.shape, gy, stride, pad, dil, groups)
        case("CONV_DGRAD", attr, [gy, w], gx, rel=1e-13)
        case("CONV_WGRAD", attr, [x, gy], gw, rel=1e-13)
        for d in (torch.float32, torch.float16, torch.bfloat16):
            case("CONV", attr, [x.to(d), w.to(d)], conv[n](x.to(d).double(), w.to(d).double(), None, stride, pad, dil, groups).to(d))
x, w = rand(1, 2, 5, 5), rand(3, 2, 3, 3)
case("CONV", [2, 1, 1, 1, 0, 1, 2, 0, 1, 1], [x, w], F.conv2d(F.pad(x, (1, 0, 0, 2)), w), rel=1e-13)

pool = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
avg = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
for n, xs, k, s, p, dil in [(1, (2, 3, 9), [3], [2], [1], [1]), (2, (2, 3, 6, 7), [2, 3], [2, 1], [1, 1], [1, 1]),
                            (2, (1, 2, 8, 8), [2, 2], [1, 2], [0, 1], [2, 3]), (3, (1, 2, 4, 5, 6), [2, 2, 3], [2, 1, 3], [0, 1, 1], [1, 1, 1]),
                            (2, (0, 2, 4, 4), [2, 2], [2, 2], [0, 0], [1, 1])]:
    x = torch.randint(-3, 3, xs).double()
    attr = [n] + k + s + p + p + dil
    y, at = pool[n](x, k, s, p, dil, return_indices=True)
    case("POOL_MAX", attr, [x], y)
    case("POOL_ARGMAX", attr, [x], at)
    x.requires_grad_()
    gy = rand(*y.shape)
    (gx,) = torch.autograd.grad(pool[n](x, k, s, p, dil), x, gy)
    case("POOL_MAX_GRAD", attr, [x.detach(), gy], gx)
    if all(v == 1 for v in dil):
        scale = math.prod(k)
        y = avg[n](x, k, s, p) * scale
        case("POOL_SUM", attr, [x.detach()], y.detach())
        (gx,) = torch.autograd.grad(y, x, gy)
        case("POOL_SUM_GRAD", attr, [gy], gx)
        for d in (torch.float32, torch.float16, torch.bfloat16):
            case("POOL_SUM", attr, [x.detach().to(d)], y.detach().to(d))
            case("POOL_MAX", attr, [x.detach().to(d)], pool[n](x.detach(), k, s, p, dil).to(d))
x = t([[[NAN, 1.0, NAN, 2.0, 3.0, 3.0, -INF, -INF]]])
y, at = F.max_pool1d(x, 4, 2, return_indices=True)
case("POOL_MAX", [1, 4, 2, 0, 0, 1], [x], y)
case("POOL_ARGMAX", [1, 4, 2, 0, 0, 1], [x], at)
y, at = F.max_pool1d(x[:, :, 3:], 2, 2, ceil_mode=True, return_indices=True)
case("POOL_MAX", [1, 2, 2, 0, 1, 1], [x[:, :, 3:]], y)

# ---- linear algebra: where PyTorch fixes the sign
INVERSE, DET, CHOLESKY, QR, SVD, EIGH = range(6)
for n in (1, 2, 3, 6):
    x = rand(2, n, n)
    case("LINALG", [INVERSE, 0], [x], torch.linalg.inv(x), rel=1e-11)
    case("LINALG", [DET, 0], [x], torch.linalg.det(x), rel=1e-12)
    spd = x @ x.mT + torch.eye(n, dtype=torch.float64)
    case("LINALG", [CHOLESKY, 0], [spd], torch.linalg.cholesky(spd), rel=1e-12)
    case("LINALG", [EIGH, 0], [spd], torch.linalg.eigvalsh(spd), rel=1e-12)
    for r in (n, n + 2):
        for y in (rand(2, r, n), rand(2, n, r)):
            q, rr = torch.linalg.qr(y)
            case("LINALG", [QR, 0], [y], q, rel=1e-11)
            case("LINALG", [QR, 1], [y], rr, rel=1e-11)
            case("LINALG", [SVD, 1], [y], torch.linalg.svdvals(y), rel=1e-12)
x = rand(3, 3).float()
case("LINALG", [INVERSE, 0], [x], torch.linalg.inv(x.double()).float())
x = t([[2.0, 0.0], [0.0, -3.0]])
case("LINALG", [QR, 0], [x], torch.linalg.qr(x).Q)
case("LINALG", [QR, 1], [x], torch.linalg.qr(x).R)
case("LINALG", [DET, 0], [t([[1.0, 2.0], [2.0, 4.0]])], t(0.0))
for shape in ((0, 2, 2), (2, 0, 0)):
    x = torch.zeros(shape, dtype=torch.float64)
    case("LINALG", [INVERSE, 0], [x], torch.linalg.inv(x))
    case("LINALG", [DET, 0], [x], torch.linalg.det(x))
    case("LINALG", [CHOLESKY, 0], [x], torch.linalg.cholesky(x))
    case("LINALG", [EIGH, 0], [x], torch.linalg.eigvalsh(x))
    case("LINALG", [SVD, 1], [x], torch.linalg.svdvals(x))

# ---- barriers
x = rand(2, 3)
case("DETACH", [], [x], x)
case("CUSTOM", [], [x, rand(4)], x)
out.close()
