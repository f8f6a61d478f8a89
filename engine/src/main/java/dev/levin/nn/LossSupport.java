package dev.levin.nn;

import dev.levin.graph.Context;
import dev.levin.graph.Nodes;
import dev.levin.tensor.Tensor;

/** What the rooms of {@link Losses} share. */
abstract class LossSupport {

    /** Predictions in at least F32. Outside steps they stay readable after the parameters have changed. */
    static Tensor prediction(Tensor input) {
        if (!Context.current().trace().isStep() && input.isGradRequired()) {
            input.keep();
        }
        return Args.precise(input);
    }

    /** A reduced loss in the type that PyTorch gives it. */
    static Tensor result(Tensor loss, Tensor input, Reduction reduction) {
        return Args.restore(reduction.apply(loss), input);
    }

    static Tensor target(String what, Tensor target, Tensor input) {
        if (!target.shape().equals(input.shape())) {
            throw new IllegalArgumentException(what + ": prediction " + input.shape() + " and target " + target.shape()
                    + " must have the same shape" + (target.numel() == input.numel() ? "; reshape or unsqueeze one of them"
                    : "") + Args.at());
        }
        return target.dtype().isFloat() ? Args.precise(target) : target.to(Args.precise(input).dtype());
    }

    static Tensor constant(Tensor like, double v) {
        return Tensor.scalar(v, like.dtype());
    }

    /** Gradients of a function of several tensors: one per tensor, null for none. */
    @FunctionalInterface
    interface Gradient {
        Tensor[] apply(Tensor output, Tensor[] inputs, Tensor gradient);
    }

    /** {@code value}, with the given gradient by {@code inputs}. */
    static Tensor custom(Tensor value, Gradient gradient, Tensor... inputs) {
        dev.levin.graph.Node[] nodes = new dev.levin.graph.Node[inputs.length];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = inputs[i].node();
        }
        return Tensor.wrap(Nodes.custom(value.detach().node(), (out, in, g) -> {
            Tensor[] handles = new Tensor[in.length];
            for (int i = 0; i < in.length; i++) {
                handles[i] = Tensor.wrap(in[i]);
            }
            Tensor[] grads = gradient.apply(Tensor.wrap(out), handles, Tensor.wrap(g));
            dev.levin.graph.Node[] result = new dev.levin.graph.Node[grads.length];
            for (int i = 0; i < grads.length; i++) {
                result[i] = grads[i] == null ? null : grads[i].node();
            }
            return result;
        }, nodes));
    }
}
