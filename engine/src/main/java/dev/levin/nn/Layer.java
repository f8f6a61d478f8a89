package dev.levin.nn;

import dev.levin.graph.Nodes;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A module that turns one tensor into one tensor.
 *
 * {@snippet :
 * class Residual extends Layer {
 *     final Layer inner;
 *     final Parameter scale = parameter(Init.constant(0.1), 1);
 *     Residual(Layer inner) { this.inner = inner; }
 *     @Override public Tensor forward(Tensor x) { return x.add(inner.forward(x).mul(scale)); }
 * }
 * }
 *
 * <p>Hooks run around {@link #call}, and around {@code forward} of the layers that Levin ships, which is the same there.
 */
public abstract class Layer extends Module {
    private List<PreHook> before;
    private List<PostHook> after;
    private List<GradientHook> backward;

    /** What the layer computes. */
    public abstract Tensor forward(Tensor x);

    /** {@link #forward} with hooks, as the current layer: containers call their layers so. */
    public final Tensor call(Tensor x) {
        return within(() -> before == null && after == null && backward == null ? run(x) : hooked(x));
    }

    /** The computation itself, for {@link #call}. */
    Tensor run(Tensor x) {
        return forward(x);
    }

    private Tensor hooked(Tensor x) {
        Tensor input = x;
        if (before != null) {
            for (PreHook h : List.copyOf(before)) {
                Tensor changed = h.apply(this, input);
                input = changed == null ? input : changed;
            }
        }
        Tensor output = run(input);
        if (after != null) {
            for (PostHook h : List.copyOf(after)) {
                Tensor changed = h.apply(this, input, output);
                output = changed == null ? output : changed;
            }
        }
        return backward == null || backward.isEmpty() || !output.isGradRequired() ? output : watched(output);
    }

    private Tensor watched(Tensor output) {
        List<GradientHook> hooks = List.copyOf(backward);
        return Tensor.wrap(Nodes.custom(Nodes.detach(output.node()), (out, inputs, g) -> {
            Tensor gradient = Tensor.wrap(g);
            for (GradientHook h : hooks) {
                Tensor changed = h.apply(this, gradient);
                gradient = changed == null ? gradient : changed;
            }
            return new dev.levin.graph.Node[] {gradient.node()};
        }, output.node()));
    }

    /** Sees the input before the layer runs; may return another, or null. */
    @FunctionalInterface
    public interface PreHook {
        Tensor apply(Layer layer, Tensor input);
    }

    /** Sees input and output after the layer ran; may return another output, or null. */
    @FunctionalInterface
    public interface PostHook {
        Tensor apply(Layer layer, Tensor input, Tensor output);
    }

    /** Sees the gradient by the layer's output in the backward pass; may return another, or null. */
    @FunctionalInterface
    public interface GradientHook {
        Tensor apply(Layer layer, Tensor gradient);
    }

    /** Takes a hook away again. */
    @FunctionalInterface
    public interface HookHandle extends AutoCloseable {
        @Override
        void close();
    }

    public final HookHandle registerForwardPreHook(PreHook hook) {
        before = before == null ? new ArrayList<>() : before;
        return add(before, hook);
    }

    public final HookHandle registerForwardHook(PostHook hook) {
        after = after == null ? new ArrayList<>() : after;
        return add(after, hook);
    }

    public final HookHandle registerBackwardHook(GradientHook hook) {
        backward = backward == null ? new ArrayList<>() : backward;
        return add(backward, hook);
    }

    private static <H> HookHandle add(List<H> hooks, H hook) {
        hooks.add(hook);
        return () -> hooks.removeIf(h -> h == hook);
    }

    @Override
    public Layer train() {
        super.train();
        return this;
    }

    @Override
    public Layer eval() {
        super.eval();
        return this;
    }
}
