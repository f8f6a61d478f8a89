package dev.levin.callbacks;

import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.type.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Floating point operations of a recorded computation, by the path of the layer: products and convolutions, a
 * multiplication and an addition counted as two.
 */
final class Flops {
    private final Map<String, Long> byPath = new HashMap<>();

    private Flops() {
    }

    /** Counts what leads to {@code output}; nothing is computed. */
    static Flops of(Node output) {
        Flops f = new Flops();
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        ArrayDeque<Node> open = new ArrayDeque<>(List.of(output));
        while (!open.isEmpty()) {
            Node n = open.pop();
            if (seen.add(n)) {
                long count = count(n);
                if (count > 0) {
                    f.byPath.merge(n.path(), count, Long::sum);
                }
                for (Node in : n.inputs()) {
                    open.push(in);
                }
            }
        }
        return f;
    }

    private static long count(Node n) {
        if (n.op() == Op.MATMUL) {
            return 2 * n.shape().numel() * n.input(0).shape().dim(2);
        }
        if (n.op() == Op.CONV) {
            Shape w = n.input(1).shape();
            return 2 * n.shape().numel() * (w.numel() / w.dim(0));
        }
        return 0;
    }

    long total() {
        return byPath.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Of a module and all below it. */
    long below(String path) {
        return byPath.entrySet().stream().filter(e -> e.getKey().equals(path) || e.getKey().startsWith(path + ".")).mapToLong(Map.Entry::getValue).sum();
    }

    List<String> paths() {
        return new ArrayList<>(byPath.keySet());
    }
}
