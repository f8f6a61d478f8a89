package dev.levin.tensor;

import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Static functions of {@link Tensor}: sequences, random values, and combinations of several tensors. */
abstract class TensorFactory extends LinearTensor {
    TensorFactory(Node node) {
        super(node);
    }

    private static DType floats() {
        return Context.current().defaultDType();
    }

    // ---- constants ----------------------------------------------------------------------------------------------------

    /** A constant of the default float dtype. */
    public static Tensor full(Shape shape, double value) {
        return Tensor.full(shape, value, floats());
    }

    public static Tensor fullLike(Tensor like, double value) {
        return Tensor.full(like.shape(), value, like.dtype());
    }

    /** Ones on the main diagonal of [rows, columns]. */
    public static Tensor eye(int rows, int columns) {
        Node i = Nodes.reshape(Nodes.iota(rows, DType.I64), Shape.of(rows, 1));
        return wrap(Nodes.cast(Nodes.binary(Op.EQ, Nodes.broadcast(i, Shape.of(rows, columns)),
                Nodes.broadcast(Nodes.iota(columns, DType.I64), Shape.of(rows, columns))), floats()));
    }

    // ---- sequences ----------------------------------------------------------------------------------------------------

    /** start, start + 1, ... before end, as I64. */
    public static Tensor arange(long start, long end) {
        return arange(start, end, 1);
    }

    /** start, start + step, ... before end, as I64. */
    public static Tensor arange(long start, long end, long step) {
        long n = step == 0 ? -1 : step > 0 ? Math.ceilDiv(end - start, step) : Math.ceilDiv(start - end, -step);
        checkRange(n, start, end, step);
        Node i = Nodes.iota(Math.toIntExact(n), DType.I64);
        Node scaled = step == 1 ? i : Nodes.mul(i, Nodes.constant(DType.I64, step));
        return wrap(start == 0 ? scaled : Nodes.add(scaled, Nodes.constant(DType.I64, start)));
    }

    /** start, start + step, ... before end, in the default float dtype. */
    public static Tensor arange(double start, double end, double step) {
        return arange(start, end, step, floats());
    }

    public static Tensor arange(double start, double end, double step, DType dtype) {
        long n = step == 0 ? -1 : (long) Math.ceil((end - start) / step);
        checkRange(n, start, end, step);
        Node i = Nodes.iota(Math.toIntExact(n), DType.F64);
        return wrap(Nodes.cast(Nodes.add(Nodes.mul(i, step), start), dtype));
    }

    private static void checkRange(long n, double start, double end, double step) {
        if (n < 0) {
            throw new IllegalArgumentException("arange can't go from " + start + " to " + end + " in steps of " + step);
        }
    }

    /** {@code steps} numbers from start to end, both included, in the default float dtype. */
    public static Tensor linspace(double start, double end, int steps) {
        return linspace(start, end, steps, floats());
    }

    public static Tensor linspace(double start, double end, int steps, DType dtype) {
        return wrap(Nodes.cast(line(start, end, steps), dtype));
    }

    /** Exact at both ends: the second half is counted from the end. */
    private static Node line(double start, double end, int steps) {
        if (steps < 0) {
            throw new IllegalArgumentException("linspace needs a number of steps that is not negative, not " + steps);
        }
        double step = steps < 2 ? 0 : (end - start) / (steps - 1);
        Node i = Nodes.iota(steps, DType.F64);
        Node up = Nodes.add(Nodes.mul(i, step), start);
        Node down = Nodes.add(Nodes.mul(Nodes.add(i, 1.0 - steps), step), end);
        return steps < 2 ? up : Nodes.where(Nodes.binary(Op.LT, i, Nodes.constant(DType.F64, (double) (steps / 2))), up, down);
    }

    /** {@code base} to the powers of {@link #linspace}. */
    public static Tensor logspace(double start, double end, int steps, double base) {
        Node power = Nodes.binary(Op.POW, Nodes.constant(DType.F64, base), line(start, end, steps));
        return wrap(Nodes.cast(power, floats()));
    }

    /** Rows and columns of the lower triangle of [rows, columns]: I64 [2, n]. */
    public static Tensor trilIndices(int rows, int columns, int offset) {
        return triangle(rows, columns, (i, j) -> j - i <= offset);
    }

    /** Rows and columns of the upper triangle of [rows, columns]: I64 [2, n]. */
    public static Tensor triuIndices(int rows, int columns, int offset) {
        return triangle(rows, columns, (i, j) -> j - i >= offset);
    }

    private interface Inside {
        boolean test(int row, int column);
    }

    private static Tensor triangle(int rows, int columns, Inside inside) {
        List<Long> r = new ArrayList<>();
        List<Long> c = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                if (inside.test(i, j)) {
                    r.add((long) i);
                    c.add((long) j);
                }
            }
        }
        int n = r.size();
        r.addAll(c);
        return Tensor.of(r.stream().mapToLong(Long::longValue).toArray(), 2, n);
    }

    // ---- random values, from the thread's generator -------------------------------------------------------------------

    /** Uniform on [0, 1), shaped like another tensor. */
    public static Tensor randLike(Tensor like) {
        return Random.uniform(Generator.global(), like.shape(), like.dtype());
    }

    /** Standard normal, shaped like another tensor. */
    public static Tensor randnLike(Tensor like) {
        return Random.normal(Generator.global(), like.shape(), like.dtype());
    }

    /** Uniform integers of [low, high), shaped like another tensor and of its dtype. */
    public static Tensor randintLike(Tensor like, long low, long high) {
        return Random.integers(Generator.global(), low, high, like.shape()).to(like.dtype());
    }

    /** A random order of 0 .. n-1: I64. */
    public static Tensor randperm(int n) {
        return Random.permutation(Generator.global(), n);
    }

    /** Normal with a mean and a standard deviation for each element; both broadcast. */
    public static Tensor normal(Tensor mean, Tensor std) {
        Shape s = Shape.broadcast(mean.shape(), std.shape());
        return Random.normal(Generator.global(), s, promote(mean, std)).mul(std).add(mean);
    }

    public static Tensor normal(double mean, double std, int... dims) {
        return Random.normal(Generator.global(), Shape.of(dims), floats()).mul(std).add(mean);
    }

    /** 1 with the probability each element gives, else 0, in its dtype. */
    public static Tensor bernoulli(Tensor probabilities) {
        return Random.uniform(Generator.global(), probabilities.shape(), probabilities.dtype()).lt(probabilities.detach())
                .to(probabilities.dtype());
    }

    /** Counts with the mean each element gives; computes at once. */
    public static Tensor poisson(Tensor rates) {
        return Random.poisson(Generator.global(), rates);
    }

    /** Successes in {@code count} tries of the given probability, element by element; computes at once. */
    public static Tensor binomial(Tensor count, Tensor probability) {
        return Random.binomial(Generator.global(), count, probability);
    }

    /** Indices drawn with the weights of each row (last axis): I64 [..., samples]. */
    public static Tensor multinomial(Tensor weights, int samples, boolean replacement) {
        return Random.multinomial(Generator.global(), weights, samples, replacement);
    }

    // ---- several tensors ----------------------------------------------------------------------------------------------

    /** condition ? a : b, element by element; all three broadcast. */
    public static Tensor where(Tensor condition, Tensor a, Tensor b) {
        return condition.where(a, b);
    }

    public static Tensor where(Tensor condition, Tensor a, double b) {
        return condition.where(a, Tensor.scalar(b, a.dtype().isFloat() ? a.dtype() : floats()));
    }

    public static Tensor where(Tensor condition, double a, Tensor b) {
        return condition.where(Tensor.scalar(a, b.dtype().isFloat() ? b.dtype() : floats()), b);
    }

    /** Sums of products in Einstein's notation: {@code einsum("bij,bjk->bik", x, y)}. */
    public static Tensor einsum(String equation, Tensor... operands) {
        return Einsum.compute(equation, List.of(operands));
    }

    public static Tensor einsum(String equation, List<Tensor> operands) {
        return Einsum.compute(equation, operands);
    }

    /** All tensors in the shape they broadcast to. */
    public static List<Tensor> broadcastTensors(List<Tensor> tensors) {
        Shape s = tensors.stream().map(Tensor::shape).reduce(Shape.scalar(), Shape::broadcast);
        return tensors.stream().map(t -> t.broadcastTo(s)).toList();
    }

    /** Coordinates of a grid: tensor i varies along axis i ({@code "ij"}), or the first two axes are swapped ({@code "xy"}). */
    public static List<Tensor> meshgrid(List<Tensor> vectors, String indexing) {
        if (!indexing.equals("ij") && !indexing.equals("xy")) {
            throw new IllegalArgumentException("meshgrid's indexing is \"ij\" or \"xy\", not \"" + indexing + "\"");
        }
        boolean swap = indexing.equals("xy") && vectors.size() > 1;
        int r = vectors.size();
        int[] d = new int[r];
        for (int i = 0; i < r; i++) {
            d[axis(i, swap)] = (int) vectors.get(i).numel();
        }
        List<Tensor> grids = new ArrayList<>();
        for (int i = 0; i < r; i++) {
            int[] line = new int[r];
            java.util.Arrays.fill(line, 1);
            line[axis(i, swap)] = (int) vectors.get(i).numel();
            grids.add(vectors.get(i).reshape(Shape.of(line)).broadcastTo(Shape.of(d)));
        }
        return grids;
    }

    private static int axis(int i, boolean swap) {
        return swap && i < 2 ? 1 - i : i;
    }

    /** Joined along the second axis; vectors along the first. */
    public static Tensor hstack(List<Tensor> parts) {
        List<Tensor> p = parts.stream().map(t -> t.dim() == 0 ? t.reshape(1) : t).toList();
        return Tensor.cat(p, p.getFirst().dim() == 1 ? 0 : 1);
    }

    /** Joined along the first axis; vectors become rows. */
    public static Tensor vstack(List<Tensor> parts) {
        return Tensor.cat(parts.stream().map(t -> t.dim() < 2 ? t.reshape(1, -1) : t).toList(), 0);
    }

    /** Joined along the third axis. */
    public static Tensor dstack(List<Tensor> parts) {
        return Tensor.cat(parts.stream().map(t -> t.dim() < 2 ? t.reshape(1, -1, 1) : t.dim() == 2 ? t.unsqueeze(2) : t).toList(), 2);
    }

    /** Joined along the second axis; vectors become columns. */
    public static Tensor columnStack(List<Tensor> parts) {
        return Tensor.cat(parts.stream().map(t -> t.dim() < 2 ? t.reshape(-1, 1) : t).toList(), 1);
    }

    /** Matrices along the diagonal of one. */
    public static Tensor blockDiag(List<Tensor> parts) {
        List<Tensor> blocks = parts.stream().map(t -> t.dim() < 2 ? t.reshape(1, -1) : t).toList();
        int columns = blocks.stream().mapToInt(b -> b.size(1)).sum();
        List<Tensor> rows = new ArrayList<>();
        int at = 0;
        for (Tensor b : blocks) {
            rows.add(wrap(Nodes.pad(b.node(), new int[] {0, at}, new int[] {0, columns - at - b.size(1)}, 0)));
            at += b.size(1);
        }
        return Tensor.cat(rows, 0);
    }

    /** All combinations of the elements of several vectors: [n1 * n2 * ..., number of vectors]. */
    public static Tensor cartesianProd(List<Tensor> vectors) {
        if (vectors.size() == 1) {
            return vectors.getFirst();
        }
        return Tensor.stack(meshgrid(vectors, "ij").stream().map(t -> (Tensor) t.flatten()).toList(), 1);
    }
}
