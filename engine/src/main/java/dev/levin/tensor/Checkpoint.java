package dev.levin.tensor;

import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Regions whose inside is computed again during the backward pass instead of being kept for it: less memory, one more
 * forward computation. What is repeated is the recorded graph, not the Java code: layers are called once, random draws
 * are the same, and running statistics move once.
 *
 * {@snippet :
 * Tensor y = Checkpoint.run(block::forward, x);
 * }
 */
public final class Checkpoint {
    private final Map<Node, Boolean> given = new IdentityHashMap<>();
    private final List<Node> inside = new ArrayList<>();
    /** What gradients of the region go to: inputs, parameters, and tensors from outside that it uses. */
    private final List<Node> border = new ArrayList<>();

    private Checkpoint() {
    }

    public static Tensor run(UnaryOperator<Tensor> region, Tensor input) {
        return run(x -> region.apply(x[0]), new Tensor[] {input});
    }

    /** A region of several inputs. */
    public static Tensor run(Function<Tensor[], Tensor> region, Tensor... inputs) {
        if (!Grad.isOn()) {
            return region.apply(inputs);
        }
        Checkpoint c = new Checkpoint();
        long before = Nodes.constant(inputs.length == 0 ? dev.levin.type.DType.F32 : inputs[0].dtype(), 0L).id();
        for (Tensor t : inputs) {
            c.given.put(t.node(), true);
        }
        Node value = region.apply(inputs).node();
        if (!value.requiresGrad() || c.given.containsKey(value)) {
            return Tensor.wrap(value);
        }
        c.collect(value, before);
        return Tensor.wrap(Nodes.custom(Nodes.detach(value), (_, _, g) -> c.backward(value, g), c.border.toArray(Node[]::new)));
    }

    /** Divides what the value depends on into the inside (made by the region) and its border. */
    private void collect(Node value, long before) {
        IdentityHashMap<Node, Boolean> seen = new IdentityHashMap<>();
        List<Node> stack = new ArrayList<>(List.of(value));
        while (!stack.isEmpty()) {
            Node n = stack.removeLast();
            if (seen.put(n, true) != null) {
                continue;
            }
            boolean leaf = n.inputs().length == 0 || n.op() == Op.DETACH && n.requiresGrad();
            if (leaf || given.containsKey(n) || n.id() <= before) {
                if (n.requiresGrad()) {
                    border.add(n);
                }
                continue;
            }
            inside.add(n);
            stack.addAll(List.of(n.inputs()));
        }
        inside.sort(Comparator.comparingLong(Node::id));
    }

    private Node[] backward(Node value, Node g) {
        boolean again = Context.current().gradEnabled();
        Context.current().setGradEnabled(true);
        try {
            Map<Node, Node> copies = new IdentityHashMap<>();
            List<Node> starts = new ArrayList<>();
            for (Node b : border) {
                Node start = barrier(b, g);
                start = again || start == b ? start : Nodes.gradientLeaf(start, _ -> { });
                copies.put(b, start);
                starts.add(start);
            }
            for (Node n : inside) {
                Node[] in = n.inputs().clone();
                boolean changed = false;
                for (int i = 0; i < in.length; i++) {
                    Node copy = copies.getOrDefault(in[i], in[i]);
                    changed |= copy != in[i];
                    in[i] = copy;
                }
                if (changed) {
                    copies.put(n, Nodes.repeat(n, in));
                }
            }
            Node[] grads = dev.levin.autodiff.Autodiff.gradients(List.of(copies.getOrDefault(value, value)), List.of(g), starts, again);
            return grads;
        } finally {
            Context.current().setGradEnabled(again);
        }
    }

    /**
     * The same value, but not before the gradient is there: else the copies would be the originals, found again. A
     * gradient that is not a number makes everything behind it not a number anyway.
     */
    private static Node barrier(Node value, Node g) {
        if (value.op() == Op.VARIABLE || g.shape().numel() == 0) {
            return value;
        }
        int r = g.shape().rank();
        int[] zeros = new int[r];
        int[] ones = new int[r];
        java.util.Arrays.fill(ones, 1);
        Node first = Nodes.cast(Nodes.reshape(Nodes.slice(Nodes.detach(g), zeros, ones, ones), Shape.scalar()), value.dtype());
        Node broken = Nodes.unary(Op.NOT, Nodes.binary(Op.EQ, first, first));
        return Nodes.where(broken, first, value);
    }
}
