package dev.levin.tensor;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import java.util.Arrays;

/**
 * A function whose gradient the user writes: where the mathematical one is unstable, undefined, or not what is wanted
 * (straight-through estimators, gradient reversal).
 *
 * {@snippet :
 * CustomFunction roundThrough = CustomFunction.of(x -> x[0].round(), (y, x, g) -> new Tensor[] {g});
 * Tensor y = roundThrough.apply(x);
 * }
 */
public interface CustomFunction {
    /** The value; gradients are not followed in here. */
    Tensor forward(Tensor... inputs);

    /**
     * The gradient. Written in tensor functions it can be differentiated again.
     *
     * @param output what {@link #forward} returned
     * @param gradOutput gradient of the loss by the output, of its shape
     * @return one gradient per input, of the input's shape; null for none
     */
    Tensor[] backward(Tensor output, Tensor[] inputs, Tensor gradOutput);

    /** Calls {@link #forward}, with {@link #backward} as its gradient. */
    default Tensor apply(Tensor... inputs) {
        Node[] nodes = Arrays.stream(inputs).map(Tensor::node).toArray(Node[]::new);
        Tensor value;
        try (Grad _ = Grad.off()) {
            value = forward(Arrays.stream(inputs).map(Tensor::detach).toArray(Tensor[]::new));
        }
        return Tensor.wrap(Nodes.custom(value.node(), (y, in, g) -> {
            Tensor[] x = Arrays.stream(in).map(Tensor::wrap).toArray(Tensor[]::new);
            Tensor[] grads = backward(Tensor.wrap(y), x, Tensor.wrap(g));
            return Arrays.stream(grads).map(t -> t == null ? null : t.node()).toArray(Node[]::new);
        }, nodes));
    }

    /** The value of a {@link CustomFunction} as a lambda. */
    @FunctionalInterface
    interface Forward {
        Tensor apply(Tensor[] inputs);
    }

    /** The gradient of a {@link CustomFunction} as a lambda. */
    @FunctionalInterface
    interface Backward {
        Tensor[] apply(Tensor output, Tensor[] inputs, Tensor gradOutput);
    }

    /** A function of two lambdas. */
    static CustomFunction of(Forward forward, Backward backward) {
        return new CustomFunction() {
            @Override
            public Tensor forward(Tensor... inputs) {
                return forward.apply(inputs);
            }

            @Override
            public Tensor[] backward(Tensor output, Tensor[] inputs, Tensor gradOutput) {
                return backward.apply(output, inputs, gradOutput);
            }
        };
    }
}
