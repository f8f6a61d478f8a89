package dev.levin.device.run;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.ScalarArg;
import dev.levin.plan.Plan;
import dev.levin.reference.Evaluator;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.BitSet;

/** Computes the numbers that kernels read: scalar functions of literals and arguments, once a run, on the host. */
public final class HostScalars {
    private final Program program;
    private final int[] uniforms;
    private final int[] order;
    private final HostArray[] values;
    private final HostArray[][] operands;
    private final Shape[][] shapes;

    public HostScalars(Plan plan) {
        program = plan.program();
        uniforms = plan.uniforms();
        BitSet needed = new BitSet();
        for (int u : uniforms) {
            needed.set(u);
        }
        for (int i = needed.length() - 1; i >= 0; i--) {
            if (needed.get(i)) {
                for (int k : program.instr(i).inputs()) {
                    needed.set(k);
                }
            }
        }
        order = needed.stream().toArray();
        values = new HostArray[program.size()];
        operands = new HostArray[order.length][];
        shapes = new Shape[order.length][];
        for (int n = 0; n < order.length; n++) {
            int[] in = program.instr(order[n]).inputs();
            operands[n] = new HostArray[in.length];
            shapes[n] = new Shape[in.length];
            for (int k = 0; k < in.length; k++) {
                shapes[n][k] = program.instr(in[k]).shape();
            }
        }
    }

    public int count() {
        return uniforms.length;
    }

    /** Position of each uniform instruction in the block, by instruction. */
    public int[] positions() {
        int[] at = new int[program.size()];
        for (int i = 0; i < uniforms.length; i++) {
            at[uniforms[i]] = i;
        }
        return at;
    }

    /** The values at this moment. */
    public synchronized double[] read(Object[] leaves) {
        double[] block = new double[uniforms.length];
        for (int n = 0; n < order.length; n++) {
            Program.Instr in = program.instr(order[n]);
            if (in.op() == Op.SCALAR) {
                HostArray h = HostArray.allocate(in.dtype(), 1);
                h.setDouble(0, ((ScalarArg) leaves[in.attr(0)]).value());
                values[order[n]] = h;
            } else {
                for (int k = 0; k < in.inputs().length; k++) {
                    operands[n][k] = values[in.inputs()[k]];
                }
                values[order[n]] = Evaluator.eval(in, operands[n], shapes[n]);
            }
        }
        for (int i = 0; i < block.length; i++) {
            block[i] = values[uniforms[i]].getDouble(0);
        }
        return block;
    }
}
