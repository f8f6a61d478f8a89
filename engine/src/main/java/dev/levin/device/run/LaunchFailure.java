package dev.levin.device.run;

import dev.levin.graph.Program;
import dev.levin.plan.Plan;

/** Adds to an error of a launch what the user knows: op, layer, line. */
public final class LaunchFailure {
    private LaunchFailure() {
    }

    /** The same type for errors of the user's data, else a wrapper; the original is the cause. */
    public static RuntimeException explain(Plan plan, Plan.Launch launch, RuntimeException e) {
        String text = e.getMessage() + " (" + where(plan, launch) + ")";
        RuntimeException r = switch (e) {
            case IndexOutOfBoundsException i -> new IndexOutOfBoundsException(text);
            case ArithmeticException a -> new ArithmeticException(text);
            default -> new IllegalStateException(text);
        };
        r.initCause(e);
        return r;
    }

    /** {@code MATMUL F32[1, 64, 10] in layer net.2, Model.java:41}. */
    public static String where(Plan plan, Plan.Launch launch) {
        Program.Instr best = null;
        for (int m : launch.members()) {
            Program.Instr in = plan.program().instr(m);
            if (best == null || best.path().isEmpty()) {
                best = in;
            }
        }
        return best.op() + " " + best.dtype() + best.shape() + (best.path().isEmpty() ? "" : " in layer " + best.path())
                + (best.origin() == null ? "" : ", " + best.origin().getFileName() + ":" + best.origin().getLineNumber());
    }
}
