package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.reference.Evaluator;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Finds the routine for a call: library, own loops, or the reference interpreter on copies. */
final class Routines {
    private final Dnnl dnnl;
    private final Team team;

    /** @param dnnl null without the library */
    Routines(Dnnl dnnl, Team team) {
        this.dnnl = dnnl;
        this.team = team;
    }

    boolean hasLibrary() {
        return dnnl != null;
    }

    Routine of(Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        Routine r = switch (main.op()) {
            case MATMUL -> MatmulRoutine.of(dnnl, team, program, call);
            case CONV, CONV_DGRAD, CONV_WGRAD -> ConvRoutine.of(dnnl, program, call);
            case TAKE, INDEX_ADD -> IndexRoutines.of(team, program, call);
            default -> null;
        };
        return r != null ? r : reference(program, call);
    }

    /** One instruction at a time on the heap, epilogue included. */
    private static Routine reference(Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        int n = main.inputs().length;
        int skipped = Call.addsToZeros(program, call.main()) ? 1 : 0;
        return (x, y) -> {
            HostArray[] values = new HostArray[n];
            Shape[] shapes = new Shape[n];
            for (int k = 0; k < n; k++) {
                Shape s = program.instr(main.inputs()[k]).shape();
                values[k] = k < skipped ? HostArray.allocate(main.dtype(), s.numel()) : operand(program, main, k, x[k - skipped]);
                shapes[k] = program.instr(main.inputs()[k]).shape();
            }
            HostArray result = Evaluator.eval(main, values, shapes);
            if (call.hasEpilogue()) {
                epilogue(result, main, call, call.bias() < 0 ? null : NativeViews.read(x[n - skipped], main.dtype(), channels(main)));
            }
            NativeViews.write(result, y);
        };
    }

    private static HostArray operand(Program program, Program.Instr main, int k, long address) {
        int id = main.inputs()[k];
        if (main.op() != Op.MATMUL) {
            return NativeViews.read(address, program.instr(id).dtype(), program.instr(id).shape().numel());
        }
        return StridedCopy.read(program, id, address);
    }

    private static int channels(Program.Instr main) {
        return main.op() == Op.MATMUL ? main.shape().dim(2) : main.shape().dim(1);
    }

    private static void epilogue(HostArray y, Program.Instr main, Call call, HostArray bias) {
        int c = channels(main);
        int inner = 1;
        for (int k = 2; k < main.shape().rank() && main.op() != Op.MATMUL; k++) {
            inner *= main.shape().dim(k);
        }
        for (int i = 0; i < y.length(); i++) {
            double v = y.getDouble(i);
            if (bias != null) {
                v += bias.getDouble(i / inner % c);
            }
            y.setDouble(i, call.activation() == Call.Activation.RELU ? Math.max(v, 0) : v);
        }
    }
}
