package dev.levin.graph;

import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * Makes nodes, and checks in the caller's line that shapes and dtypes fit. The only constructor of {@link Node}s.
 *
 * <p>Binary functions broadcast their operands (by EXPAND nodes) but do not promote dtypes: that is the user API's
 * business. No-op views and casts return their input.
 */
public final class Nodes {
    private static final Node[] NONE = {};
    private static final long[] NO_ATTR = {};
    private static final StackWalker WALKER = StackWalker.getInstance();

    private Nodes() {
    }

    // ---- leaves -----------------------------------------------------------------------------------------------------

    /** A realised value of the given shape. */
    public static Node input(Buffer value, Shape shape) {
        return input(value, shape, false);
    }

    /** A realised value that gradients may be asked for. */
    public static Node input(Buffer value, Shape shape, boolean requiresGrad) {
        if (value.numel() != shape.numel()) {
            throw new IllegalArgumentException(value.numel() + " elements can't fill shape " + shape + ", which needs "
                    + shape.numel());
        }
        Context c = Context.current();
        Node n = new Node(c.nextId(NONE), Op.INPUT, NO_ATTR, value.dtype(), shape, value.device(), requiresGrad,
                c.path(), null, NONE);
        n.realise(value);
        return n;
    }

    static Node variableLeaf(Variable v) {
        Context c = Context.current();
        Node n = new Node(c.nextId(NONE), Op.VARIABLE, new long[] {v.version()}, v.dtype(), v.shape(), v.device(),
                v.requiresGrad(), c.path(), v, NONE);
        c.trace().add(n);
        return n;
    }

    /** The same value as a leaf whose gradient goes to {@code target}. */
    public static Node gradientLeaf(Node value, GradientTarget target) {
        Context c = Context.current();
        if (value.isRealised()) {
            Node n = new Node(c.nextId(NONE), Op.INPUT, NO_ATTR, value.dtype(), value.shape(), value.device(), true,
                    value.path(), target, NONE);
            n.realise(value.value());
            return n;
        }
        Node n = new Node(c.nextId(new Node[] {value}), Op.DETACH, NO_ATTR, value.dtype(), value.shape(), value.device(), true,
                value.path(), target, new Node[] {value});
        c.trace().add(n);
        return n;
    }

    /** A scalar that the program reads at run time. */
    public static Node scalar(ScalarArg arg, DType dtype) {
        return make(Op.SCALAR, NO_ATTR, dtype, Shape.scalar(), false, arg);
    }

    /** A literal scalar; the value is rounded to {@code dtype}. */
    public static Node constant(DType dtype, double value) {
        long bits = dtype.isFloat() ? Double.doubleToRawLongBits(round(dtype, value)) : wrap(dtype, (long) value);
        return literal(dtype, bits);
    }

    public static Node constant(DType dtype, long value) {
        return literal(dtype, dtype.isFloat() ? Double.doubleToRawLongBits(round(dtype, value)) : wrap(dtype, value));
    }

    private static Node literal(DType dtype, long bits) {
        return make(Op.CONST, new long[] {bits}, dtype, Shape.scalar(), false, null);
    }

    /** A literal expanded to a shape. */
    public static Node full(DType dtype, Shape shape, double value) {
        return broadcast(constant(dtype, value), shape);
    }

    public static Node zeros(Node like) {
        return full(like.dtype(), like.shape(), 0);
    }

    public static Node ones(Node like) {
        return full(like.dtype(), like.shape(), 1);
    }

    /** 0 .. n-1. */
    public static Node iota(int n, DType dtype) {
        return make(Op.IOTA, NO_ATTR, dtype, Shape.of(n), false, null);
    }

    static double round(DType dtype, double v) {
        return switch (dtype) {
            case F64 -> v;
            case F32 -> (float) v;
            case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) v));
            case BF16 -> HostArray.bf16ToFloat(HostArray.floatToBf16((float) v));
            default -> throw new IllegalArgumentException(dtype + " is not a float type");
        };
    }

    static long wrap(DType dtype, long v) {
        return switch (dtype) {
            case BOOL -> v != 0 ? 1 : 0;
            case U8 -> v & 0xff;
            case I8 -> (byte) v;
            case I16 -> (short) v;
            case I32 -> (int) v;
            default -> v;
        };
    }

    // ---- scalar functions -------------------------------------------------------------------------------------------

    public static Node unary(Op op, Node x) {
        return unary(op, x, NO_ATTR);
    }

    public static Node unary(Op op, Node x, long... attr) {
        if (op.kind() != Op.Kind.UNARY || op == Op.CAST) {
            throw new IllegalArgumentException(op + " is not a plain unary function");
        }
        if (op == Op.NOT ? x.dtype().isFloat() : x.dtype().isBool()
                || !x.dtype().isFloat() && op != Op.NEG && op != Op.ABS && op != Op.SIGN) {
            throw new IllegalArgumentException(op + " is not defined for " + x.dtype() + at()
                    + (op == Op.NOT ? "; compare with zero first" : "; cast to a float type first"));
        }
        return make(op, attr, x.dtype(), x.shape(), x.requiresGrad(), null, x);
    }

    public static Node cast(Node x, DType dtype) {
        return x.dtype() == dtype ? x
                : make(Op.CAST, NO_ATTR, dtype, x.shape(), x.requiresGrad() && dtype.isFloat(), null, x);
    }

    /** Broadcasts both operands; their dtypes must be equal. */
    public static Node binary(Op op, Node a, Node b) {
        boolean compare = op.kind() == Op.Kind.COMPARE;
        if (op.kind() != Op.Kind.BINARY && !compare) {
            throw new IllegalArgumentException(op + " is not a binary function");
        }
        if (a.dtype() != b.dtype()) {
            throw new IllegalArgumentException(op + " needs operands of one dtype, not " + a.dtype() + " and " + b.dtype() + at());
        }
        boolean bits = op == Op.AND || op == Op.OR || op == Op.XOR || op == Op.SHL || op == Op.SHR;
        if (bits && a.dtype().isFloat()) {
            throw new IllegalArgumentException(op + " is not defined for " + a.dtype() + at() + "; use integers or booleans");
        }
        Shape s = common(op.name(), a, b);
        return make(op, NO_ATTR, compare ? DType.BOOL : a.dtype(), s,
                !compare && !bits && (a.requiresGrad() || b.requiresGrad()), null, broadcast(a, s), broadcast(b, s));
    }

    public static Node where(Node condition, Node a, Node b) {
        if (condition.dtype() != DType.BOOL) {
            throw new IllegalArgumentException("the condition of where must be BOOL, not " + condition.dtype() + at());
        }
        if (a.dtype() != b.dtype()) {
            throw new IllegalArgumentException("where needs two values of one dtype, not " + a.dtype() + " and " + b.dtype() + at());
        }
        Shape s = Shape.broadcast(condition.shape(), common("WHERE", a, b));
        return make(Op.WHERE, NO_ATTR, a.dtype(), s, a.requiresGrad() || b.requiresGrad(), null,
                broadcast(condition, s), broadcast(a, s), broadcast(b, s));
    }

    public static Node add(Node a, Node b) {
        return binary(Op.ADD, a, b);
    }

    public static Node sub(Node a, Node b) {
        return binary(Op.SUB, a, b);
    }

    public static Node mul(Node a, Node b) {
        return binary(Op.MUL, a, b);
    }

    public static Node div(Node a, Node b) {
        return binary(Op.DIV, a, b);
    }

    public static Node neg(Node x) {
        return unary(Op.NEG, x);
    }

    public static Node mul(Node a, double factor) {
        return mul(a, constant(a.dtype(), factor));
    }

    public static Node add(Node a, double term) {
        return add(a, constant(a.dtype(), term));
    }

    private static Shape common(String what, Node a, Node b) {
        if (a.shape().equals(b.shape())) {
            return a.shape();
        }
        try {
            return Shape.broadcast(a.shape(), b.shape());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + ": " + e.getMessage() + at(), e);
        }
    }

    // ---- views ------------------------------------------------------------------------------------------------------

    public static Node reshape(Node x, Shape shape) {
        if (shape.equals(x.shape())) {
            return x;
        }
        if (shape.numel() != x.shape().numel()) {
            throw new IllegalArgumentException("can't reshape " + x.shape() + " (" + x.shape().numel() + " elements) to "
                    + shape + " (" + shape.numel() + ")" + at());
        }
        return view(Op.RESHAPE, NO_ATTR, shape, x);
    }

    /** {@code axes[i]} is the source of output axis i. */
    public static Node permute(Node x, int... axes) {
        int r = x.shape().rank();
        boolean identity = axes.length == r;
        boolean[] seen = new boolean[r];
        long[] attr = new long[axes.length];
        int[] dims = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            int a = x.shape().axis(axes[i]);
            if (axes.length != r || seen[a]) {
                throw new IllegalArgumentException("permute needs each of the " + r + " axes of " + x.shape()
                        + " once, not " + Arrays.toString(axes) + at());
            }
            seen[a] = true;
            attr[i] = a;
            dims[i] = x.shape().dim(a);
            identity &= a == i;
        }
        if (axes.length != r) {
            throw new IllegalArgumentException("permute needs " + r + " axes for " + x.shape() + ", not "
                    + Arrays.toString(axes) + at());
        }
        return identity ? x : view(Op.PERMUTE, attr, Shape.of(dims), x);
    }

    public static Node transpose(Node x, int a, int b) {
        int[] axes = new int[x.shape().rank()];
        Arrays.setAll(axes, i -> i);
        int i = x.shape().axis(a);
        int j = x.shape().axis(b);
        if (axes.length > 0) {
            axes[i] = j;
            axes[j] = i;
        }
        return permute(x, axes);
    }

    /** Repeats axes of extent 1; ranks must be equal. */
    public static Node expand(Node x, Shape shape) {
        if (shape.equals(x.shape())) {
            return x;
        }
        boolean fits = shape.rank() == x.shape().rank();
        for (int i = 0; fits && i < shape.rank(); i++) {
            fits = x.shape().dim(i) == shape.dim(i) || x.shape().dim(i) == 1;
        }
        if (!fits) {
            throw new IllegalArgumentException("can't expand " + x.shape() + " to " + shape
                    + ": only axes of extent 1 can grow" + at());
        }
        return view(Op.EXPAND, NO_ATTR, shape, x);
    }

    /** Adds leading axes, then expands. */
    public static Node broadcast(Node x, Shape shape) {
        if (shape.equals(x.shape())) {
            return x;
        }
        int extra = shape.rank() - x.shape().rank();
        if (extra < 0) {
            throw new IllegalArgumentException("can't broadcast " + x.shape() + " to " + shape + ", which has fewer axes" + at());
        }
        if (extra > 0) {
            int[] d = new int[shape.rank()];
            Arrays.fill(d, 0, extra, 1);
            System.arraycopy(x.shape().dims(), 0, d, extra, x.shape().rank());
            x = reshape(x, Shape.of(d));
        }
        return expand(x, shape);
    }

    /** {@code size} elements from {@code start} in steps of {@code step} (not 0) along every axis. */
    public static Node slice(Node x, int[] start, int[] size, int[] step) {
        int r = x.shape().rank();
        long[] attr = new long[2 * r];
        boolean identity = true;
        for (int i = 0; i < r; i++) {
            long last = start[i] + (long) (size[i] - 1) * step[i];
            int n = x.shape().dim(i);
            if (step[i] == 0 || size[i] < 0 || size[i] > 0 && (start[i] < 0 || start[i] >= n || last < 0 || last >= n)) {
                throw new IndexOutOfBoundsException("slice of " + size[i] + " elements from " + start[i] + " in steps of "
                        + step[i] + " leaves axis " + i + " of " + x.shape() + at());
            }
            attr[i] = start[i];
            attr[r + i] = step[i];
            identity &= size[i] == n && (step[i] == 1 || n <= 1);
        }
        return identity ? x : view(Op.SLICE, attr, Shape.of(size), x);
    }

    /** {@code size} elements of one axis. */
    public static Node slice(Node x, int axis, int start, int size, int step) {
        int a = x.shape().axis(axis);
        int[] starts = new int[x.shape().rank()];
        int[] sizes = x.shape().dims();
        int[] steps = new int[sizes.length];
        Arrays.fill(steps, 1);
        starts[a] = start;
        sizes[a] = size;
        steps[a] = step;
        return slice(x, starts, sizes, steps);
    }

    public static Node flip(Node x, int axis) {
        int n = x.shape().dim(axis);
        return n <= 1 ? x : slice(x, axis, n - 1, n, -1);
    }

    /** Surrounds with a constant; counts are not negative. */
    public static Node pad(Node x, int[] before, int[] after, double value) {
        int r = x.shape().rank();
        long[] attr = new long[2 * r + 1];
        int[] dims = new int[r];
        boolean identity = true;
        for (int i = 0; i < r; i++) {
            if (before[i] < 0 || after[i] < 0) {
                throw new IllegalArgumentException("padding must not be negative: " + Arrays.toString(before) + ", "
                        + Arrays.toString(after) + at());
            }
            attr[i] = before[i];
            attr[r + i] = after[i];
            dims[i] = Math.addExact(x.shape().dim(i), before[i] + after[i]);
            identity &= before[i] + after[i] == 0;
        }
        attr[2 * r] = constant(x.dtype(), value).attr()[0];
        return identity ? x : view(Op.PAD, attr, Shape.of(dims), x);
    }

    public static Node concat(List<Node> parts, int axis) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("cat needs at least one tensor" + at());
        }
        Node first = parts.getFirst();
        int a = first.shape().axis(axis);
        int total = 0;
        boolean grad = false;
        for (Node p : parts) {
            if (p.dtype() != first.dtype() || p.shape().rank() != first.shape().rank()
                    || !p.shape().with(a, 0).equals(first.shape().with(a, 0))) {
                throw new IllegalArgumentException("cat along axis " + a + " needs equal dtypes and equal other axes, not "
                        + first.dtype() + first.shape() + " and " + p.dtype() + p.shape() + at());
            }
            total = Math.addExact(total, p.shape().dim(a));
            grad |= p.requiresGrad();
        }
        return parts.size() == 1 ? first : make(Op.CONCAT, new long[] {a}, first.dtype(), first.shape().with(a, total), grad,
                null, parts.toArray(Node[]::new));
    }

    /** Windows of {@code size} every {@code step}, the window as a new last axis. */
    public static Node unfold(Node x, int axis, int size, int step) {
        int a = x.shape().axis(axis);
        int n = x.shape().dim(a);
        if (size < 1 || size > n || step < 1) {
            throw new IllegalArgumentException("windows of " + size + " every " + step + " do not fit axis " + a + " of "
                    + x.shape() + at());
        }
        return view(Op.UNFOLD, new long[] {a, size, step},
                x.shape().with(a, (n - size) / step + 1).insert(x.shape().rank(), size), x);
    }

    /** Adjoint of {@link #unfold}: sums windows back into an axis of the given extent. */
    public static Node fold(Node x, int axis, int step, int extent) {
        int r = x.shape().rank() - 1;
        int a = Shape.axis(axis, r);
        if ((x.shape().dim(a) - 1) * step + x.shape().dim(r) > extent) {
            throw new IllegalArgumentException("windows of " + x.shape() + " do not fit an axis of " + extent + at());
        }
        return make(Op.FOLD, new long[] {a, step}, x.dtype(), x.shape().drop(r).with(a, extent), x.requiresGrad(), null, x);
    }

    private static Node view(Op op, long[] attr, Shape shape, Node x) {
        return make(op, attr, x.dtype(), shape, x.requiresGrad(), null, x);
    }

    // ---- reductions and scans -------------------------------------------------------------------------------------------

    /** Reduces the given axes (in any order, none means all); they stay with extent 1. */
    public static Node reduce(Op op, Node x, int... axes) {
        if (op == Op.ARGMAX || op == Op.ARGMIN || op.kind() != Op.Kind.REDUCE) {
            throw new IllegalArgumentException(op + " does not reduce to one value per group");
        }
        int[] list = axes.length == 0 ? x.shape().rank() == 0 ? new int[0] : all(x.shape().rank())
                : Arrays.stream(axes).map(x.shape()::axis).filter(a -> a < x.shape().rank()).sorted().toArray();
        Shape s = x.shape();
        long[] attr = new long[list.length];
        for (int i = 0; i < list.length; i++) {
            if (i > 0 && list[i] == list[i - 1]) {
                throw new IllegalArgumentException("axis " + list[i] + " appears twice in " + Arrays.toString(axes) + at());
            }
            if ((op == Op.REDUCE_MAX || op == Op.REDUCE_MIN) && s.dim(list[i]) == 0 && s.numel() == 0
                    && x.shape().with(list[i], 1).numel() > 0) {
                throw new IllegalArgumentException("can't take the extreme over axis " + list[i] + " of " + x.shape()
                        + ", which has no elements" + at());
            }
            s = s.with(list[i], 1);
            attr[i] = list[i];
        }
        return list.length == 0 ? x : make(op, attr, x.dtype(), s, x.requiresGrad(), null, x);
    }

    public static Node sum(Node x, int... axes) {
        return reduce(Op.SUM, x, axes);
    }

    /** ARGMAX or ARGMIN along one axis, which stays with extent 1. */
    public static Node argReduce(Op op, Node x, int axis) {
        int a = x.shape().axis(axis);
        if (x.shape().rank() > 0 && x.shape().dim(a) == 0) {
            throw new IllegalArgumentException("can't take " + op + " over axis " + a + " of " + x.shape()
                    + ", which has no elements" + at());
        }
        if (x.shape().rank() == 0) {
            return full(DType.I64, x.shape(), 0);
        }
        return make(op, new long[] {a}, DType.I64, x.shape().with(a, 1), false, null, x);
    }

    /** Running function along an axis, from the end if {@code reverse}. */
    public static Node scan(Op op, Node x, int axis, boolean reverse) {
        if (op.kind() != Op.Kind.SCAN) {
            throw new IllegalArgumentException(op + " is not a scan");
        }
        boolean index = op == Op.CUMARGMAX || op == Op.CUMARGMIN;
        if (x.shape().rank() == 0) {
            return index ? full(DType.I64, x.shape(), 0) : x;
        }
        return make(op, new long[] {x.shape().axis(axis), reverse ? 1 : 0}, index ? DType.I64 : x.dtype(), x.shape(),
                !index && x.requiresGrad(), null, x);
    }

    // ---- indexing -------------------------------------------------------------------------------------------------------

    public static Node gather(Node x, Node index, int axis) {
        int a = x.shape().axis(axis);
        checkIndex(index);
        checkWithin("gather", index.shape(), x.shape(), a);
        return make(Op.GATHER, new long[] {a}, x.dtype(), index.shape(), x.requiresGrad(), null, x, index);
    }

    public static Node take(Node x, Node index, int axis) {
        int a = x.shape().axis(axis);
        checkIndex(index);
        Shape s = x.shape().drop(a);
        for (int i = 0; i < index.shape().rank(); i++) {
            s = s.insert(a + i, index.shape().dim(i));
        }
        return make(Op.TAKE, new long[] {a}, x.dtype(), s, x.requiresGrad(), null, x, index);
    }

    /** {@code base} plus {@code src} at the indices of one axis: the adjoint of {@link #take}. */
    public static Node indexAdd(Node base, Node index, Node src, int axis) {
        int a = base.shape().axis(axis);
        checkIndex(index);
        Shape s = base.shape().drop(a);
        for (int i = 0; i < index.shape().rank(); i++) {
            s = s.insert(a + i, index.shape().dim(i));
        }
        if (!s.equals(src.shape()) || src.dtype() != base.dtype()) {
            throw new IllegalArgumentException("index_add into " + base.dtype() + base.shape() + " along axis " + a + " with "
                    + index.shape() + " indices needs a source " + base.dtype() + s + ", not " + src.dtype() + src.shape() + at());
        }
        return make(Op.INDEX_ADD, new long[] {a}, base.dtype(), base.shape(), base.requiresGrad() || src.requiresGrad(),
                null, base, index, src);
    }

    /** Writes the elements of {@code src} that {@code index} covers; index and src may be smaller than base. */
    public static Node scatter(Node base, Node index, Node src, int axis, ScatterMode mode) {
        int a = base.shape().axis(axis);
        checkIndex(index);
        checkWithin("scatter", index.shape(), base.shape(), a);
        checkWithin("scatter", index.shape(), src.shape(), -1);
        if (src.dtype() != base.dtype()) {
            throw new IllegalArgumentException("scatter needs source and destination of one dtype, not " + src.dtype()
                    + " and " + base.dtype() + at());
        }
        return make(Op.SCATTER, new long[] {a, mode.ordinal()}, base.dtype(), base.shape(),
                base.requiresGrad() || src.requiresGrad(), null, base, index, src);
    }

    private static void checkIndex(Node index) {
        if (index.dtype() != DType.I64) {
            throw new IllegalArgumentException("indices must be I64, not " + index.dtype() + at() + "; cast them first");
        }
    }

    private static void checkWithin(String what, Shape index, Shape target, int free) {
        boolean fits = index.rank() == target.rank();
        for (int i = 0; fits && i < index.rank(); i++) {
            fits = i == free || index.dim(i) <= target.dim(i);
        }
        if (!fits) {
            throw new IllegalArgumentException(what + ": index " + index + " does not fit " + target
                    + (free >= 0 ? " (axis " + free + " is free)" : "") + at());
        }
    }

    /** Stable order of the elements along an axis; NaN counts as the largest. */
    public static Node argsort(Node x, int axis, boolean descending) {
        if (x.shape().rank() == 0) {
            return full(DType.I64, x.shape(), 0);
        }
        return make(Op.ARGSORT, new long[] {x.shape().axis(axis), descending ? 1 : 0}, DType.I64, x.shape(), false, null, x);
    }

    // ---- contractions -----------------------------------------------------------------------------------------------------

    /** [B, M, K] x [B, K, N]; autocast applies. */
    public static Node matmul(Node a, Node b) {
        Node x = Autocast.contraction(a);
        Node y = Autocast.contraction(b);
        Shape s = x.shape();
        Shape t = y.shape();
        if (s.rank() != 3 || t.rank() != 3 || s.dim(0) != t.dim(0) || s.dim(2) != t.dim(1) || x.dtype() != y.dtype()
                || x.dtype() == DType.BOOL) {
            throw new IllegalArgumentException("MATMUL does not fit: " + x.dtype() + s + " x " + y.dtype() + t + at());
        }
        return make(Op.MATMUL, NO_ATTR, x.dtype(), Shape.of(s.dim(0), s.dim(1), t.dim(2)),
                x.requiresGrad() || y.requiresGrad(), null, x, y);
    }

    /** x [N, C, S...], w [O, C/groups, K...]; autocast applies. */
    public static Node conv(Node x, Node w, ConvAttr attr) {
        Node a = Autocast.contraction(x);
        Node b = Autocast.contraction(w);
        int d = attr.spatialRank();
        Shape s = a.shape();
        Shape k = b.shape();
        if (s.rank() != d + 2 || k.rank() != d + 2 || attr.groups() < 1 || s.dim(1) != k.dim(1) * attr.groups()
                || k.dim(0) % attr.groups() != 0 || a.dtype() != b.dtype() || !a.dtype().isFloat()) {
            throw new IllegalArgumentException("convolution does not fit: input " + a.dtype() + s + ", weight " + b.dtype() + k
                    + ", groups " + attr.groups() + at() + "; expected input [N, C, " + d + " spatial axes] and weight [O, C/groups, "
                    + d + " kernel axes]");
        }
        Shape out = positive(attr, s, k);
        return make(Op.CONV, attr.words(), a.dtype(), out, a.requiresGrad() || b.requiresGrad(), null, a, b);
    }

    private static Shape positive(ConvAttr attr, Shape x, Shape w) {
        for (int i = 0; i < attr.spatialRank(); i++) {
            if (attr.outputExtent(i, x.dim(2 + i), w.dim(2 + i)) < 1) {
                throw new IllegalArgumentException("kernel " + w + " (" + attr + ") is larger than the padded input " + x + at());
            }
        }
        return attr.outputShape(x, w);
    }

    /** Gradient of {@link #conv} to its input of shape {@code x}; also the transposed convolution. */
    public static Node convInputGrad(Node gy, Node w, Shape x, ConvAttr attr) {
        Node g = Autocast.contraction(gy);
        Node b = Autocast.contraction(w);
        if (g.dtype() != b.dtype() || g.shape().rank() != x.rank() || !attr.outputShape(x, b.shape()).equals(g.shape())
                || x.dim(1) != b.shape().dim(1) * attr.groups()) {
            throw new IllegalArgumentException("transposed convolution does not fit: " + g.dtype() + g.shape() + " with weight "
                    + b.dtype() + b.shape() + " can't come from " + x + " (" + attr + ")" + at());
        }
        return make(Op.CONV_DGRAD, attr.words(), g.dtype(), x, g.requiresGrad() || b.requiresGrad(), null, g, b);
    }

    /** Gradient of {@link #conv} to its weight of shape {@code w}. */
    public static Node convWeightGrad(Node x, Node gy, Shape w, ConvAttr attr) {
        Node a = Autocast.contraction(x);
        Node g = Autocast.contraction(gy);
        if (a.dtype() != g.dtype() || !attr.outputShape(a.shape(), w).equals(g.shape())) {
            throw new IllegalArgumentException("weight gradient does not fit: " + a.shape() + ", " + g.shape() + ", weight " + w + at());
        }
        return make(Op.CONV_WGRAD, attr.words(), a.dtype(), w, a.requiresGrad() || g.requiresGrad(), null, a, g);
    }

    /** POOL_MAX, POOL_ARGMAX or POOL_SUM over [N, C, S...]. */
    public static Node pool(Op op, Node x, PoolAttr attr) {
        Shape s = x.shape();
        if (s.rank() != attr.spatialRank() + 2) {
            throw new IllegalArgumentException("pooling over " + attr.spatialRank() + " axes needs [N, C, ...], not " + s + at());
        }
        for (int i = 0; i < attr.spatialRank(); i++) {
            if (attr.outputExtent(i, s.dim(2 + i)) < 1) {
                throw new IllegalArgumentException("pooling window (" + attr + ") is larger than the padded input " + s + at());
            }
        }
        boolean index = op == Op.POOL_ARGMAX;
        return make(op, attr.words(), index ? DType.I64 : x.dtype(), attr.outputShape(s), !index && x.requiresGrad(), null, x);
    }

    public static Node poolMaxGrad(Node x, Node gy, PoolAttr attr) {
        return make(Op.POOL_MAX_GRAD, attr.words(), gy.dtype(), x.shape(), gy.requiresGrad(), null, x, gy);
    }

    public static Node poolSumGrad(Node gy, Shape x, PoolAttr attr) {
        return make(Op.POOL_SUM_GRAD, attr.words(), gy.dtype(), x, gy.requiresGrad(), null, gy);
    }

    /** One output of a factorisation of the last two axes. */
    public static Node linalg(LinalgFunction f, int output, Shape shape, Node x) {
        if (x.shape().rank() < 2 || !x.dtype().isFloat() || x.dtype().isHalf()) {
            throw new IllegalArgumentException(f + " needs F32 or F64 matrices, not " + x.dtype() + x.shape() + at());
        }
        return make(Op.LINALG, new long[] {f.ordinal(), output}, x.dtype(), shape, x.requiresGrad(), null, x);
    }

    // ---- random, barriers ---------------------------------------------------------------------------------------------------

    /** Philox words from a key {seed, step}. */
    public static Node randomBits(Node key, int ordinal, Shape shape) {
        return make(Op.RANDOM_BITS, new long[] {ordinal}, DType.I32, shape, false, null, key);
    }

    public static Node detach(Node x) {
        return x.requiresGrad() ? make(Op.DETACH, NO_ATTR, x.dtype(), x.shape(), false, null, x) : x;
    }

    /** {@code value} with a user's gradient with respect to {@code inputs}. */
    public static Node custom(Node value, CustomGradient gradient, Node... inputs) {
        Node[] all = new Node[inputs.length + 1];
        all[0] = value;
        boolean grad = false;
        for (int i = 0; i < inputs.length; i++) {
            all[i + 1] = inputs[i];
            grad |= inputs[i].requiresGrad();
        }
        return make(Op.CUSTOM, NO_ATTR, value.dtype(), value.shape(), grad, gradient, all);
    }

    /** The same function of other inputs of the same shapes and dtypes; random bits stay the same bits. */
    public static Node repeat(Node original, Node... inputs) {
        boolean grad = false;
        for (Node in : inputs) {
            grad |= in.requiresGrad();
        }
        return make(original.op(), original.attr(), original.dtype(), original.shape(), grad && original.requiresGrad(),
                original.payload(), inputs);
    }

    // ---- common ---------------------------------------------------------------------------------------------------------------

    private static Node make(Op op, long[] attr, DType dtype, Shape shape, boolean requiresGrad, Object payload, Node... inputs) {
        Context c = Context.current();
        Device device = null;
        for (Node in : inputs) {
            if (in.isStale()) {
                throw new StaleTensorException(in);
            }
            if (in.device() != null && !in.device().equals(device)) {
                if (device != null) {
                    throw new IllegalArgumentException(op + ": operands are on " + device + " and " + in.device() + at()
                            + "; move one with to(...)");
                }
                device = in.device();
            }
        }
        Node n = new Node(c.nextId(inputs), op, attr, dtype, shape, device, requiresGrad && c.gradEnabled(), c.path(), payload, inputs);
        if (c.recordsLines()) {
            n.origin(userFrame());
        }
        c.trace().add(n);
        return n;
    }

    private static StackWalker.StackFrame userFrame() {
        return WALKER.walk(frames -> frames.filter(f -> !f.getClassName().startsWith("dev.levin.")).findFirst().orElse(null));
    }

    private static String at() {
        String p = Context.current().path();
        return p.isEmpty() ? "" : " in layer " + p;
    }

    private static int[] all(int rank) {
        int[] a = new int[rank];
        Arrays.setAll(a, i -> i);
        return a;
    }
}
