package dev.levin.device.cpu;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.plan.ImageView;
import dev.levin.reference.Evaluator;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** A call by the reference interpreter on copies: for ops too rare, and types too odd, to have loops of their own. */
final class ReferenceRoutine implements Routine {
    private final Program program;
    private final Call call;
    private final Program.Instr main;
    private final int skipped;

    ReferenceRoutine(Program program, Call call) {
        this.program = program;
        this.call = call;
        main = program.instr(call.main());
        skipped = Call.addsToZeros(program, call.main()) ? 1 : 0;
    }

    @Override
    public void run(long[] operands, long result) {
        int n = main.inputs().length;
        HostArray[] values = new HostArray[n];
        Shape[] shapes = new Shape[n];
        for (int k = 0; k < n; k++) {
            shapes[k] = program.instr(main.inputs()[k]).shape();
            values[k] = k < skipped ? HostArray.allocate(main.dtype(), shapes[k].numel()) : operand(k, operands[k - skipped]);
        }
        HostArray y = Evaluator.eval(main, values, shapes);
        epilogue(y, call.bias() < 0 ? null : NativeViews.read(operands[n - skipped], main.dtype(), channels()));
        NativeViews.write(call.channelsLast() ? moved(y, main.shape(), true) : y, result);
    }

    private HostArray operand(int k, long address) {
        int id = main.inputs()[k];
        if (main.op() == Op.MATMUL) {
            return StridedCopy.read(program, id, address);
        }
        Program.Instr in = program.instr(id);
        HostArray h = NativeViews.read(address, in.dtype(), in.shape().numel());
        boolean last = ImageView.isImage(main.op(), k) && ImageView.of(program, id).channelsLast();
        return last ? moved(h, in.shape(), false) : h;
    }

    /** An image [N, C, S...] with its channels moved last, or back. */
    private static HostArray moved(HostArray h, Shape s, boolean toLast) {
        HostArray out = HostArray.allocate(h.dtype(), h.length());
        int c = s.dim(1);
        int inner = 1;
        for (int k = 2; k < s.rank(); k++) {
            inner *= s.dim(k);
        }
        DType t = h.dtype();
        for (int i = 0; i < h.length(); i++) {
            int at = (i / (c * inner) * inner + i % inner) * c + i / inner % c;
            int from = toLast ? i : at;
            int to = toLast ? at : i;
            if (t.isFloat()) {
                out.setDouble(to, h.getDouble(from));
            } else {
                out.setLong(to, h.getLong(from));
            }
        }
        return out;
    }

    private int channels() {
        return main.op() == Op.MATMUL ? main.shape().dim(2) : main.shape().dim(1);
    }

    private void epilogue(HostArray y, HostArray bias) {
        boolean relu = call.activation() == Call.Activation.RELU;
        if (bias == null && !relu) {
            return;
        }
        int c = channels();
        int inner = 1;
        for (int k = 2; k < main.shape().rank() && main.op() != Op.MATMUL; k++) {
            inner *= main.shape().dim(k);
        }
        for (int i = 0; i < y.length(); i++) {
            double v = y.getDouble(i);
            if (bias != null) {
                v += bias.getDouble(i / inner % c);
            }
            y.setDouble(i, relu ? Math.max(v, 0) : v);
        }
    }
}
