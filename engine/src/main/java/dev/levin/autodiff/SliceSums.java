package dev.levin.autodiff;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gradients of disjoint slices of one value. Each comes padded to the whole; adding T of them costs T times the whole,
 * so a loop over T time steps would be quadratic. Laid side by side they cost the whole once.
 */
final class SliceSums {
    private SliceSums() {
    }

    /** The same sum of terms, with padded terms that do not overlap replaced by one concatenation. */
    static List<Node> joined(List<Node> terms) {
        if (terms.size() < 2) {
            return terms;
        }
        Map<Integer, List<Node>> byAxis = new TreeMap<>();
        List<Node> rest = new ArrayList<>();
        for (Node t : terms) {
            int axis = paddedAxis(t);
            if (axis < 0) {
                rest.add(t);
            } else {
                byAxis.computeIfAbsent(axis, a -> new ArrayList<>()).add(t);
            }
        }
        byAxis.forEach((axis, slices) -> {
            slices.sort(Comparator.comparingInt((Node s) -> s.attr(axis)));
            List<Node> row = new ArrayList<>();
            int end = 0;
            for (Node s : slices) {
                if (s.attr(axis) < end) {
                    rest.add(s);
                } else {
                    row.add(s);
                    end = s.attr(axis) + s.input(0).shape().dim(axis);
                }
            }
            rest.add(row.size() == 1 ? row.getFirst() : sideBySide(row, axis));
        });
        return rest;
    }

    /** The only axis that is padded, with zeros; -1 if the node is anything else. */
    private static int paddedAxis(Node n) {
        if (n.op() != Op.PAD || n.inputs().length == 0) {
            return -1;
        }
        int r = n.shape().rank();
        int axis = -1;
        for (int i = 0; i < r; i++) {
            if (n.attr(i) + n.attr(r + i) > 0) {
                if (axis >= 0) {
                    return -1;
                }
                axis = i;
            }
        }
        return n.attr()[2 * r] == 0 ? axis : -1;
    }

    private static Node sideBySide(List<Node> slices, int axis) {
        Node whole = slices.getFirst();
        List<Node> parts = new ArrayList<>();
        int at = 0;
        for (Node s : slices) {
            gap(parts, whole, axis, s.attr(axis) - at);
            parts.add(s.input(0));
            at = s.attr(axis) + s.input(0).shape().dim(axis);
        }
        gap(parts, whole, axis, whole.shape().dim(axis) - at);
        return Nodes.concat(parts, axis);
    }

    private static void gap(List<Node> parts, Node whole, int axis, int size) {
        if (size > 0) {
            parts.add(Nodes.full(whole.dtype(), whole.shape().with(axis, size), 0));
        }
    }
}
