package dev.levin.io.export;

import dev.levin.graph.ConvAttr;
import dev.levin.graph.LinalgFunction;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.ScatterMode;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Every primitive as ONNX operators. */
final class Primitives {
    private final GraphWriter writer;
    private final GraphBuilder graph;

    Primitives(GraphWriter writer) {
        this.writer = writer;
        this.graph = writer.graph();
    }

    /** Writes the operators and gives the name of the result. */
    String write(Value v) {
        return switch (v.op()) {
            case NEG -> unary(v, "Neg");
            case ABS -> unary(v, "Abs");
            case SIGN -> unary(v, "Sign");
            case RECIP -> unary(v, "Reciprocal");
            case EXP -> unary(v, "Exp");
            case LOG -> unary(v, "Log");
            case SQRT -> unary(v, "Sqrt");
            case SIN -> unary(v, "Sin");
            case COS -> unary(v, "Cos");
            case TAN -> unary(v, "Tan");
            case ASIN -> unary(v, "Asin");
            case ACOS -> unary(v, "Acos");
            case ATAN -> unary(v, "Atan");
            case SINH -> unary(v, "Sinh");
            case COSH -> unary(v, "Cosh");
            case TANH -> unary(v, "Tanh");
            case SIGMOID -> unary(v, "Sigmoid");
            case ERF -> unary(v, "Erf");
            case FLOOR -> unary(v, "Floor");
            case CEIL -> unary(v, "Ceil");
            case ROUND -> unary(v, "Round");
            case RSQRT -> add(v, "Reciprocal", unary(v, "Sqrt"));
            case ERFC -> add(v, "Sub", number(v, 1), unary(v, "Erf"));
            case LOG1P -> add(v, "Log", add(v, "Add", in(v, 0), number(v, 1)));
            // e^x - 1 = tanh(x / 2) (e^x + 1) keeps its digits near 0.
            case EXPM1 -> add(v, "Mul", add(v, "Tanh", add(v, "Mul", in(v, 0), number(v, 0.5))), add(v, "Add", unary(v, "Exp"), number(v, 1)));
            case TRUNC -> add(v, "Mul", unary(v, "Sign"), add(v, "Floor", unary(v, "Abs")));
            case NOT -> v.dtype().isBool() ? unary(v, "Not") : bitwise(v, "BitwiseNot");
            case CAST -> writer.cast(v, in(v, 0), v.dtype());
            case ADD -> arithmetic(v, "Add", "Or");
            case SUB -> arithmetic(v, "Sub", "Xor");
            case MUL -> arithmetic(v, "Mul", "And");
            case DIV -> writer.add(v, "Div", writer.operands(v));
            case POW -> writer.add(v, "Pow", writer.operands(v));
            case MAX -> arithmetic(v, "Max", "Or");
            case MIN -> arithmetic(v, "Min", "And");
            case ATAN2 -> atan2(v);
            case FMOD -> writer.add(v, "Mod", writer.operands(v), "fmod", 1);
            case EQ -> writer.add(v, "Equal", writer.operands(v));
            case LT -> compare(v, "Less");
            case LE -> compare(v, "LessOrEqual");
            case AND -> logical(v, "And");
            case OR -> logical(v, "Or");
            case XOR -> logical(v, "Xor");
            case WHERE -> writer.add(v, "Where", writer.operands(v));

            case RESHAPE -> writer.reshape(v, in(v, 0), v.extents());
            case PERMUTE -> writer.add(v, "Transpose", List.of(in(v, 0)), "perm", v.constants());
            case EXPAND -> expand(v);
            case SLICE -> slice(v);
            case PAD -> pad(v);
            case CONCAT -> writer.add(v, "Concat", writer.names(v.inputs()), "axis", v.constant(0));
            case UNFOLD -> unfold(v);

            case SUM -> writer.add(v, "ReduceSum", List.of(in(v, 0), graph.ints(v.constants())), "keepdims", 1);
            case PROD -> reduce(v, "ReduceProd");
            case REDUCE_MAX -> extreme(v, "ReduceMax");
            case REDUCE_MIN -> extreme(v, "ReduceMin");
            case ARGMAX -> writer.add(v, "ArgMax", List.of(ordered(v.input(0))), "axis", v.constant(0), "keepdims", 1);
            case ARGMIN -> writer.add(v, "ArgMin", List.of(ordered(v.input(0))), "axis", v.constant(0), "keepdims", 1);
            case CUMSUM -> writer.add(v, "CumSum", List.of(in(v, 0), graph.constant(HostArray.wrap(DType.I64, new long[] {v.constant(0)}))),
                    "reverse", v.constant(1));

            case GATHER -> writer.add(v, "GatherElements", writer.names(v.inputs()), "axis", v.constant(0));
            case TAKE -> writer.add(v, "Gather", writer.names(v.inputs()), "axis", v.constant(0));
            case INDEX_ADD -> indexAdd(v);
            case SCATTER -> scatter(v);
            case FOLD -> fold(v);
            case ARGSORT -> graph.add(v.path(), "TopK", 2, List.of(ordered(v.input(0)), graph.ints(v.extent(v.constant(0)))),
                    "axis", v.constant(0), "largest", v.constant(1), "sorted", 1).get(1);

            case MATMUL -> writer.add(v, "MatMul", writer.names(v.inputs()));
            case CONV, CONV_DGRAD -> convolution(v, null);
            case POOL_MAX -> maxPool(v, 1).getFirst();
            // ONNX counts through the whole tensor, not within an image.
            case POOL_ARGMAX -> add(v, "Mod", maxPool(v, 2).get(1), writer.graph().scalar(DType.I64, spatial(v.input(0))));
            case POOL_SUM -> add(v, "Mul", averagePool(v), number(v, Arrays.stream(PoolAttr.of(v.constants()).kernel()).asDoubleStream()
                    .reduce(1, (a, b) -> a * b)));
            case LINALG -> linalg(v);

            case IOTA -> iota(v);
            case CONST -> batchNumber(v);
            case POOL_MAX_GRAD, POOL_SUM_GRAD, CONV_WGRAD -> throw GraphWriter.refused(v, "it belongs to a gradient");
            case CUMPROD -> running(v, (a, b) -> add(v, "Mul", a, b), graph.scalar(v.dtype(), 1));
            case CUMMAX -> running(v, (a, b) -> add(v, "Max", a, b), least(v.dtype(), 1));
            case CUMMIN -> running(v, (a, b) -> add(v, "Min", a, b), least(v.dtype(), -1));
            case CUMARGMAX -> runningPlace(v, "Less", least(v.input(0).dtype(), 1));
            case CUMARGMIN -> runningPlace(v, "Greater", least(v.input(0).dtype(), -1));
            case CUMLOGSUMEXP -> running(v, (a, b) -> logSum(v, a, b), number(v, Double.NEGATIVE_INFINITY));
            case SHL -> add(v, "Mul", in(v, 0), add(v, "Pow", number(v, 2), in(v, 1)));
            case SHR -> shiftedRight(v);
            case ERFINV, LGAMMA, POLYGAMMA -> throw GraphWriter.refused(v, "there is no such operator");
            case INPUT, VARIABLE, SCALAR, DETACH, CUSTOM, RANDOM_BITS -> throw new AssertionError(v + " is no operator");
        };
    }

    private String in(Value v, int i) {
        return writer.name(v.input(i));
    }

    private String add(Value at, String type, String... inputs) {
        return writer.add(at, type, List.of(inputs));
    }

    private String number(Value like, double value) {
        return graph.scalar(like.dtype(), value);
    }

    private String unary(Value v, String type) {
        return add(v, type, in(v, 0));
    }

    // ---- pointwise ----------------------------------------------------------------------------------------------------

    /** The angle of (x, y) from that of its slope, in the right half of the plane. */
    private String atan2(Value v) {
        List<String> operands = writer.operands(v);
        String y = operands.get(0);
        String x = operands.get(1);
        String zero = number(v, 0);
        String origin = add(v, "And", add(v, "Equal", x, zero), add(v, "Equal", y, zero));
        String slope = add(v, "Where", origin, zero, add(v, "Atan", add(v, "Div", y, x)));
        String turn = add(v, "Where", add(v, "Less", y, zero), number(v, -Math.PI), number(v, Math.PI));
        return add(v, "Where", add(v, "Less", x, zero), add(v, "Add", slope, turn), slope);
    }

    private String arithmetic(Value v, String type, String ofBooleans) {
        return writer.add(v, v.dtype().isBool() ? ofBooleans : type, writer.operands(v));
    }

    private String compare(Value v, String type) {
        List<String> operands = writer.operands(v);
        return v.input(0).dtype().isBool() ? add(v, type, writer.cast(v, operands.get(0), DType.I32), writer.cast(v, operands.get(1), DType.I32))
                : writer.add(v, type, operands);
    }

    private String logical(Value v, String type) {
        if (v.dtype().isBool()) {
            return writer.add(v, type, writer.operands(v));
        }
        bitwise(v, null);
        return writer.add(v, "Bitwise" + type, writer.operands(v));
    }

    private String bitwise(Value v, String type) {
        if (writer.opset() < 18) {
            throw GraphWriter.refused(v, "operations on the bits of integers came with opset 18; export with opset(18)");
        }
        return type == null ? null : unary(v, type);
    }

    // ---- views --------------------------------------------------------------------------------------------------------

    private String expand(Value v) {
        Extent[] target = v.extents();
        for (int i = 0; i < target.length; i++) {
            target[i] = target[i].equals(v.input(0).extent(i)) ? Extent.of(1) : target[i];
        }
        return add(v, "Expand", in(v, 0), graph.ints(target));
    }

    private String slice(Value v) {
        Value x = v.input(0);
        int r = v.rank();
        int[] axes = IntStream.range(0, r).filter(i -> !v.extent(i).equals(x.extent(i)) || !v.attr(i).is(0) || v.constant(r + i) != 1).toArray();
        Extent[] starts = new Extent[axes.length];
        Extent[] ends = new Extent[axes.length];
        long[] steps = new long[axes.length];
        for (int k = 0; k < axes.length; k++) {
            int i = axes[k];
            steps[k] = v.constant(r + i);
            starts[k] = v.attr(i);
            Extent end = starts[k].plus(v.extent(i).times(steps[k]));
            // An end before the first element must not be read as one counted from the last.
            ends[k] = steps[k] < 0 && end.isConstant() && end.value() < 0 ? Extent.of(Long.MIN_VALUE + 1)
                    : steps[k] > 0 && end.plus(x.extent(i).times(-1)).slope() == 0 && !end.isConstant()
                    && end.plus(x.extent(i).times(-1)).value() >= 0 ? Extent.of(Long.MAX_VALUE) : end;
        }
        return add(v, "Slice", in(v, 0), graph.ints(starts), graph.ints(ends), graph.ints(Arrays.stream(axes).asLongStream().toArray()), graph.ints(steps));
    }

    private String pad(Value v) {
        int r = v.rank();
        Extent[] amounts = new Extent[2 * r];
        for (int i = 0; i < amounts.length; i++) {
            amounts[i] = v.attr(i);
        }
        long bits = v.node().attr()[2 * r];
        boolean bool = v.dtype().isBool();
        DType t = bool ? DType.I32 : v.dtype();
        String x = bool ? writer.cast(v, in(v, 0), t) : in(v, 0);
        String padded = add(v, "Pad", x, graph.ints(amounts), graph.scalar(t, v.dtype().isFloat() ? Double.longBitsToDouble(bits) : bits));
        return bool ? writer.cast(v, padded, DType.BOOL) : padded;
    }

    /** Windows are read by their indices, which puts the window beside its axis; it belongs to the end. */
    private String unfold(Value v) {
        int axis = v.constant(0);
        int size = v.constant(1);
        int step = v.constant(2);
        if (!v.extent(axis).isConstant()) {
            throw GraphWriter.refused(v, "the number of windows depends on the batch size; export with fixedBatch()");
        }
        int windows = (int) v.extent(axis).value();
        long[] index = new long[windows * size];
        for (int i = 0; i < index.length; i++) {
            index[i] = (long) (i / size) * step + i % size;
        }
        String read = writer.add(v, "Gather", List.of(in(v, 0), graph.constant(HostArray.wrap(DType.I64, index), windows, size)), "axis", axis);
        return axis == v.rank() - 2 ? read : writer.add(v, "Transpose", List.of(read), "perm", moved(v.rank(), axis + 1, v.rank() - 1));
    }

    /** The adjoint of {@link #unfold}: a product with a matrix of ones where a window's element lies. */
    private String fold(Value v) {
        Value x = v.input(0);
        int axis = v.constant(0);
        int step = v.constant(1);
        if (!x.extent(axis).isConstant() || !v.extent(axis).isConstant()) {
            throw GraphWriter.refused(v, "the number of windows depends on the batch size; export with fixedBatch()");
        }
        int r = x.rank();
        int windows = (int) x.extent(axis).value();
        int size = (int) x.extent(r - 1).value();
        int extent = (int) v.extent(axis).value();
        HostArray places = HostArray.allocate(v.dtype(), (long) windows * size * extent);
        for (int i = 0; i < windows * size; i++) {
            places.setDouble(i * extent + i / size * step + i % size, 1);
        }
        String last = axis == r - 2 ? writer.name(x)
                : writer.add(v, "Transpose", List.of(writer.name(x)), "perm", moved(r, axis, r - 2));
        Extent[] flat = new Extent[r - 1];
        for (int i = 0, at = 0; i < r - 1; i++) {
            if (i != axis) {
                flat[at++] = x.extent(i);
            }
        }
        flat[r - 2] = Extent.of((long) windows * size);
        String summed = add(v, "MatMul", writer.reshape(v, last, flat), graph.constant(places, windows * size, extent));
        return axis == r - 2 ? summed : writer.add(v, "Transpose", List.of(summed), "perm", moved(r - 1, r - 2, axis));
    }

    /** The permutation that takes an axis out and puts it at another place. */
    private static int[] moved(int rank, int from, int to) {
        List<Integer> axes = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        axes.add(to, axes.remove(from));
        return axes.stream().mapToInt(Integer::intValue).toArray();
    }

    // ---- reductions ---------------------------------------------------------------------------------------------------

    private String reduce(Value v, String type) {
        return reduce(v, type, in(v, 0));
    }

    private String reduce(Value v, String type, String x) {
        return writer.opset() >= 18 ? writer.add(v, type, List.of(x, graph.ints(v.constants())), "keepdims", 1)
                : writer.add(v, type, List.of(x), "axes", v.constants(), "keepdims", 1);
    }

    private String extreme(Value v, String type) {
        if (!v.dtype().isBool()) {
            return reduce(v, type);
        }
        return writer.cast(v, reduce(v, type, writer.cast(v, in(v, 0), DType.I32)), DType.BOOL);
    }

    /** Booleans as numbers, which have an order. */
    private String ordered(Value v) {
        return v.dtype().isBool() ? writer.cast(v, writer.name(v), DType.I32) : writer.name(v);
    }

    /**
     * A running function in steps that double: after each, an element has met twice as many of its predecessors.
     *
     * @param neutral what stands before the first element
     */
    private String running(Value v, BinaryOperator<String> combine, String neutral) {
        String x = in(v, 0);
        for (long shift = 1; shift < runs(v); shift *= 2) {
            x = combine.apply(x, before(v, x, shift, neutral));
        }
        return x;
    }

    /** log(e^a + e^b) from the larger one, so that nothing overflows. */
    private String logSum(Value v, String a, String b) {
        String apart = add(v, "Abs", add(v, "Sub", a, b));
        return add(v, "Add", add(v, "Max", a, b), add(v, "Log", add(v, "Add", add(v, "Exp", add(v, "Neg", apart)), number(v, 1))));
    }

    /** Division by a power of two, rounded down; ONNX shifts numbers without a sign only. */
    private String shiftedRight(Value v) {
        String power = add(v, "Pow", number(v, 2), in(v, 1));
        return add(v, "Div", add(v, "Sub", in(v, 0), add(v, "Mod", in(v, 0), power)), power);
    }

    /** As {@link #running}, of extremes and where they are; of equal ones the later stays. */
    private String runningPlace(Value v, String loses, String neutral) {
        String x = ordered(v.input(0));
        int[] dims = new int[v.rank()];
        Arrays.fill(dims, 1);
        dims[v.constant(0)] = (int) runs(v);
        String places = graph.constant(HostArray.wrap(DType.I64, LongStream.range(0, runs(v)).toArray()), dims);
        String place = add(v, "Expand", places, add(v, "Shape", x));
        for (long shift = 1; shift < runs(v); shift *= 2) {
            String earlier = before(v, x, shift, neutral);
            String lost = add(v, loses, x, earlier);
            place = add(v, "Where", lost, before(v, place, shift, graph.scalar(DType.I64, 0)), place);
            x = add(v, "Where", lost, earlier, x);
        }
        return place;
    }

    private static long runs(Value v) {
        Extent n = v.extent(v.constant(0));
        if (!n.isConstant()) {
            throw GraphWriter.refused(v, "it runs along the batch; export with fixedBatch()");
        }
        return n.value();
    }

    /** What stands {@code shift} elements before each, in the direction of running. */
    private String before(Value v, String x, long shift, String neutral) {
        int axis = v.constant(0);
        boolean reverse = v.constant(1) == 1;
        long[] pads = new long[2 * v.rank()];
        pads[reverse ? v.rank() + axis : axis] = shift;
        String kept = add(v, "Slice", x, graph.ints(reverse ? shift : 0), graph.ints(reverse ? runs(v) : runs(v) - shift), graph.ints(axis));
        return add(v, "Pad", kept, graph.ints(pads), neutral);
    }

    /** The least number of a type, or with sign -1 the largest. */
    private String least(DType t, int sign) {
        return switch (t) {
            case I64 -> graph.constant(HostArray.wrap(t, new long[] {sign > 0 ? Long.MIN_VALUE : Long.MAX_VALUE}));
            case I32 -> graph.scalar(t, sign > 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE);
            case I16 -> graph.scalar(t, sign > 0 ? Short.MIN_VALUE : Short.MAX_VALUE);
            case I8 -> graph.scalar(t, sign > 0 ? Byte.MIN_VALUE : Byte.MAX_VALUE);
            case U8 -> graph.scalar(t, sign > 0 ? 0 : 255);
            case BOOL -> graph.scalar(DType.I32, sign > 0 ? 0 : 1);
            default -> graph.scalar(t, sign * Double.NEGATIVE_INFINITY);
        };
    }

    // ---- indexing -----------------------------------------------------------------------------------------------------

    private String indexAdd(Value v) {
        int axis = v.constant(0);
        Value base = v.input(0);
        Value index = v.input(1);
        Value src = v.input(2);
        Extent[] shape = Arrays.copyOf(index.extents(), index.rank() + 1);
        shape[index.rank()] = Extent.of(1);
        String places = writer.reshape(v, writer.name(index), shape);
        String data = writer.name(base);
        String updates = writer.name(src);
        if (axis > 0) {
            data = writer.add(v, "Transpose", List.of(data), "perm", moved(base.rank(), axis, 0));
            int[] perm = IntStream.concat(IntStream.range(axis, axis + index.rank()),
                    IntStream.range(0, src.rank()).filter(i -> i < axis || i >= axis + index.rank())).toArray();
            updates = writer.add(v, "Transpose", List.of(updates), "perm", perm);
        }
        String summed = writer.add(v, "ScatterND", List.of(data, places, updates), "reduction", "add");
        return axis == 0 ? summed : writer.add(v, "Transpose", List.of(summed), "perm", moved(base.rank(), 0, axis));
    }

    private String scatter(Value v) {
        ScatterMode mode = ScatterMode.values()[v.constant(1)];
        Value index = v.input(1);
        Value src = v.input(2);
        if ((mode == ScatterMode.MAX || mode == ScatterMode.MIN) && writer.opset() < 18) {
            throw GraphWriter.refused(v, "scattering extremes came with opset 18; export with opset(18)");
        }
        String updates = writer.name(src);
        int[] axes = IntStream.range(0, src.rank()).filter(i -> !src.extent(i).equals(index.extent(i))).toArray();
        if (axes.length > 0) {
            updates = add(v, "Slice", updates, graph.ints(new long[axes.length]),
                    graph.ints(Arrays.stream(axes).mapToObj(index::extent).toArray(Extent[]::new)),
                    graph.ints(Arrays.stream(axes).asLongStream().toArray()));
        }
        List<String> in = List.of(in(v, 0), writer.name(index), updates);
        return mode == ScatterMode.SET ? writer.add(v, "ScatterElements", in, "axis", v.constant(0))
                : writer.add(v, "ScatterElements", in, "axis", v.constant(0), "reduction", mode.name().toLowerCase(Locale.ROOT));
    }

    // ---- convolution and pooling --------------------------------------------------------------------------------------

    /** A convolution, or its adjoint to the input, with a bias [O] or none. */
    String convolution(Value v, Value bias) {
        ConvAttr a = ConvAttr.of(v.constants());
        List<String> in = bias == null ? writer.names(v.inputs()) : List.of(in(v, 0), in(v, 1), writer.name(bias));
        int[] kernel = kernel(v.input(1));
        if (v.op() == Op.CONV) {
            return writer.add(v, "Conv", in, "kernel_shape", kernel, "strides", a.stride(), "pads", pads(a.before(), a.after()),
                    "dilations", a.dilation(), "group", a.groups());
        }
        int[] extra = new int[a.spatialRank()];
        for (int i = 0; i < extra.length; i++) {
            extra[i] = (int) (v.extent(2 + i).value() - ((v.input(0).extent(2 + i).value() - 1) * a.stride()[i]
                    + a.dilation()[i] * (kernel[i] - 1) + 1 - a.before()[i] - a.after()[i]));
        }
        return writer.add(v, "ConvTranspose", in, "kernel_shape", kernel, "strides", a.stride(), "pads", pads(a.before(), a.after()),
                "dilations", a.dilation(), "group", a.groups(), "output_padding", extra);
    }

    private static int[] kernel(Value weight) {
        int[] d = Value.known(weight);
        return Arrays.copyOfRange(d, 2, d.length);
    }

    private static int[] pads(int[] before, int[] after) {
        return IntStream.concat(Arrays.stream(before), Arrays.stream(after)).toArray();
    }

    private List<String> maxPool(Value v, int outputs) {
        PoolAttr a = PoolAttr.of(v.constants());
        return graph.add(v.path(), "MaxPool", outputs, List.of(in(v, 0)), "kernel_shape", a.kernel(), "strides", a.stride(),
                "pads", pads(a.before(), a.after()), "dilations", a.dilation());
    }

    private static double spatial(Value x) {
        double n = 1;
        for (int i = 2; i < x.rank(); i++) {
            n *= x.extent(i).value();
        }
        return n;
    }

    /** The mean of windows, where padding counts. */
    String averagePool(Value sum) {
        PoolAttr a = PoolAttr.of(sum.constants());
        if (Arrays.stream(a.dilation()).anyMatch(d -> d != 1)) {
            throw GraphWriter.refused(sum, "averages of dilated windows");
        }
        return writer.add(sum, "AveragePool", List.of(in(sum, 0)), "kernel_shape", a.kernel(), "strides", a.stride(),
                "pads", pads(a.before(), a.after()), "count_include_pad", 1);
    }

    private String linalg(Value v) {
        if (LinalgFunction.values()[v.constant(0)] == LinalgFunction.DET) {
            return unary(v, "Det");
        }
        throw GraphWriter.refused(v, LinalgFunction.values()[v.constant(0)] + " of matrices is no operator of it");
    }

    // ---- what depends on the batch ------------------------------------------------------------------------------------

    private String iota(Value v) {
        String n = add(v, "Squeeze", graph.ints(new Extent[] {v.extent(0)}), graph.ints(0));
        String range = add(v, "Range", graph.scalar(DType.I64, 0), n, graph.scalar(DType.I64, 1));
        return v.dtype() == DType.I64 ? range : writer.cast(v, range, v.dtype());
    }

    /** A literal that is a number of samples, such as what a mean over the batch is divided by. */
    private String batchNumber(Value v) {
        String n = add(v, "Squeeze", graph.ints(new Extent[] {v.literal()}), graph.ints(0));
        return v.dtype() == DType.I64 ? n : writer.cast(v, n, v.dtype());
    }
}
