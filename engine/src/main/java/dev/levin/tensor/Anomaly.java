package dev.levin.tensor;

import dev.levin.graph.Context;
import dev.levin.graph.GradientObserver;
import dev.levin.graph.Node;
import java.util.List;

/**
 * A scope that finds where a gradient first becomes NaN: every gradient of a backward pass is computed and looked at
 * on the spot, and the first NaN is reported with the operation it came from, the layer's path and the line that
 * called it. Slow; close it with try-with-resources.
 *
 * {@snippet :
 * try (var _ = Anomaly.detect()) {
 *     loss(model.forward(x)).backward();
 * }
 * }
 */
public final class Anomaly implements AutoCloseable {
    private final boolean lines;
    private final GradientObserver observer;

    private Anomaly() {
        Context c = Context.current();
        lines = c.recordsLines();
        observer = c.gradientObserver();
        c.setRecordLines(true);
        c.setGradientObserver(Anomaly::look);
    }

    /** Begins the scope; operations recorded before it have no line. */
    public static Anomaly detect() {
        return new Anomaly();
    }

    private static void look(Node node, Node gradOutput, Node[] gradInputs) {
        for (int i = 0; i < gradInputs.length; i++) {
            Node g = gradInputs[i];
            if (g == null || !node.input(i).requiresGrad() || !hasNaN(g)) {
                continue;
            }
            String came = hasNaN(gradOutput) ? "; it came in as NaN" : "; the gradient that came in has none";
            StackWalker.StackFrame at = node.origin();
            throw new ArithmeticException("NaN in the gradient of " + node.op() + " " + node.dtype() + node.shape() + " by its input " + i + " "
                    + node.input(i).shape() + came + (node.path().isEmpty() ? "" : "; in layer " + node.path())
                    + (at == null ? "" : "; recorded at " + at.getClassName() + "." + at.getMethodName() + "(" + at.getFileName() + ":"
                    + at.getLineNumber() + ")"));
        }
    }

    private static boolean hasNaN(Node g) {
        if (!g.dtype().isFloat()) {
            return false;
        }
        Tensor nan;
        try (Grad _ = Grad.off()) {
            nan = Tensor.wrap(g).isNaN().any();
        }
        Engine.evaluate(List.of(nan.node()));
        return nan.itemLong() != 0;
    }

    @Override
    public void close() {
        Context c = Context.current();
        c.setRecordLines(lines);
        c.setGradientObserver(observer);
    }
}
