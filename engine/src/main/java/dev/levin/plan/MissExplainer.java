package dev.levin.plan;

import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * Says why a step needed a new plan: the first place where its program differs from the last one of the same name. Warns
 * once when a name keeps missing.
 */
final class MissExplainer {
    private static final int WINDOW = 50;
    private static final int TOO_MANY = 8;

    private static final class History {
        Program last;
        /** A bit for each of the latest look-ups, one where it missed. */
        long recent;
        boolean warned;
        String reason = "first run";
    }

    private final Map<String, History> byName = new HashMap<>();

    void hit(String name, Program program) {
        History h = byName.computeIfAbsent(name, n -> new History());
        h.last = program;
        h.recent <<= 1;
    }

    /** @return the reason, for statistics */
    String miss(String name, Program program) {
        History h = byName.computeIfAbsent(name, n -> new History());
        h.reason = h.last == null ? "first run" : difference(h.last, program);
        h.last = program;
        h.recent = h.recent << 1 | 1;
        if (!h.warned && Long.bitCount(h.recent & (1L << WINDOW) - 1) >= TOO_MANY) {
            h.warned = true;
            LoggerFactory.getLogger(PlanCache.class).warn("step '{}' was compiled {} times in its last {} runs, which is slow; the latest difference: {}. Keep shapes equal "
                    + "(drop or pad the last batch) and decide with tensors (where) instead of Java values", name, TOO_MANY, WINDOW, h.reason);
        }
        return h.reason;
    }

    String reason(String name) {
        History h = byName.get(name);
        return h == null ? "never run" : h.reason;
    }

    static String difference(Program before, Program now) {
        int n = Math.min(before.size(), now.size());
        for (int i = 0; i < n; i++) {
            Instr a = before.instr(i);
            Instr b = now.instr(i);
            if (!a.equals(b)) {
                return "instruction " + i + ": " + text(a) + " became " + text(b) + where(b);
            }
        }
        if (before.size() != now.size()) {
            return before.size() + " instructions became " + now.size();
        }
        return !Arrays.equals(before.outputs(), now.outputs()) ? "other values are returned"
                : !Arrays.equals(before.assigns(), now.assigns()) ? "other variables are assigned" : "the leaves differ";
    }

    private static String text(Instr in) {
        return in.op() + " " + in.dtype() + in.shape() + (in.attr().length == 0 ? "" : in.op() == dev.levin.graph.Op.CONST
                ? " " + Literals.asDouble(in.dtype(), in.attr()[0]) : " " + Arrays.toString(in.attr()));
    }

    private static String where(Instr in) {
        return (in.path().isEmpty() ? "" : " in layer " + in.path())
                + (in.origin() == null ? "" : ", " + in.origin().getFileName() + ":" + in.origin().getLineNumber());
    }
}
