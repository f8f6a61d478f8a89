package dev.levin.tensor;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Functions whose result's shape depends on the data. They read their input at once, on the host, and so split a step;
 * gradients do not pass, except through the weights of {@link #bincount}.
 */
public final class Sets {
    private Sets() {
    }

    /**
     * The different values of a tensor.
     *
     * @param inverse I64, shaped like the input (or as long as the axis): the position of each element in {@code values}
     * @param counts I64: how often each value occurs
     */
    public record Unique(Tensor values, Tensor inverse, Tensor counts) {
    }

    /** The different elements, sorted. NaNs are all different, as in PyTorch. */
    public static Unique unique(Tensor x) {
        HostArray data = x.toHost();
        int n = data.length();
        Comparator<Integer> order = x.dtype().isFloat() ? Comparator.comparingDouble(i -> plusZero(data.getDouble(i)))
                : Comparator.comparingLong(data::getLong);
        return group(x.flatten(), 0, sorted(n, order), (a, b) -> x.dtype().isFloat() ? data.getDouble(a) == data.getDouble(b)
                : data.getLong(a) == data.getLong(b), x.shape());
    }

    /** -0 and 0 are one value. */
    private static double plusZero(double v) {
        return v == 0 ? 0 : v;
    }

    /** The different slices along an axis, in lexicographic order. */
    public static Unique unique(Tensor x, int axis) {
        int n = x.size(axis);
        Tensor rows = x.movedim(axis, 0).reshape(n, n == 0 ? 0 : (int) (x.numel() / n));
        HostArray data = rows.toHost();
        int width = rows.size(1);
        Comparator<Integer> order = (a, b) -> {
            for (int i = 0; i < width; i++) {
                int c = compare(data, a * width + i, b * width + i);
                if (c != 0) {
                    return c;
                }
            }
            return 0;
        };
        return group(x, axis, sorted(n, order), (a, b) -> order.compare(a, b) == 0, Shape.of(n));
    }

    private static int compare(HostArray data, int a, int b) {
        return data.dtype().isFloat() ? Double.compare(plusZero(data.getDouble(a)), plusZero(data.getDouble(b)))
                : Long.compare(data.getLong(a), data.getLong(b));
    }

    /** One element for every run of equal elements of the flattened tensor. */
    public static Unique uniqueConsecutive(Tensor x) {
        HostArray data = x.toHost();
        return group(x.flatten(), 0, IntStream.range(0, data.length()).boxed().toList(), (a, b) -> data.dtype().isFloat()
                ? data.getDouble(a) == data.getDouble(b) : data.getLong(a) == data.getLong(b), x.shape());
    }

    private interface Same {
        boolean test(int a, int b);
    }

    private static List<Integer> sorted(int n, Comparator<Integer> order) {
        return IntStream.range(0, n).boxed().sorted(order).toList();
    }

    private static Unique group(Tensor x, int axis, List<Integer> order, Same same, Shape inverseShape) {
        long[] inverse = new long[order.size()];
        List<Long> firsts = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < inverse.length; i++) {
            int at = order.get(i);
            if (i == 0 || !same.test(order.get(i - 1), at)) {
                firsts.add((long) at);
                counts.add(0L);
            }
            int last = counts.size() - 1;
            counts.set(last, counts.get(last) + 1);
            inverse[at] = last;
        }
        Tensor values = x.detach().indexSelect(axis, vector(firsts));
        return new Unique(values, Tensor.of(inverse, inverse.length).reshape(inverseShape), vector(counts));
    }

    private static Tensor vector(List<Long> values) {
        return Tensor.of(values.stream().mapToLong(Long::longValue).toArray(), values.size());
    }

    /**
     * Counts of each value of a vector of integers that are not negative.
     *
     * @param weights what each element counts for, or null for 1
     */
    public static Tensor bincount(Tensor x, Tensor weights, int minlength) {
        if (x.dtype().isFloat() || x.dim() != 1) {
            throw new IllegalArgumentException("bincount needs a vector of integers, not " + x.dtype() + x.shape());
        }
        HostArray data = x.toHost();
        long most = minlength - 1L;
        for (int i = 0; i < data.length(); i++) {
            if (data.getLong(i) < 0) {
                throw new IllegalArgumentException("bincount needs values that are not negative, not " + data.getLong(i));
            }
            most = Math.max(most, data.getLong(i));
        }
        Tensor each = weights == null ? Tensor.ones(x.shape(), DType.I64)
                : weights.dtype().isFloat() ? weights : weights.to(DType.F64);
        return Tensor.zeros(Shape.of(Math.toIntExact(most + 1)), each.dtype()).scatterAdd(0, x, each);
    }
}
