package dev.levin.graph;

import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;

/**
 * What one flush computes, in canonical form: instructions numbered by use, no addresses, no values that may change.
 *
 * <p>Two programs are equal exactly when the same plan serves both; equality compares everything, the hash only picks
 * the bucket. Leaf instructions (INPUT, VARIABLE, SCALAR) carry a slot; the values are bound when the plan runs.
 */
public final class Program {

    /** One instruction. {@code inputs} are numbers of earlier instructions. {@code path} explains, it is not compared. */
    public record Instr(Op op, long[] attr, DType dtype, Shape shape, int[] inputs, String path, StackWalker.StackFrame origin) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Instr i && op == i.op && dtype == i.dtype && Arrays.equals(inputs, i.inputs)
                    && Arrays.equals(attr, i.attr) && shape.equals(i.shape);
        }

        @Override
        public int hashCode() {
            return ((op.ordinal() * 31 + dtype.ordinal()) * 31 + Arrays.hashCode(inputs)) * 31
                    + Arrays.hashCode(attr) * 17 + shape.hashCode();
        }

        public Instr withInputs(int[] newInputs) {
            return new Instr(op, attr, dtype, shape, newInputs, path, origin);
        }

        public int attr(int i) {
            return (int) attr[i];
        }
    }

    /** A variable's new value: the leaf slot of the variable and the instruction that computes it. */
    public record Assign(int slot, int value) {
    }

    private final Instr[] instrs;
    private final int leafCount;
    private final int[] outputs;
    private final Assign[] assigns;
    /** 0 until asked for: few programs are keys. */
    private int hash;

    public Program(Instr[] instrs, int leafCount, int[] outputs, Assign[] assigns) {
        this.instrs = instrs;
        this.leafCount = leafCount;
        this.outputs = outputs;
        this.assigns = assigns;
    }

    public int size() {
        return instrs.length;
    }

    public Instr instr(int i) {
        return instrs[i];
    }

    /** Number of leaf slots: INPUT, VARIABLE and SCALAR leaves together, numbered by first use. A variable that is only assigned has a slot too. */
    public int leafCount() {
        return leafCount;
    }

    /** Instructions whose values come back. */
    public int[] outputs() {
        return outputs;
    }

    public Assign[] assigns() {
        return assigns;
    }

    @Override
    public boolean equals(Object o) {
        return this == o || o instanceof Program p && hashCode() == p.hashCode() && leafCount == p.leafCount && Arrays.equals(instrs, p.instrs)
                && Arrays.equals(outputs, p.outputs) && Arrays.equals(assigns, p.assigns);
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = (Arrays.hashCode(instrs) * 31 + Arrays.hashCode(outputs)) * 31 + Arrays.hashCode(assigns);
        }
        return hash;
    }

    /** One line per instruction: {@code %3 = MATMUL F32[1, 64, 10] (%1, %2) {..} ; net.0}. */
    @Override
    public String toString() {
        StringBuilder b = new StringBuilder();
        for (int i = 0; i < instrs.length; i++) {
            Instr in = instrs[i];
            b.append('%').append(i).append(" = ").append(in.op).append(' ').append(in.dtype).append(in.shape).append(" (");
            for (int j = 0; j < in.inputs.length; j++) {
                b.append(j == 0 ? "%" : ", %").append(in.inputs[j]);
            }
            b.append(')');
            if (in.attr.length > 0) {
                b.append(' ').append(in.op == Op.CONST && in.dtype.isFloat() ? "{" + Double.longBitsToDouble(in.attr[0]) + "}"
                        : Arrays.toString(in.attr));
            }
            b.append(in.path.isEmpty() ? "" : " ; " + in.path).append('\n');
        }
        b.append("return ").append(Arrays.toString(outputs));
        for (Assign a : assigns) {
            b.append(", slot ").append(a.slot).append(" := %").append(a.value);
        }
        return b.append('\n').toString();
    }
}
