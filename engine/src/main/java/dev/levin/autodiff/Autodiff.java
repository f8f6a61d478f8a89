package dev.levin.autodiff;

import dev.levin.graph.Autocast;
import dev.levin.graph.Context;
import dev.levin.graph.GradientObserver;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Supplier;

/** The walk: from outputs back to the leaves that asked for gradients, each node once, after all its users. */
public final class Autodiff {
    private final Map<Node, List<Node>> pending = new IdentityHashMap<>();
    private final PriorityQueue<Node> queue = new PriorityQueue<>(Comparator.comparingLong(Node::id).reversed());

    private Autodiff() {
    }

    /**
     * Gradients of {@code sum(outputs * cotangents)} by the given nodes.
     *
     * @param cotangents one per output, same shape and dtype; null entries mean ones
     * @param createGraph whether the gradients can be differentiated again
     * @return one per node of {@code wrt}; null where the outputs do not depend on it
     */
    public static Node[] gradients(List<Node> outputs, List<Node> cotangents, List<Node> wrt, boolean createGraph) {
        Autodiff walk = new Autodiff();
        IdentityHashMap<Node, Boolean> stops = new IdentityHashMap<>();
        wrt.forEach(n -> stops.put(n, true));
        Map<Node, Node> found = walk.withGradMode(createGraph, () -> walk.run(outputs, cotangents, stops));
        return wrt.stream().map(found::get).toArray(Node[]::new);
    }

    /** Gradients by every leaf (realised value, variable) that requires them, in the order the walk met them. */
    public static Map<Node, Node> leafGradients(Node output, Node cotangent, boolean createGraph) {
        Context c = Context.current();
        if (createGraph || c.gradientObserver() != null) {
            return walkToLeaves(output, cotangent, createGraph);
        }
        Node[] pairs = c.trace().repeat(Autodiff.class, new Node[] {output, cotangent}, () -> {
            Map<Node, Node> found = walkToLeaves(output, cotangent, false);
            Node[] all = new Node[2 * found.size()];
            int k = 0;
            for (Map.Entry<Node, Node> e : found.entrySet()) {
                all[k++] = e.getKey();
                all[k++] = e.getValue();
            }
            return all;
        });
        Map<Node, Node> found = new LinkedHashMap<>();
        for (int k = 0; k < pairs.length; k += 2) {
            found.put(pairs[k], pairs[k + 1]);
        }
        return found;
    }

    private static Map<Node, Node> walkToLeaves(Node output, Node cotangent, boolean createGraph) {
        Autodiff walk = new Autodiff();
        List<Node> cotangents = new ArrayList<>();
        cotangents.add(cotangent);
        return walk.withGradMode(createGraph, () -> walk.run(List.of(output), cotangents, new IdentityHashMap<>()));
    }

    private <T> T withGradMode(boolean on, Supplier<T> body) {
        Context c = Context.current();
        boolean before = c.gradEnabled();
        String path = c.path();
        Autocast cast = c.autocast();
        c.setGradEnabled(on);
        c.setAutocast(null);
        try {
            return body.get();
        } finally {
            c.setGradEnabled(before);
            c.setPath(path);
            c.setAutocast(cast);
        }
    }

    private Map<Node, Node> run(List<Node> outputs, List<Node> cotangents, IdentityHashMap<Node, Boolean> stops) {
        for (int i = 0; i < outputs.size(); i++) {
            Node out = outputs.get(i);
            if (!out.requiresGrad() && !stops.containsKey(out)) {
                continue;
            }
            Node c = cotangents.get(i);
            if (c != null && !c.shape().equals(out.shape())) {
                throw new IllegalArgumentException("a gradient of shape " + c.shape() + " was given for an output of shape "
                        + out.shape());
            }
            accumulate(out, c == null ? Nodes.ones(out) : Nodes.cast(c, out.dtype()));
        }
        Map<Node, Node> found = new LinkedHashMap<>();
        while (!queue.isEmpty()) {
            Node n = queue.remove();
            Node g = balancedSum(pending.remove(n));
            boolean leaf = n.inputs().length == 0 || n.op() == Op.DETACH;
            if (leaf || stops.containsKey(n)) {
                found.put(n, g);
            }
            if (!leaf) {
                propagate(n, g);
            }
        }
        return found;
    }

    private void propagate(Node n, Node g) {
        Context.current().setPath(n.path());
        Node[] grads = GradientRules.rule(n.op()).apply(n, g);
        GradientObserver observer = Context.current().gradientObserver();
        if (observer != null) {
            observer.observe(n, g, grads);
        }
        for (int i = 0; i < grads.length; i++) {
            Node in = n.input(i);
            if (grads[i] != null && in.requiresGrad()) {
                accumulate(in, grads[i]);
            }
        }
    }

    private void accumulate(Node n, Node g) {
        List<Node> list = pending.get(n);
        if (list == null) {
            list = new ArrayList<>(2);
            pending.put(n, list);
            queue.add(n);
        }
        list.add(g);
    }

    /** Adds pairwise, so that many uses neither lose precision nor make a long chain. */
    private static Node balancedSum(List<Node> terms) {
        List<Node> level = SliceSums.joined(terms);
        while (level.size() > 1) {
            List<Node> next = new ArrayList<>();
            for (int i = 0; i + 1 < level.size(); i += 2) {
                next.add(Nodes.add(level.get(i), level.get(i + 1)));
            }
            if (level.size() % 2 == 1) {
                next.add(level.getLast());
            }
            level = next;
        }
        return level.getFirst();
    }
}
