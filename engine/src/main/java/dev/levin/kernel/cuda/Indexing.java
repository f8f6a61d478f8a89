package dev.levin.kernel.cuda;

import dev.levin.kernel.AccessShape;
import dev.levin.kernel.KernelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Index expressions: offsets of accesses and coordinates of positions. */
final class Indexing {
    private final KernelSpec spec;
    private final boolean wide;

    Indexing(KernelSpec spec, boolean wide) {
        this.spec = spec;
        this.wide = wide;
    }

    /** Type of an index. */
    String type() {
        return wide ? "i64" : "int";
    }

    /** A field of the argument block as an index. */
    String argument(String name) {
        return wide ? "a." + name : "(int) a." + name;
    }

    /** @param coordinate what stands for each axis */
    String offset(int access, IntFunction<String> coordinate) {
        return sum("a" + access, spec.accesses().get(access).terms(), coordinate);
    }

    private String sum(String prefix, List<AccessShape.TermShape> terms, IntFunction<String> coordinate) {
        StringBuilder s = new StringBuilder(argument(prefix + "o"));
        for (int t = 0; t < terms.size(); t++) {
            AccessShape.TermShape term = terms.get(t);
            String c = coordinate.apply(term.axis());
            if (!term.affine()) {
                String q = c + " / (" + argument(prefix + "d" + t) + ")";
                c = "(" + argument(prefix + "m" + t) + " == 0 ? " + q + " : " + q + " % (a." + prefix + "m" + t + " == 0 ? 1 : "
                        + argument(prefix + "m" + t) + "))";
            }
            s.append(" + ").append(term.unit() ? "" : "(" + argument(prefix + "s" + t) + ") * ").append(c);
        }
        return s.toString();
    }

    /** Condition under which a padded access is inside; empty where it always is. */
    String inside(int access, IntFunction<String> coordinate) {
        List<String> all = new ArrayList<>();
        List<List<AccessShape.TermShape>> bounds = spec.accesses().get(access).bounds();
        String u = wide ? "u64" : "u32";
        for (int j = 0; j < bounds.size(); j++) {
            String prefix = "a" + access + "b" + j;
            all.add("(" + u + ") (" + sum(prefix, bounds.get(j), coordinate) + ") < (" + u + ") a." + prefix + "l");
        }
        return String.join(" && ", all);
    }

    /**
     * Declares coordinates {@code c<axis>} of axes {@code from} to {@code to} for a row-major number.
     *
     * @param scaled axis whose extents count vectors, or -1
     */
    void coordinates(StringBuilder out, String indent, String number, int from, int to, int scaled, int vector) {
        if (from == to) {
            return;
        }
        out.append(indent).append(type()).append(" r").append(from).append(" = ").append(number).append(";\n");
        for (int axis = to - 1; axis >= from; axis--) {
            String rest = "r" + from;
            String times = axis == scaled && vector > 1 ? vector + " * " : "";
            if (axis == from) {
                out.append(indent).append("const ").append(type()).append(" c").append(axis).append(" = ").append(times).append(rest).append(";\n");
            } else {
                String q = "q" + axis;
                out.append(indent).append("const ").append(type()).append(' ').append(q).append(" = ")
                        .append(wide ? rest + " / a.e" + axis : "quotient(" + rest + ", a.q" + axis + ")").append(";\n");
                out.append(indent).append("const ").append(type()).append(" c").append(axis).append(" = ").append(times).append("(").append(rest)
                        .append(" - ").append(q).append(" * (").append(argument("e" + axis)).append("));\n");
                out.append(indent).append(rest).append(" = ").append(q).append(";\n");
            }
        }
    }
}
