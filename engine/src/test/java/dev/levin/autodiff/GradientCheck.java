package dev.levin.autodiff;

import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * Compares the gradients of a function with central differences in F64, and, at second order, the gradients of its
 * gradients (by the inputs and by the output's cotangent).
 *
 * <p>The function is evaluated by the reference interpreter, so only the gradient rules are under test.
 */
public final class GradientCheck {
    private static final double STEP = 1e-5;

    private GradientCheck() {
    }

    /** Leaves of random F64 values that gradients are asked for. */
    public static Node leaf(Random random, double low, double high, int... dims) {
        Shape shape = Shape.of(dims);
        double[] v = new double[(int) shape.numel()];
        Arrays.setAll(v, i -> low + (high - low) * random.nextDouble());
        return leaf(v, dims);
    }

    /** A leaf of the given F64 values. */
    public static Node leaf(double[] values, int... dims) {
        return Nodes.input(new Buffer.Host(HostArray.wrap(DType.F64, values)), Shape.of(dims), true);
    }

    /** @throws AssertionError naming input, element, analytic and numeric value */
    public static void first(List<Node> inputs, Function<List<Node>, Node> f, double tolerance) {
        Node loss = weighted(f.apply(inputs), new Random(17));
        compare("first order", inputs, loss, tolerance);
    }

    /** Also by the cotangent, so that every path through the rule is differentiated. */
    public static void second(List<Node> inputs, Function<List<Node>, Node> f, double tolerance) {
        Random random = new Random(29);
        Node out = f.apply(inputs);
        Node cotangent = leaf(random, 0.5, 1.5, out.shape().dims());
        List<Node> floats = inputs.stream().filter(Node::requiresGrad).toList();
        List<Node> one = new ArrayList<>();
        one.add(cotangent);
        Node[] grads = Autodiff.gradients(List.of(out), one, floats, true);
        Node loss = null;
        for (Node g : grads) {
            if (g != null && g.requiresGrad()) {
                Node term = weighted(g, random);
                loss = loss == null ? term : Nodes.add(loss, term);
            }
        }
        if (loss == null) {
            return;
        }
        List<Node> all = new ArrayList<>(inputs);
        all.add(cotangent);
        compare("second order", all, loss, tolerance);
    }

    /** A scalar that weighs every element differently. */
    private static Node weighted(Node out, Random random) {
        double[] w = new double[(int) out.shape().numel()];
        Arrays.setAll(w, i -> 0.5 + random.nextDouble());
        Node weights = Nodes.input(new Buffer.Host(HostArray.wrap(DType.F64, w)), out.shape());
        return Nodes.reshape(Nodes.sum(Nodes.mul(out, weights)), Shape.scalar());
    }

    private static void compare(String what, List<Node> inputs, Node loss, double tolerance) {
        List<Node> wrt = inputs.stream().filter(Node::requiresGrad).toList();
        Node[] analytic = Autodiff.gradients(List.of(loss), Arrays.asList((Node) null), wrt, false);
        var program = Canonicalizer.canonicalize(List.of(loss), Map.of());
        Executable plan = new ReferenceBackend().compile(program.program());
        for (int k = 0; k < analytic.length; k++) {
            Node x = wrt.get(k);
            double[] values = ((double[]) x.value().toHost().array()).clone();
            HostArray got = analytic[k] == null ? HostArray.allocate(DType.F64, values.length) : evaluate(analytic[k]);
            if (analytic[k] != null && (analytic[k].dtype() != x.dtype() || !analytic[k].shape().equals(x.shape()))) {
                throw new AssertionError(what + ": the gradient by input " + k + " is " + analytic[k] + " for " + x);
            }
            for (int i = 0; i < values.length; i++) {
                double at = values[i];
                values[i] = at + STEP;
                double above = run(plan, program, x, values);
                values[i] = at - STEP;
                double below = run(plan, program, x, values);
                values[i] = at;
                double numeric = (above - below) / (2 * STEP);
                double have = got.getDouble(i);
                if (!(Math.abs(have - numeric) <= tolerance * Math.max(1, Math.abs(numeric)))) {
                    throw new AssertionError(what + ": gradient by element " + i + " (" + at + ") of input " + k + " " + x.shape()
                            + " is " + have + ", differences say " + numeric);
                }
            }
        }
    }

    private static HostArray evaluate(Node n) {
        var r = Canonicalizer.canonicalize(List.of(n), Map.of());
        return new ReferenceBackend().compile(r.program()).run(bind(r, null, null))[0].toHost();
    }

    private static double run(Executable plan, Canonicalizer.Result r, Node changed, double[] values) {
        return plan.run(bind(r, changed, values))[0].toHost().getDouble(0);
    }

    private static Object[] bind(Canonicalizer.Result r, Node changed, double[] values) {
        Object[] leaves = r.leaves().clone();
        for (int i = 0; i < leaves.length; i++) {
            if (leaves[i] == changed && changed != null) {
                leaves[i] = new Buffer.Host(HostArray.wrap(DType.F64, values));
            } else if (leaves[i] instanceof Node n) {
                leaves[i] = n.value();
            }
        }
        return leaves;
    }
}
