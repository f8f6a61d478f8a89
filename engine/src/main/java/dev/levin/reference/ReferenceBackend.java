package dev.levin.reference;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.ScalarArg;
import dev.levin.graph.Variable;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs programs on the heap, instruction by instruction in program order: slow, simple, and right by definition. */
public final class ReferenceBackend implements Backend {
    private final Device device;

    public ReferenceBackend() {
        this(Device.CPU);
    }

    /** A stand-in for another device, to compare with it. */
    public ReferenceBackend(Device device) {
        this.device = device;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public Executable compile(Program program) {
        int[] lastUse = lastUse(program);
        return leaves -> run(program, lastUse, leaves);
    }

    /** The values of all instructions, for looking into a program. Stores nothing. */
    public static HostArray[] evaluateAll(Program program, Object[] leaves) {
        int[] never = new int[program.size()];
        Arrays.fill(never, Integer.MAX_VALUE);
        return evaluate(program, never, leaves);
    }

    private static Buffer[] run(Program program, int[] lastUse, Object[] leaves) {
        HostArray[] values = evaluate(program, lastUse, leaves);
        for (Program.Assign a : program.assigns()) {
            ((Variable) leaves[a.slot()]).store(new Buffer.Host(values[a.value()]));
        }
        int[] outputs = program.outputs();
        Buffer[] results = new Buffer[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            results[i] = new Buffer.Host(values[outputs[i]]);
        }
        return results;
    }

    private static HostArray[] evaluate(Program program, int[] lastUse, Object[] leaves) {
        if (leaves.length != program.leafCount()) {
            throw new IllegalArgumentException("the program has " + program.leafCount() + " leaf slots, not " + leaves.length);
        }
        HostArray[] values = new HostArray[program.size()];
        for (int i = 0; i < values.length; i++) {
            Program.Instr instr = program.instr(i);
            int[] in = instr.inputs();
            if (isBound(instr.op())) {
                values[i] = leaf(instr, leaves[instr.attr(0)]);
            } else {
                HostArray[] operands = new HostArray[in.length];
                Shape[] shapes = new Shape[in.length];
                for (int k = 0; k < in.length; k++) {
                    operands[k] = values[in[k]];
                    shapes[k] = program.instr(in[k]).shape();
                }
                values[i] = Evaluator.eval(instr, operands, shapes);
            }
            for (int k : in) {
                if (lastUse[k] <= i) {
                    values[k] = null;
                }
            }
        }
        return values;
    }

    private static boolean isBound(Op op) {
        return op == Op.INPUT || op == Op.VARIABLE || op == Op.SCALAR;
    }

    private static HostArray leaf(Program.Instr instr, Object leaf) {
        HostArray value = switch (leaf) {
            case Buffer b -> b.toHost();
            case Variable v when v.buffer() != null -> v.buffer().toHost();
            case Variable v -> HostArray.allocate(v.dtype(), v.shape().numel());
            case ScalarArg s -> Values.of(instr.dtype(), new double[] {s.value()});
            default -> throw new IllegalArgumentException("slot " + instr.attr(0) + " takes a Buffer, Variable or ScalarArg, not " + leaf);
        };
        if (value.dtype() != instr.dtype() || value.length() != instr.shape().numel()) {
            throw new IllegalArgumentException("slot " + instr.attr(0) + " takes " + instr.dtype() + instr.shape() + ", not "
                    + value.length() + " elements of " + value.dtype());
        }
        return value;
    }

    /** The last instruction that reads each value; {@code MAX_VALUE} for values that come back or are stored. */
    private static int[] lastUse(Program program) {
        int[] last = new int[program.size()];
        for (int i = 0; i < last.length; i++) {
            last[i] = i;
            for (int k : program.instr(i).inputs()) {
                last[k] = i;
            }
        }
        List<Integer> roots = new ArrayList<>();
        Arrays.stream(program.outputs()).forEach(roots::add);
        for (Program.Assign a : program.assigns()) {
            roots.add(a.value());
        }
        roots.forEach(r -> last[r] = Integer.MAX_VALUE);
        return last;
    }
}
