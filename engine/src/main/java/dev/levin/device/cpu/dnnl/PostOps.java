package dev.levin.device.cpu.dnnl;

/**
 * What a matmul or convolution does to its result before storing it: {@code dst = activation(result + bias + dst)}, where
 * the last term is there only if {@code accumulate}.
 *
 * <p>NaN stays NaN under every activation.
 *
 * @param accumulate add what the destination holds (beta = 1), before the activation
 */
public record PostOps(boolean accumulate, Activation activation) {
    /** Store the result as it is. */
    public static final PostOps NONE = new PostOps(false, Activation.NONE);
    /** Add the result to what is in the destination. */
    public static final PostOps ACCUMULATE = new PostOps(true, Activation.NONE);

    /** Activations applied while the result is still in registers, or in the case of RELU in cache. */
    public enum Activation {
        NONE(0),
        RELU(-1),
        TANH(0x21),
        SIGMOID(0x29),
        GELU_TANH(0x2b),
        SILU(0x2c),
        GELU_ERF(0x31);

        private final int code;

        Activation(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /** Only an activation. */
    public static PostOps of(Activation activation) {
        return new PostOps(false, activation);
    }

    /** True if a task applies {@link Relu} to what the library wrote. */
    boolean isRelu() {
        return activation == Activation.RELU;
    }

    /** What is left to the library: everything but RELU. */
    PostOps library() {
        return isRelu() ? new PostOps(accumulate, Activation.NONE) : this;
    }

    boolean isEmpty() {
        return !accumulate && activation == Activation.NONE;
    }
}
