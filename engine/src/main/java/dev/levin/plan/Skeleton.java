package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.graph.ScalarArg;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A program without the values of its literals: programs with equal skeletons differ in numbers only.
 *
 * @param shape the program with every literal that may become an argument set to zero
 * @param literals the places of those literals
 * @param values their values, in order
 */
record Skeleton(Program shape, int[] literals, long[] values) {
    private static final long[] BLANK = {0};

    static Skeleton of(Program p) {
        List<Integer> places = new ArrayList<>();
        Instr[] blank = new Instr[p.size()];
        for (int i = 0; i < blank.length; i++) {
            Instr in = p.instr(i);
            boolean literal = in.op() == Op.CONST && isArgument(in);
            if (literal) {
                places.add(i);
            }
            blank[i] = literal ? new Instr(in.op(), BLANK, in.dtype(), in.shape(), in.inputs(), in.path(), in.origin()) : in;
        }
        int[] at = places.stream().mapToInt(Integer::intValue).toArray();
        long[] values = new long[at.length];
        for (int k = 0; k < at.length; k++) {
            values[k] = p.instr(at[k]).attr()[0];
        }
        return new Skeleton(new Program(blank, p.leafCount(), p.outputs(), p.assigns()), at, values);
    }

    /** Arguments are passed as doubles: integers beyond 2^53 stay literals. */
    private static boolean isArgument(Instr in) {
        return in.dtype().isFloat() || !in.dtype().isBool() && Math.abs(in.attr()[0]) <= 1L << 53;
    }

    /** Positions (within {@link #literals}) whose values differ. */
    BitSet differences(long[] other) {
        BitSet d = new BitSet();
        for (int k = 0; k < values.length; k++) {
            if (values[k] != other[k]) {
                d.set(k);
            }
        }
        return d;
    }

    /** {@code p}, of this skeleton, with some literals as arguments in leaf slots after its own. */
    Program generalise(Program p, BitSet arguments) {
        Instr[] all = new Instr[p.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = p.instr(i);
        }
        int slot = p.leafCount();
        for (int k = arguments.nextSetBit(0); k >= 0; k = arguments.nextSetBit(k + 1)) {
            Instr in = all[literals[k]];
            all[literals[k]] = new Instr(Op.SCALAR, new long[] {slot++}, in.dtype(), in.shape(), in.inputs(), in.path(), in.origin());
        }
        return new Program(all, slot, p.outputs(), p.assigns());
    }

    /** The leaves of a generalised program. */
    Object[] leaves(Object[] own, BitSet arguments) {
        Object[] all = java.util.Arrays.copyOf(own, own.length + arguments.cardinality());
        int slot = own.length;
        for (int k = arguments.nextSetBit(0); k >= 0; k = arguments.nextSetBit(k + 1)) {
            all[slot++] = new ScalarArg("literal", Literals.asDouble(shape.instr(literals[k]).dtype(), values[k]));
        }
        return all;
    }
}
