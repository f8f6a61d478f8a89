package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.graph.ScatterMode;
import dev.levin.reference.Evaluator;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The first pass: equal instructions become one, constants are folded, identities and nested views collapse, unused
 * instructions go. Rewrites give the same values
 * for every input, NaN and infinities included.
 */
public final class Normalizer {
    /** So many parts are joined in one form, and found again. */
    private static final int MIN_JOINED = 4;

    private final Program program;
    private final ProgramBuilder out = new ProgramBuilder();
    /** max(x, 0) of each x that has one. */
    private final Map<Integer, Integer> rectified = new HashMap<>();

    private Normalizer(Program program) {
        this.program = program;
    }

    public static Program normalize(Program program) {
        // once before, so that views of views don't hide what can be joined
        Program plain = new Normalizer(program).run();
        Program turned = again(plain, TransposedProducts.rewrite(plain));
        return again(turned, JoinedSums.rewrite(turned));
    }

    private static Program again(Program before, Program now) {
        return before == now ? now : new Normalizer(now).run();
    }

    private Program run() {
        int[] to = new int[program.size()];
        for (int i = 0; i < to.length; i++) {
            Instr in = program.instr(i);
            int[] inputs = new int[in.inputs().length];
            for (int k = 0; k < inputs.length; k++) {
                inputs[k] = throughRectifier(to[in.inputs()[k]]);
            }
            to[i] = simplify(in.withInputs(inputs));
        }
        int[] outputs = Arrays.stream(program.outputs()).map(o -> to[o]).toArray();
        Program.Assign[] assigns = Arrays.stream(program.assigns()).map(a -> new Program.Assign(a.slot(), to[a.value()]))
                .toArray(Program.Assign[]::new);
        return out.build(program.leafCount(), outputs, assigns);
    }

    private int simplify(Instr in) {
        if (in.op().isPointwise()) {
            int folded = fold(in);
            if (folded >= 0) {
                return folded;
            }
        }
        return switch (in.op()) {
            case RESHAPE -> reshape(in, in.inputs()[0]);
            case PERMUTE -> permute(in);
            case EXPAND -> expand(in);
            case SLICE -> slice(in);
            case CONCAT -> concat(in);
            case CAST -> cast(in);
            case MUL -> multiply(in);
            case DIV -> divide(in);
            case POW -> power(in);
            case ADD -> in.dtype().isInt() && isConst(in, 1, 0) ? in.inputs()[0]
                    : in.dtype().isInt() && isConst(in, 0, 0) ? in.inputs()[1] : add(in);
            case SUB -> isPositiveZero(in, 1) ? in.inputs()[0] : add(in);
            case NEG -> operand(in, 0).op() == Op.NEG ? operand(in, 0).inputs()[0] : add(in);
            case WHERE -> where(in);
            case MAX -> maximum(in);
            case SUM, PROD, REDUCE_MAX, REDUCE_MIN -> reduce(in);
            case ARGMAX, ARGMIN -> operand(in, 0).shape().dim(in.attr(0)) == 1 ? filled(0, in, in.shape()) : add(in);
            case SCATTER -> scatter(in);
            case MATMUL -> operand(in, 0).shape().dim(2) == 1 ? outerProduct(in) : add(in);
            default -> add(in);
        };
    }

    private int add(Instr in) {
        return out.add(in);
    }

    private Instr operand(Instr in, int k) {
        return out.get(in.inputs()[k]);
    }

    // ---- constants -----------------------------------------------------------------------------------------------------

    /** The instruction whose single element fills the value of {@code id}, or -1: looks through views that only repeat. */
    private int filledBy(int id) {
        while (true) {
            Instr in = out.get(id);
            switch (in.op()) {
                case CONST -> {
                    return id;
                }
                case EXPAND, RESHAPE, PERMUTE, SLICE -> id = in.inputs()[0];
                default -> {
                    return -1;
                }
            }
        }
    }

    private boolean isConst(Instr in, int k, double value) {
        return isFilledWith(in.inputs()[k], value);
    }

    private boolean isPositiveZero(Instr in, int k) {
        int c = filledBy(in.inputs()[k]);
        return c >= 0 && out.get(c).attr()[0] == 0;
    }

    /** A literal of the value's dtype repeated to {@code shape}. */
    private int filled(long bits, Instr like, Shape shape) {
        int c = add(Literals.constant(like.dtype(), bits, like));
        if (shape.rank() == 0) {
            return c;
        }
        int[] ones = new int[shape.rank()];
        Arrays.fill(ones, 1);
        Shape unit = Shape.of(ones);
        int r = out.add(Op.RESHAPE, new long[0], like.dtype(), unit, like, c);
        return shape.equals(unit) ? r : out.add(Op.EXPAND, new long[0], like.dtype(), shape, like, r);
    }

    private int fold(Instr in) {
        HostArray[] values = new HostArray[in.inputs().length];
        Shape[] shapes = new Shape[values.length];
        for (int k = 0; k < values.length; k++) {
            int c = filledBy(in.inputs()[k]);
            if (c < 0) {
                return -1;
            }
            values[k] = Literals.toHost(out.get(c).dtype(), out.get(c).attr()[0]);
            shapes[k] = Shape.scalar();
        }
        if (in.op() == Op.DIV && !in.dtype().isFloat() && values[1].getLong(0) == 0) {
            return -1;
        }
        Instr scalar = new Instr(in.op(), in.attr(), in.dtype(), Shape.scalar(), in.inputs(), in.path(), in.origin());
        return filled(Literals.bits(Evaluator.eval(scalar, values, shapes)), in, in.shape());
    }

    // ---- views ---------------------------------------------------------------------------------------------------------

    private int reshape(Instr in, int source) {
        while (out.get(source).op() == Op.RESHAPE) {
            source = out.get(source).inputs()[0];
        }
        if (out.get(source).shape().equals(in.shape())) {
            return source;
        }
        Instr x = out.get(source);
        return x.op() == Op.PERMUTE && isBatchOfOne(x.shape(), in.shape()) ? batchOfOne(in, x) : add(in.withInputs(new int[] {source}));
    }

    /** Whether a shape is the other with an axis of one in front. */
    private static boolean isBatchOfOne(Shape x, Shape y) {
        if (y.rank() != x.rank() + 1 || y.dim(0) != 1) {
            return false;
        }
        for (int i = 0; i < x.rank(); i++) {
            if (x.dim(i) != y.dim(i + 1)) {
                return false;
            }
        }
        return true;
    }

    /** An axis of one in front of a permuted value: it goes below, so that permutations meet. */
    private int batchOfOne(Instr in, Instr permuted) {
        int r = in.shape().rank();
        long[] axes = new long[r];
        for (int i = 1; i < r; i++) {
            axes[i] = permuted.attr(i - 1) + 1;
        }
        Shape below = out.get(permuted.inputs()[0]).shape();
        int[] dims = new int[r];
        dims[0] = 1;
        for (int i = 1; i < r; i++) {
            dims[i] = below.dim(i - 1);
        }
        int x = reshape(new Instr(Op.RESHAPE, new long[0], in.dtype(), Shape.of(dims), permuted.inputs(), in.path(), in.origin()),
                permuted.inputs()[0]);
        return permute(new Instr(Op.PERMUTE, axes, in.dtype(), in.shape(), new int[] {x}, in.path(), in.origin()));
    }

    private int permute(Instr in) {
        Instr x = operand(in, 0);
        long[] axes = in.attr();
        int source = in.inputs()[0];
        if (x.op() == Op.PERMUTE) {
            axes = new long[axes.length];
            for (int i = 0; i < axes.length; i++) {
                axes[i] = x.attr()[in.attr(i)];
            }
            source = x.inputs()[0];
        }
        if (keepsOrder(axes, out.get(source).shape())) {
            return reshape(new Instr(Op.RESHAPE, new long[0], in.dtype(), in.shape(), new int[] {source}, in.path(), in.origin()), source);
        }
        return out.add(Op.PERMUTE, axes, in.dtype(), in.shape(), in, source);
    }

    /** True when only axes of extent 1 move. */
    private static boolean keepsOrder(long[] axes, Shape source) {
        long last = -1;
        for (long a : axes) {
            if (source.dim((int) a) != 1) {
                if (a < last) {
                    return false;
                }
                last = a;
            }
        }
        return true;
    }

    private int expand(Instr in) {
        Instr x = operand(in, 0);
        if (x.shape().equals(in.shape())) {
            return in.inputs()[0];
        }
        return x.op() == Op.EXPAND ? add(in.withInputs(x.inputs())) : add(in);
    }

    /**
     * Many parts that follow each other in memory are joined as rows of numbers, whatever their shapes are: sequences that
     * are stacked, and joined along their batch, are then one value.
     */
    private int concat(Instr in) {
        int[] parts = in.inputs();
        if (parts.length < MIN_JOINED || in.shape().rank() <= 1 || in.shape().numel() == 0) {
            return add(in);
        }
        for (int k = 0; k < in.attr(0); k++) {
            if (in.shape().dim(k) != 1) {
                return add(in);
            }
        }
        int[] rows = new int[parts.length];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = shaped(parts[k], Shape.of((int) out.get(parts[k]).shape().numel()), in);
        }
        int row = out.add(Op.CONCAT, new long[1], in.dtype(), Shape.of((int) in.shape().numel()), in, rows);
        return shaped(row, in.shape(), in);
    }

    private int shaped(int id, Shape shape, Instr like) {
        return reshape(new Instr(Op.RESHAPE, new long[0], out.get(id).dtype(), shape, new int[] {id}, like.path(), like.origin()), id);
    }

    private int slice(Instr in) {
        Instr x = operand(in, 0);
        if (x.op() != Op.SLICE) {
            return add(in);
        }
        int r = in.shape().rank();
        long[] attr = new long[2 * r];
        for (int i = 0; i < r; i++) {
            attr[i] = x.attr()[i] + in.attr()[i] * x.attr()[r + i];
            attr[r + i] = in.attr()[r + i] * x.attr()[r + i];
        }
        return out.add(Op.SLICE, attr, in.dtype(), in.shape(), in, x.inputs()[0]);
    }

    // ---- identities ----------------------------------------------------------------------------------------------------

    private int cast(Instr in) {
        Instr x = operand(in, 0);
        if (x.dtype() == in.dtype()) {
            return in.inputs()[0];
        }
        if (x.op() == Op.PERMUTE) {
            // the copy in the other type lies as its source does, and products read it transposed
            int copy = cast(new Instr(Op.CAST, in.attr(), in.dtype(), operand(x, 0).shape(), x.inputs(), in.path(), in.origin()));
            return permute(new Instr(Op.PERMUTE, x.attr(), in.dtype(), in.shape(), new int[] {copy}, in.path(), in.origin()));
        }
        if (x.op() == Op.RESHAPE) {
            int copy = cast(new Instr(Op.CAST, in.attr(), in.dtype(), operand(x, 0).shape(), x.inputs(), in.path(), in.origin()));
            return reshape(new Instr(Op.RESHAPE, x.attr(), in.dtype(), in.shape(), new int[] {copy}, in.path(), in.origin()), copy);
        }
        if (x.op() == Op.CAST && widens(operand(x, 0).dtype(), x.dtype())) {
            DType origin = operand(x, 0).dtype();
            if (origin == in.dtype()) {
                return x.inputs()[0];
            }
            if (in.dtype() != DType.BOOL && (in.dtype().isFloat() == origin.isFloat()) && x.dtype().isFloat() == origin.isFloat()
                    && widens(origin, in.dtype())) {
                return add(in.withInputs(x.inputs()));
            }
        }
        return add(in);
    }

    /** Whether every value of {@code from} is a value of {@code to}. */
    private static boolean widens(DType from, DType to) {
        return switch (from) {
            case BOOL -> true;
            case U8, I8 -> to.isFloat() || to == DType.I16 || to == DType.I32 || to == DType.I64;
            case I16 -> to == DType.I32 || to == DType.I64 || to == DType.F32 || to == DType.F64;
            case I32 -> to == DType.I64 || to == DType.F64;
            case I64 -> false;
            case F16, BF16 -> to == DType.F32 || to == DType.F64;
            case F32 -> to == DType.F64;
            case F64 -> false;
        };
    }

    private int multiply(Instr in) {
        if (in.dtype().isBool()) {
            return add(in);
        }
        return isConst(in, 1, 1) ? in.inputs()[0] : isConst(in, 0, 1) ? in.inputs()[1] : add(in);
    }

    /** x / c is x * (1/c) where 1/c is exact, that is for powers of two. */
    private int divide(Instr in) {
        int c = filledBy(in.inputs()[1]);
        if (c < 0 || in.dtype().isBool()) {
            return add(in);
        }
        double d = Literals.asDouble(in.dtype(), out.get(c).attr()[0]);
        if (d == 1) {
            return in.inputs()[0];
        }
        if (in.dtype().isFloat() && !in.dtype().isHalf() && Math.abs(d) >= 0x1p-60 && Math.abs(d) <= 0x1p60
                && Math.abs(d) == Math.scalb(1.0, Math.getExponent(d))) {
            int inverse = filled(Double.doubleToRawLongBits(1 / d), in, in.shape());
            return out.add(Op.MUL, new long[0], in.dtype(), in.shape(), in, in.inputs()[0], inverse);
        }
        return add(in);
    }

    private int power(Instr in) {
        if (in.dtype().isFloat()) {
            if (isConst(in, 1, 1)) {
                return in.inputs()[0];
            }
            if (isConst(in, 1, 2)) {
                return out.add(Op.MUL, new long[0], in.dtype(), in.shape(), in, in.inputs()[0], in.inputs()[0]);
            }
        }
        return add(in);
    }

    /** The sign of x is that of max(x, 0): who asks later asks the result, so that x need not be kept. */
    private int throughRectifier(int id) {
        Instr in = out.get(id);
        boolean le = in.op() == Op.LE && isFilledWith(in.inputs()[1], 0);
        boolean lt = in.op() == Op.LT && isFilledWith(in.inputs()[0], 0);
        Integer y = le ? rectified.get(in.inputs()[0]) : lt ? rectified.get(in.inputs()[1]) : null;
        return y == null ? id : add(in.withInputs(le ? new int[] {y, in.inputs()[1]} : new int[] {in.inputs()[0], y}));
    }

    private boolean isFilledWith(int id, double value) {
        int c = filledBy(id);
        return c >= 0 && Literals.asDouble(out.get(c).dtype(), out.get(c).attr()[0]) == value;
    }

    private int maximum(Instr in) {
        int id = add(in);
        if (in.dtype().isFloat()) {
            for (int k = 0; k < 2; k++) {
                if (isFilledWith(in.inputs()[k], 0)) {
                    rectified.put(in.inputs()[1 - k], id);
                }
            }
        }
        return id;
    }

    private int where(Instr in) {
        Instr test = operand(in, 0);
        if (in.dtype().isFloat() && test.op() == Op.LE && test.inputs()[0] == in.inputs()[2] && isFilledWith(test.inputs()[1], 0)
                && isFilledWith(in.inputs()[1], 0)) {
            return maximum(new Instr(Op.MAX, new long[0], in.dtype(), in.shape(), new int[] {in.inputs()[2], in.inputs()[1]}, in.path(), in.origin()));
        }
        int c = filledBy(in.inputs()[0]);
        if (c >= 0) {
            return in.inputs()[out.get(c).attr()[0] != 0 ? 1 : 2];
        }
        return in.inputs()[1] == in.inputs()[2] ? in.inputs()[1] : add(in);
    }

    /** A reduction over axes of extent 1 is its input; the axes that remain are the ones that count. */
    private int reduce(Instr in) {
        Shape s = operand(in, 0).shape();
        long[] axes = Arrays.stream(in.attr()).filter(a -> s.dim((int) a) != 1).toArray();
        if (axes.length == 0) {
            return in.inputs()[0];
        }
        if (operand(in, 0).op() == Op.RESHAPE && axes.length > 1) {
            return reduceRuns(in, s, axes);
        }
        return axes.length == in.attr().length ? add(in) : out.add(in.op(), axes, in.dtype(), in.shape(), in, in.inputs());
    }

    /** Neighbouring axes that are all reduced, or all kept, are one: sums over a value in two shapes are then one sum. */
    private int reduceRuns(Instr in, Shape s, long[] axes) {
        boolean[] reduced = new boolean[s.rank()];
        for (long a : axes) {
            reduced[(int) a] = true;
        }
        int[] extent = new int[s.rank()];
        boolean[] folds = new boolean[s.rank()];
        int n = 0;
        for (int k = 0; k < s.rank(); k++) {
            if (s.dim(k) == 1) {
                continue;
            }
            if (n > 0 && folds[n - 1] == reduced[k]) {
                extent[n - 1] *= s.dim(k);
            } else {
                folds[n] = reduced[k];
                extent[n++] = s.dim(k);
            }
        }
        int[] kept = Arrays.copyOf(extent, n);
        long[] runs = new long[n];
        int count = 0;
        for (int k = 0; k < n; k++) {
            if (folds[k]) {
                kept[k] = 1;
                runs[count++] = k;
            }
        }
        int x = shaped(in.inputs()[0], Shape.of(Arrays.copyOf(extent, n)), in);
        int sum = out.add(in.op(), Arrays.copyOf(runs, count), in.dtype(), Shape.of(kept), in, x);
        return shaped(sum, in.shape(), in);
    }

    /** A product over one element sums nothing: a kernel can join it to what surrounds it. */
    private int outerProduct(Instr in) {
        return out.add(Op.MUL, new long[0], in.dtype(), in.shape(), in, repeat(in.inputs()[0], in.shape()), repeat(in.inputs()[1], in.shape()));
    }

    /**
     * Adding one element a row into zeros is a comparison with the row's index: the gradient of picking a class. It joins
     * the row kernel around it, where a scatter would be a pass of its own.
     */
    private int scatter(Instr in) {
        int axis = in.attr(0);
        Instr index = operand(in, 1);
        Instr source = operand(in, 2);
        boolean rows = index.shape().dim(axis) == 1 && source.shape().equals(index.shape()) && in.dtype().isFloat()
                && index.shape().equals(in.shape().with(axis, 1)) && in.attr(1) == ScatterMode.ADD.ordinal()
                && isPositiveZero(in, 0);
        return rows ? select(in, axis, index) : add(in);
    }

    private int select(Instr in, int axis, Instr index) {
        Shape s = in.shape();
        int[] ones = new int[s.rank()];
        Arrays.fill(ones, 1);
        long[] none = {};
        int iota = out.add(Op.IOTA, none, DType.I32, Shape.of(s.dim(axis)), in);
        int row = out.add(Op.RESHAPE, none, DType.I32, Shape.of(ones).with(axis, s.dim(axis)), in, iota);
        int narrow = out.add(Op.CAST, none, DType.I32, index.shape(), in, in.inputs()[1]);
        int hit = out.add(Op.EQ, none, DType.BOOL, s, in, repeat(row, s), repeat(narrow, s));
        return out.add(Op.WHERE, none, in.dtype(), s, in, hit, repeat(in.inputs()[2], s), in.inputs()[0]);
    }

    private int repeat(int id, Shape shape) {
        Instr x = out.get(id);
        return x.shape().equals(shape) ? id : out.add(Op.EXPAND, new long[0], x.dtype(), shape, x, id);
    }
}
