package dev.levin.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SliceSumsTest {
    private static Node weighted(Node x, double w) {
        return Nodes.mul(Nodes.unary(Op.SIN, x), w);
    }

    @Test
    void slicesThatOverlapOrLeaveGapsHaveTheRightGradient() {
        List<Node> x = List.of(GradientCheck.leaf(new Random(3), -1, 1, 7, 5));
        List<java.util.function.Function<Node, Node>> cases = List.of(
                v -> Nodes.concat(List.of(weighted(Nodes.slice(v, 0, 5, 2, 1), 2), weighted(Nodes.slice(v, 0, 1, 2, 1), 3)), 0),
                v -> Nodes.concat(List.of(weighted(Nodes.slice(v, 0, 0, 3, 1), 2), weighted(Nodes.slice(v, 0, 2, 3, 1), 3),
                        weighted(Nodes.slice(v, 0, 4, 3, 1), 5)), 0),
                v -> Nodes.add(Nodes.concat(List.of(weighted(Nodes.slice(v, 1, 3, 2, 1), 2), weighted(Nodes.slice(v, 1, 0, 3, 1), 3)), 1),
                        weighted(v, 4)),
                v -> Nodes.mul(Nodes.slice(Nodes.slice(v, 0, 0, 4, 2), 1, 1, 3, 1), Nodes.slice(Nodes.slice(v, 0, 1, 4, 1), 1, 0, 3, 2)));
        for (var f : cases) {
            GradientCheck.first(x, in -> f.apply(in.getFirst()), 1e-6);
            GradientCheck.second(x, in -> f.apply(in.getFirst()), 1e-6);
        }
    }

    /** Elements of all values that the gradient of a loop over rows computes. */
    private static long work(int steps) {
        Node x = GradientCheck.leaf(new Random(5), -1, 1, steps, 4);
        List<Node> rows = new ArrayList<>();
        for (int t = 0; t < steps; t++) {
            rows.add(weighted(Nodes.slice(x, 0, t, 1, 1), t + 1));
        }
        Node sum = Nodes.sum(Nodes.concat(rows, 0));
        List<Node> one = new ArrayList<>();
        one.add(null);
        Node gradient = Autodiff.gradients(List.of(sum), one, List.of(x), false)[0];
        assertEquals(Op.CONCAT, gradient.op());
        long total = 0;
        Set<Node> seen = new HashSet<>(List.of(gradient));
        var queue = new ArrayDeque<>(seen);
        while (!queue.isEmpty()) {
            Node n = queue.remove();
            total += n.shape().numel();
            for (Node in : n.inputs()) {
                if (seen.add(in)) {
                    queue.add(in);
                }
            }
        }
        return total;
    }

    @Test
    void theGradientOfALoopOverTimeStepsIsLinearInTheirNumber() {
        assertTrue(work(200) < 2.2 * work(100), work(100) + " elements for 100 steps, " + work(200) + " for 200");
    }
}
