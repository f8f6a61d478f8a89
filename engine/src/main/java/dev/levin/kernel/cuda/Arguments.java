package dev.levin.kernel.cuda;

import dev.levin.kernel.Access;
import dev.levin.kernel.AccessShape;
import dev.levin.kernel.Bound;
import dev.levin.kernel.IndexMap;
import dev.levin.kernel.Kernel;
import dev.levin.kernel.KernelSpec;
import dev.levin.kernel.Term;
import java.util.ArrayList;
import java.util.List;

/**
 * The argument block of a kernel: words of eight bytes, pointers first. The same order gives the fields of the C++ struct
 * and the numbers to fill in.
 */
public final class Arguments {
    private final KernelSpec spec;
    private final Schedule schedule;
    private final List<String> fields = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    Arguments(KernelSpec spec, Schedule schedule) {
        this.spec = spec;
        this.schedule = schedule;
        for (int b = 0; b < spec.buffers().size(); b++) {
            field(Types.memory(spec.buffers().get(b)) + "*", "b" + b);
        }
        field("const double*", "u");
        field("i64*", "trap");
        field("i64*", "scratch");
        number("launch");
        number("n");
        number("m");
        number("pieces");
        number("chunk");
        for (int a = 0; a < spec.rank(); a++) {
            number("e" + a);
        }
        for (int a = 0; a < spec.rank(); a++) {
            number("q" + a);
        }
        for (int i = 0; i < spec.accesses().size(); i++) {
            AccessShape s = spec.accesses().get(i);
            terms("a" + i, s.terms());
            for (int j = 0; j < s.bounds().size(); j++) {
                terms("a" + i + "b" + j, s.bounds().get(j));
                number("a" + i + "b" + j + "l");
            }
            for (int j = 0; j < s.picks(); j++) {
                number("a" + i + "p" + j + "s");
                number("a" + i + "p" + j + "e");
            }
        }
    }

    private void field(String type, String name) {
        fields.add(type + " " + name + ";");
        names.add(name);
    }

    private void number(String name) {
        field("i64", name);
    }

    private void terms(String prefix, List<AccessShape.TermShape> terms) {
        number(prefix + "o");
        for (int t = 0; t < terms.size(); t++) {
            if (!terms.get(t).unit()) {
                number(prefix + "s" + t);
            }
            if (!terms.get(t).affine()) {
                number(prefix + "d" + t);
                number(prefix + "m" + t);
            }
        }
    }

    /** Words in a block. */
    public int size() {
        return fields.size();
    }

    /** Position of the address of a buffer. */
    public int buffer(int b) {
        return b;
    }

    /** Position of the address of the block of uniforms. */
    public int uniforms() {
        return spec.buffers().size();
    }

    /** Position of the address where errors are reported: four words. */
    public int trap() {
        return spec.buffers().size() + 1;
    }

    /** Position of the address of the memory for results of pieces. */
    public int scratch() {
        return spec.buffers().size() + 2;
    }

    /** Position of the number that errors carry. */
    public int launch() {
        return spec.buffers().size() + 3;
    }

    String struct(String name) {
        StringBuilder s = new StringBuilder("struct " + name + " {");
        for (int i = 0; i < fields.size(); i++) {
            s.append(i % 8 == 0 ? "\n    " : " ").append(fields.get(i));
        }
        return s.append("\n};\n").toString();
    }

    /** The block for a kernel, with zeros for addresses. */
    public long[] words(Kernel kernel, LaunchShape shape) {
        long[] w = new long[fields.size()];
        int at = launch() + 1;
        w[at++] = pointwise() ? kernel.outer() / schedule.vector() : kernel.outer();
        w[at++] = kernel.reduced() / (pointwise() ? 1 : schedule.vector());
        w[at++] = shape.pieces();
        w[at++] = shape.chunk();
        for (int a = 0; a < spec.rank(); a++) {
            w[at++] = extent(kernel, a);
        }
        for (int a = 0; a < spec.rank(); a++) {
            w[at++] = magic(extent(kernel, a));
        }
        for (int i = 0; i < spec.accesses().size(); i++) {
            Access access = kernel.geometry().accesses().get(i);
            AccessShape s = spec.accesses().get(i);
            at = terms(w, at, access.index(), s.terms());
            for (int j = 0; j < s.bounds().size(); j++) {
                Bound b = access.bounds().get(j);
                at = terms(w, at, b.index(), s.bounds().get(j));
                w[at++] = b.limit();
            }
            for (int j = 0; j < s.picks(); j++) {
                w[at++] = access.picks().get(j).stride();
                w[at++] = access.picks().get(j).extent();
            }
        }
        if (at != w.length) {
            throw new IllegalStateException("the block of " + spec.name() + " has " + at + " words instead of " + w.length);
        }
        return w;
    }

    private boolean pointwise() {
        return schedule.mode() == Schedule.Mode.POINTWISE;
    }

    /** Extents count vectors along the vectorised axis. */
    private long extent(Kernel kernel, int axis) {
        long e = kernel.geometry().extent(axis);
        int vectorised = pointwise() ? spec.outerRank() - 1 : spec.rank() - 1;
        return axis == vectorised ? e / schedule.vector() : e;
    }

    private static int terms(long[] w, int at, IndexMap map, List<AccessShape.TermShape> shape) {
        w[at++] = map.offset();
        for (int t = 0; t < shape.size(); t++) {
            Term term = map.terms().get(t);
            if (!shape.get(t).unit()) {
                w[at++] = term.stride();
            }
            if (!shape.get(t).affine()) {
                w[at++] = term.div();
                w[at++] = term.mod();
            }
        }
        return at;
    }

    /** Multiplier and shift that divide numbers below 2^31 by {@code d}, as {@code ((n * m >> 32) + n) >> s}. */
    static long magic(long d) {
        if (d < 1 || d > Integer.MAX_VALUE) {
            return 0;
        }
        int shift = d == 1 ? 0 : 64 - Long.numberOfLeadingZeros(d - 1);
        long multiplier = ((1L << 32) * ((1L << shift) - d)) / d + 1;
        return multiplier & 0xffffffffL | (long) shift << 32;
    }
}
