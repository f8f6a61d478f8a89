package dev.levin.nn;

import dev.levin.graph.LinalgFunction;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.tensor.Generator;
import dev.levin.tensor.Random;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/**
 * How a parameter starts. Draws come from the thread's {@link Generator#global() generator}.
 *
 * {@snippet :
 * Parameter scale = parameter(Init.constant(0.1), 1);
 * Init.kaimingNormal(Fan.OUT, Gain.RELU).fill(conv.weight);
 * }
 */
@FunctionalInterface
public interface Init {
    /** Values for a parameter. */
    Tensor make(Shape shape, DType dtype);

    /** Overwrites a parameter with new values. */
    default void fill(VariableTensor variable) {
        variable.set(make(variable.shape(), variable.dtype()));
    }

    /** Which side of a weight's connections is counted: {@code IN} keeps activations in scale, {@code OUT} gradients. */
    enum Fan { IN, OUT }

    /** Recommended standard-deviation factors for the function that follows the layer. */
    enum Gain {
        LINEAR(1), SIGMOID(1), TANH(5.0 / 3), RELU(Math.sqrt(2)), SELU(0.75), LEAKY_RELU(Math.sqrt(2 / (1 + 1e-4)));

        private final double value;

        Gain(double value) {
            this.value = value;
        }

        public double value() {
            return value;
        }

        /** For a leaky ReLU of the given slope. */
        public static double leakyRelu(double negativeSlope) {
            return Math.sqrt(2 / (1 + negativeSlope * negativeSlope));
        }
    }

    static Init zeros() {
        return constant(0);
    }

    static Init ones() {
        return constant(1);
    }

    static Init constant(double value) {
        return (shape, dtype) -> Tensor.full(shape, value, dtype);
    }

    /** Uniform on [low, high). */
    static Init uniform(double low, double high) {
        return (shape, dtype) -> Random.uniform(Generator.global(), shape, dtype).mul(high - low).add(low);
    }

    static Init normal(double mean, double std) {
        return (shape, dtype) -> Random.normal(Generator.global(), shape, dtype).mul(std).add(mean);
    }

    /** Normal, cut off (not clamped) at [low, high]. */
    static Init truncNormal(double mean, double std, double low, double high) {
        double l = normalCdf((low - mean) / std);
        double u = normalCdf((high - mean) / std);
        return (shape, dtype) -> {
            DType t = dtype.isHalf() ? DType.F32 : dtype;
            Tensor p = Random.uniform(Generator.global(), shape, t).mul(2 * (u - l)).add(2 * l - 1);
            return p.erfinv().mul(std * Math.sqrt(2)).add(mean).clamp(low, high).to(dtype);
        };
    }

    private static double normalCdf(double x) {
        return (1 + Tensor.scalar(x / Math.sqrt(2), DType.F64).erf().item()) / 2;
    }

    /** Glorot and Bengio 2010: uniform with standard deviation gain * sqrt(2 / (fanIn + fanOut)). */
    static Init xavierUniform(double gain) {
        return (shape, dtype) -> {
            double bound = gain * Math.sqrt(6.0 / (fan(shape, Fan.IN) + fan(shape, Fan.OUT)));
            return uniform(-bound, bound).make(shape, dtype);
        };
    }

    static Init xavierUniform() {
        return xavierUniform(1);
    }

    static Init xavierNormal(double gain) {
        return (shape, dtype) -> normal(0, gain * Math.sqrt(2.0 / (fan(shape, Fan.IN) + fan(shape, Fan.OUT)))).make(shape, dtype);
    }

    static Init xavierNormal() {
        return xavierNormal(1);
    }

    /** He et al. 2015: uniform with standard deviation gain / sqrt(fan). */
    static Init kaimingUniform(Fan mode, double gain) {
        return (shape, dtype) -> {
            double bound = gain * Math.sqrt(3.0 / fan(shape, mode));
            return uniform(-bound, bound).make(shape, dtype);
        };
    }

    static Init kaimingUniform(Fan mode, Gain gain) {
        return kaimingUniform(mode, gain.value());
    }

    static Init kaimingNormal(Fan mode, double gain) {
        return (shape, dtype) -> normal(0, gain / Math.sqrt(fan(shape, mode))).make(shape, dtype);
    }

    static Init kaimingNormal(Fan mode, Gain gain) {
        return kaimingNormal(mode, gain.value());
    }

    /** LeCun et al. 1998: normal with variance 1 / fanIn, for SELU networks. */
    static Init lecunNormal() {
        return kaimingNormal(Fan.IN, 1);
    }

    /** (Semi-)orthogonal matrix, axes after the first flattened (Saxe et al. 2013). F32 and F64. */
    static Init orthogonal(double gain) {
        return (shape, dtype) -> {
            needAxes("orthogonal", shape, 2, Integer.MAX_VALUE);
            int rows = shape.dim(0);
            int columns = rows == 0 ? 0 : (int) (shape.numel() / rows);
            int tall = Math.max(rows, columns);
            int wide = Math.min(rows, columns);
            Node a = Random.normal(Generator.global(), Shape.of(tall, wide), dtype).node();
            Tensor q = Tensor.wrap(Nodes.linalg(LinalgFunction.QR, 0, Shape.of(tall, wide), a));
            Tensor r = Tensor.wrap(Nodes.linalg(LinalgFunction.QR, 1, Shape.of(wide, wide), a));
            Tensor diagonal = r.mul(Tensor.eye(wide).to(dtype)).sum(1);
            Tensor unique = q.mul(diagonal.sign());
            return (rows < columns ? unique.t() : unique).reshape(shape).mul(gain);
        };
    }

    /** A matrix whose columns have a fraction of zeros, the rest normal (Martens 2010). */
    static Init sparse(double sparsity, double std) {
        return (shape, dtype) -> {
            needAxes("sparse", shape, 2, 2);
            long zeros = (long) Math.ceil(sparsity * shape.dim(0));
            Tensor order = Random.uniform(Generator.global(), shape, DType.F64).argsort(0, false);
            return normal(0, std).make(shape, dtype).maskedFill(order.lt(zeros), 0);
        };
    }

    /** A convolution weight that passes its input channels on; further ones are zero. */
    static Init dirac(int groups) {
        return (shape, dtype) -> {
            needAxes("dirac", shape, 3, 5);
            if (shape.dim(0) % groups != 0) {
                throw new IllegalArgumentException("dirac needs out channels that " + groups + " groups divide, not " + shape);
            }
            HostArray a = HostArray.allocate(dtype, shape.numel());
            int perGroup = shape.dim(0) / groups;
            long kernel = shape.numel() / Math.max(1, (long) shape.dim(0) * shape.dim(1));
            long centre = 0;
            for (int i = 2; i < shape.rank(); i++) {
                centre = centre * shape.dim(i) + shape.dim(i) / 2;
            }
            for (int g = 0; g < groups; g++) {
                for (int c = 0; c < Math.min(perGroup, shape.dim(1)); c++) {
                    a.setDouble((int) (((long) (g * perGroup + c) * shape.dim(1) + c) * kernel + centre), 1);
                }
            }
            return Tensor.of(a, shape);
        };
    }

    /** The identity matrix, also of a shape that is not square. */
    static Init eye() {
        return (shape, dtype) -> {
            needAxes("eye", shape, 2, 2);
            HostArray a = HostArray.allocate(dtype, shape.numel());
            for (int i = 0; i < Math.min(shape.dim(0), shape.dim(1)); i++) {
                a.setDouble(i * shape.dim(1) + i, 1);
            }
            return Tensor.of(a, shape);
        };
    }

    /** Connections per output ({@code IN}) or per input of a weight [out, in, kernel...]. */
    static long fan(Shape weight, Fan mode) {
        needAxes("fan", weight, 2, Integer.MAX_VALUE);
        long kernel = 1;
        for (int i = 2; i < weight.rank(); i++) {
            kernel *= weight.dim(i);
        }
        return kernel * weight.dim(mode == Fan.IN ? 1 : 0);
    }

    private static void needAxes(String what, Shape shape, int least, int most) {
        if (shape.rank() < least || shape.rank() > most) {
            throw new IllegalArgumentException(what + " initialises tensors of " + least + (most == least ? "" : " or more")
                    + " axes, not " + shape);
        }
    }
}
