package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.Variable;
import dev.levin.plan.Plan;
import dev.levin.plan.PlanOptions;
import dev.levin.plan.Planner;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Parts of concatenations that are stored where they belong in the whole. */
class InPlaceConcatsTest {
    private final Agreement a = new Agreement(3);

    private Plan plan() {
        return Planner.plan(Canonicalizer.canonicalize(a.outputs, a.assigns).program(), PlanOptions.DEFAULT);
    }

    private static long copies(Plan p) {
        return p.launches().stream().filter(l -> l instanceof Plan.CallLaunch c && p.program().instr(c.call().main()).op() == Op.CONCAT).count();
    }

    private Node tanh(DType t, int... dims) {
        return Nodes.unary(Op.TANH, a.input(t, dims));
    }

    private static Node product(Node x, Node y) {
        Node p = Nodes.matmul(batch(x), batch(y));
        return Nodes.reshape(p, Shape.of(p.shape().dim(1), p.shape().dim(2)));
    }

    private static Node batch(Node x) {
        return Nodes.reshape(x, Shape.of(1, x.shape().dim(0), x.shape().dim(1)));
    }

    @Test
    void partsOfRowsAreStoredByTheirKernels() {
        for (DType t : new DType[] {DType.F32, DType.BF16, DType.F64}) {
            Node x = a.input(t, 9, 80);
            Node y = a.input(t, 9, 80);
            Node gates = Nodes.concat(List.of(Nodes.mul(x, y), Nodes.sub(x, y), Nodes.unary(Op.TANH, x), Nodes.unary(Op.EXP, y)), 1);
            a.keep(product(gates, a.input(t, 320, 5)));
        }
        assertEquals(0, copies(plan()));
        a.check();
    }

    @Test
    void sequencesOfJoinedRowsAreStoredOnce() {
        List<Node> steps = new ArrayList<>();
        Node h = a.input(DType.F32, 8, 64);
        Node w = Nodes.mul(a.input(DType.F32, 192, 64), 0.05);
        for (int t = 0; t < 5; t++) {
            Node gates = Nodes.concat(List.of(Nodes.unary(Op.SIGMOID, h), Nodes.unary(Op.TANH, h), Nodes.mul(h, h)), 1);
            steps.add(gates);
            h = product(gates, w);
        }
        Node all = Nodes.concat(steps.stream().map(s -> Nodes.reshape(s, Shape.of(1, 8, 192))).toList(), 0);
        Node other = Nodes.concat(steps.reversed(), 0);
        a.keep(product(Nodes.reshape(all, Shape.of(40, 192)), w), Nodes.sum(Nodes.unary(Op.ABS, other), 0), h);
        assertTrue(copies(plan()) <= 1, () -> plan().report());
        a.check();
    }

    /** A value in two concatenations and twice in one of them, which is an output besides. */
    @Test
    void oneValueMayBePartOfSeveral() {
        Node x = tanh(DType.F32, 6, 128);
        Node y = Nodes.unary(Op.EXP, x);
        Node z = Nodes.mul(x, y);
        Node rows = Nodes.concat(List.of(x, y, x, z), 0);
        Node columns = Nodes.concat(List.of(z, x, y, y), 1);
        a.keep(product(rows, a.input(DType.F32, 128, 3)), product(columns, a.input(DType.F32, 512, 3)), y, rows, Nodes.neg(columns));
        assertEquals(0, copies(plan()));
        a.check();
    }

    /** Ranges that begin at odd places, rows that are reduced, transposed parts, products, zeros. */
    @Test
    void partsOfAllKinds() {
        Node x = a.input(DType.F32, 7, 33, 5);
        Node sums = Nodes.reshape(Nodes.sum(Nodes.unary(Op.TANH, x), 2), Shape.of(7, 33));
        Node turned = Nodes.permute(tanh(DType.F32, 33, 7), 1, 0);
        Node product = product(tanh(DType.F32, 7, 4), a.input(DType.F32, 4, 33));
        Node zeros = Nodes.full(DType.F32, Shape.of(7, 33), 0);
        List<Node> parts = List.of(sums, turned, product, zeros, Nodes.unary(Op.EXP, sums));
        for (int axis = 0; axis < 2; axis++) {
            Node all = Nodes.concat(parts, axis);
            a.keep(product(all, a.input(DType.F32, all.shape().dim(1), 3)), Nodes.unary(Op.NEG, all));
        }
        a.check();
    }

    /** What is joined is read for the last time element by element, its parts later still. */
    @Test
    void theMemoryOfTheWholeIsThatOfItsParts() {
        List<Node> parts = new ArrayList<>();
        Node h = tanh(DType.F32, 4, 64);
        for (int t = 0; t < 5; t++) {
            parts.add(h);
            h = Nodes.unary(Op.TANH, product(h, Nodes.mul(a.input(DType.F32, 64, 64), 0.1)));
        }
        Node squares = Nodes.unary(Op.EXP, Nodes.concat(parts, 0));
        Node w = product(squares, Nodes.mul(a.input(DType.F32, 64, 64), 0.1));
        a.keep(w);
        for (int t = 0; t < 5; t++) {
            a.keep(Nodes.mul(product(Nodes.slice(w, 0, 4 * t, 4, 1), Nodes.mul(a.input(DType.F32, 64, 64), 0.1)), parts.get(t)));
        }
        assertEquals(0, copies(plan()));
        a.check();
    }

    @Test
    void variablesKeepTheirMemory() {
        Variable v = a.variable("v", 4, 256);
        Variable w = a.variable("w", 256);
        Node old = Context.current().trace().read(v);
        Node row = Nodes.unary(Op.TANH, Nodes.sum(old, 0));
        List<Node> rows = new ArrayList<>();
        for (int k = 0; k < 4; k++) {
            Node r = Nodes.slice(old, 0, (k + 1) % 4, 1, 1);
            rows.add(Nodes.add(Nodes.mul(r, r), Nodes.reshape(row, Shape.of(1, 256))));
        }
        a.assign(v, Nodes.concat(rows, 0)).assign(w, Nodes.reshape(rows.get(2), Shape.of(256)));
        a.keep(Nodes.sum(product(Nodes.concat(rows.reversed(), 0), a.input(DType.F32, 256, 9)), 0));
        a.check();
    }

    @Test
    void randomJoinsAgree() {
        for (int round = 0; round < 25; round++) {
            Agreement b = new Agreement(100 + round);
            int n = 1 + b.random.nextInt(6);
            int width = 16 * (1 + b.random.nextInt(9)) + (b.random.nextInt(3) == 0 ? 3 : 0);
            List<Node> values = new ArrayList<>();
            values.add(b.input(DType.F32, n, width));
            values.add(Nodes.unary(Op.TANH, values.getFirst()));
            for (int k = 0; k < 14; k++) {
                Node p = values.get(b.random.nextInt(values.size()));
                Node q = values.get(b.random.nextInt(values.size()));
                values.add(switch (b.random.nextInt(6)) {
                    case 0 -> Nodes.unary(Op.SIGMOID, p);
                    case 1 -> Nodes.mul(p, q);
                    case 2 -> Nodes.sub(p, q);
                    case 3 -> joined(b, values, n, width);
                    case 4 -> Nodes.add(p, Nodes.sum(q, 0));
                    default -> Nodes.unary(Op.TANH, product(p, b.input(DType.F32, width, width)));
                });
            }
            b.keep(values.getLast(), values.get(8), joined(b, values, n, width));
            b.tolerance = 1e-4;
            b.check(Agreement.FUSED, Agreement.UNFUSED);
        }
    }

    /** Three to ten parts joined along either axis, made to [n, width] again. */
    private static Node joined(Agreement b, List<Node> values, int n, int width) {
        int count = 3 + b.random.nextInt(8);
        int axis = b.random.nextInt(2);
        List<Node> parts = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            parts.add(values.get(b.random.nextInt(values.size())));
        }
        Node all = Nodes.concat(parts, axis);
        Node w = Nodes.mul(axis == 0 ? b.input(DType.F32, n, n * count) : b.input(DType.F32, width * count, width), 0.1);
        return Nodes.unary(Op.TANH, axis == 0 ? product(w, all) : product(all, w));
    }
}
