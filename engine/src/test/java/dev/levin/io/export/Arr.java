package dev.levin.io.export;

import dev.levin.io.onnx.TensorProto;
import dev.levin.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/** An array of doubles with a shape, whatever its type in the file; row-major. */
record Arr(int[] shape, double[] data) {
    Arr {
        if (size(shape) != data.length) {
            throw new IllegalArgumentException(data.length + " elements in " + Arrays.toString(shape));
        }
    }

    static int size(int... shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    static Arr zeros(int... shape) {
        return new Arr(shape, new double[size(shape)]);
    }

    static Arr of(Tensor t) {
        return new Arr(t.shape().dims(), t.toDoubles());
    }

    static Arr vector(double... values) {
        return new Arr(new int[] {values.length}, values);
    }

    static Arr of(TensorProto t) {
        int[] shape = t.getDimsList().stream().mapToInt(Long::intValue).toArray();
        double[] data = new double[size(shape)];
        ByteBuffer raw = t.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < data.length; i++) {
            data[i] = switch (t.getDataType()) {
                case TensorProto.DataType.FLOAT_VALUE -> t.hasRawData() ? raw.getFloat() : t.getFloatData(i);
                case TensorProto.DataType.DOUBLE_VALUE -> raw.getDouble();
                case TensorProto.DataType.INT64_VALUE -> t.hasRawData() ? raw.getLong() : t.getInt64Data(i);
                case TensorProto.DataType.INT32_VALUE -> raw.getInt();
                case TensorProto.DataType.BOOL_VALUE -> raw.get();
                default -> throw new AssertionError("type " + t.getDataType());
            };
        }
        return new Arr(shape, data);
    }

    int rank() {
        return shape.length;
    }

    int[] ints() {
        return Arrays.stream(data).mapToInt(v -> (int) Math.clamp((long) v, Integer.MIN_VALUE, Integer.MAX_VALUE)).toArray();
    }

    Arr reshape(int... to) {
        return new Arr(to, data);
    }

    Arr map(DoubleUnaryOperator f) {
        return new Arr(shape, Arrays.stream(data).map(f).toArray());
    }

    /** Position of the element with this index, axes of extent 1 repeated and missing leading axes ignored. */
    int at(int... index) {
        int p = 0;
        for (int i = 0; i < shape.length; i++) {
            int k = index[index.length - shape.length + i];
            p = p * shape[i] + (shape[i] == 1 ? 0 : k);
        }
        return p;
    }

    double get(int... index) {
        return data[at(index)];
    }

    /** The index of the element at a position. */
    static int[] index(int position, int[] shape) {
        int[] index = new int[shape.length];
        for (int i = shape.length - 1, p = position; i >= 0; i--) {
            index[i] = p % shape[i];
            p /= shape[i];
        }
        return index;
    }

    static int[] broadcast(int[] a, int[] b) {
        int[] s = new int[Math.max(a.length, b.length)];
        for (int i = 1; i <= s.length; i++) {
            int x = i <= a.length ? a[a.length - i] : 1;
            int y = i <= b.length ? b[b.length - i] : 1;
            if (x != y && x != 1 && y != 1) {
                throw new IllegalArgumentException(Arrays.toString(a) + " and " + Arrays.toString(b) + " do not broadcast");
            }
            s[s.length - i] = x == 1 ? y : x;
        }
        return s;
    }

    Arr with(Arr b, DoubleBinaryOperator f) {
        Arr r = zeros(broadcast(shape, b.shape));
        for (int i = 0; i < r.data.length; i++) {
            int[] at = index(i, r.shape);
            r.data[i] = f.applyAsDouble(get(at), b.get(at));
        }
        return r;
    }

    Arr expand(int... to) {
        return with(zeros(to), (x, _) -> x);
    }

    Arr transpose(int... perm) {
        Arr r = zeros(Arrays.stream(perm).map(p -> shape[p]).toArray());
        for (int i = 0; i < r.data.length; i++) {
            int[] to = index(i, r.shape);
            int[] from = new int[rank()];
            IntStream.range(0, perm.length).forEach(k -> from[perm[k]] = to[k]);
            r.data[i] = get(from);
        }
        return r;
    }

    /** Folds axes, which stay with extent 1. */
    Arr reduce(int[] axes, double start, DoubleBinaryOperator f) {
        int[] s = shape.clone();
        Arrays.stream(axes).forEach(a -> s[a] = 1);
        Arr r = zeros(s);
        Arrays.fill(r.data, start);
        for (int i = 0; i < data.length; i++) {
            int to = r.at(index(i, shape));
            r.data[to] = f.applyAsDouble(r.data[to], data[i]);
        }
        return r;
    }

    /** An axis as a matrix product along it would see it: from, count. */
    Arr narrow(int axis, int from, int count) {
        int[] s = shape.clone();
        s[axis] = count;
        Arr r = zeros(s);
        for (int i = 0; i < r.data.length; i++) {
            int[] at = index(i, s);
            at[axis] += from;
            r.data[i] = get(at);
        }
        return r;
    }

    Arr matmul(Arr b) {
        Arr x = rank() == 1 ? reshape(1, shape[0]) : this;
        Arr y = b.rank() == 1 ? b.reshape(b.shape[0], 1) : b;
        int m = x.shape[x.rank() - 2];
        int k = x.shape[x.rank() - 1];
        int n = y.shape[y.rank() - 1];
        int[] lead = broadcast(Arrays.copyOf(x.shape, x.rank() - 2), Arrays.copyOf(y.shape, y.rank() - 2));
        int[] s = Arrays.copyOf(lead, lead.length + 2);
        s[lead.length] = m;
        s[lead.length + 1] = n;
        Arr r = zeros(s);
        for (int i = 0; i < r.data.length; i++) {
            int[] at = index(i, s);
            int[] p = at.clone();
            int[] q = at.clone();
            for (int j = 0; j < k; j++) {
                p[s.length - 1] = j;
                q[s.length - 2] = j;
                r.data[i] += x.get(p) * y.get(q);
            }
        }
        int[] out = IntStream.range(0, s.length).filter(i -> !(rank() == 1 && i == s.length - 2) && !(b.rank() == 1 && i == s.length - 1))
                .map(i -> s[i]).toArray();
        return r.reshape(out);
    }
}
