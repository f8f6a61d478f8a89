package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.ConvBackwardData;
import dev.levin.device.cpu.dnnl.ConvBackwardWeights;
import dev.levin.device.cpu.dnnl.ConvForward;
import dev.levin.device.cpu.dnnl.ConvLayouts;
import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.device.cpu.dnnl.Convolution;
import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.device.cpu.dnnl.DnnlException;
import dev.levin.device.cpu.dnnl.DnnlLayout;
import dev.levin.device.cpu.dnnl.PostOps;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.plan.ImageView;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Convolutions and their gradients, on plain images or such with their channels last: in machine code or by oneDNN. */
final class ConvRoutine {
    private ConvRoutine() {
    }

    /**
     * Null where neither takes it.
     *
     * @param dnnl null without the library
     */
    static Routine of(Dnnl dnnl, Convolutions machine, Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        DType t = main.dtype();
        ConvAttr attr = ConvAttr.of(main.attr());
        if (attr.spatialRank() < 1 || attr.spatialRank() > 3 || t != DType.F32 && !t.isHalf()) {
            return null;
        }
        Shape p = program.instr(main.inputs()[0]).shape();
        Shape q = program.instr(main.inputs()[1]).shape();
        Routine own = t == DType.F32 ? machine(machine, program, call, attr) : null;
        if (own != null || dnnl == null) {
            return own;
        }
        DnnlLayout first = layout(program, main, 0);
        DnnlLayout result = call.channelsLast() ? last(t, main.shape()) : null;
        try {
            switch (main.op()) {
                case CONV -> {
                    PostOps post = PostOps.of(call.activation() == Call.Activation.RELU ? PostOps.Activation.RELU : PostOps.Activation.NONE);
                    boolean bias = call.bias() >= 0;
                    ConvForward f = dnnl.convForward(spec(t, attr, p, q), new ConvLayouts(first, null, result), bias ? t : null, post);
                    return new Forward(f, bias);
                }
                case CONV_DGRAD -> {
                    ConvBackwardData d = dnnl.convBackwardData(spec(t, attr, main.shape(), q), new ConvLayouts(result, null, first));
                    return (x, y) -> d.run(x[0], x[1], y);
                }
                default -> {
                    ConvBackwardWeights w = dnnl.convBackwardWeights(spec(t, attr, p, main.shape()),
                            new ConvLayouts(first, null, layout(program, main, 1)), null);
                    return (x, y) -> w.run(x[0], x[1], y, 0);
                }
            }
        } catch (DnnlException | IllegalArgumentException e) {
            return null;
        }
    }

    private record Forward(Convolution conv, boolean bias) implements CopyingRoutine {
        @Override
        public void run(long[] x, long y) {
            conv.run(x[0], x[WEIGHT], bias ? x[2] : 0, y);
        }

        @Override
        public long copyBytes() {
            return conv.copyBytes();
        }

        @Override
        public void copy(long weight, long to) {
            conv.copy(weight, to);
        }

        @Override
        public void runCopied(long[] x, long copy, long y) {
            conv.runCopied(x[0], copy, bias ? x[2] : 0, y);
        }
    }

    /** In machine code; null where that is not there, or not the best choice. */
    private static Routine machine(Convolutions machine, Program program, Call call, ConvAttr attr) {
        Program.Instr main = program.instr(call.main());
        Shape p = program.instr(main.inputs()[0]).shape();
        Shape q = program.instr(main.inputs()[1]).shape();
        boolean last = ImageView.of(program, main.inputs()[0]).channelsLast();
        if (!last || p.numel() == 0 || q.numel() == 0) {
            return null;
        }
        if (main.op() == Op.CONV_WGRAD) {
            boolean both = ImageView.of(program, main.inputs()[1]).channelsLast();
            return !both ? null : machine.backwardWeights(spec(main.dtype(), attr, p, main.shape()))
                    .<Routine>map(m -> (x, y) -> m.run(x[0], x[1], y)).orElse(null);
        }
        if (!call.channelsLast()) {
            return null;
        }
        if (main.op() == Op.CONV_DGRAD) {
            return machine.backwardData(spec(main.dtype(), attr, main.shape(), q)).<Routine>map(m -> (x, y) -> m.run(x[0], x[1], 0, y)).orElse(null);
        }
        boolean bias = call.bias() >= 0;
        return machine.forward(spec(main.dtype(), attr, p, q), bias, call.activation() == Call.Activation.RELU)
                .map(m -> new Forward(m, bias)).orElse(null);
    }

    /** Null for a plain operand. */
    private static DnnlLayout layout(Program program, Program.Instr main, int k) {
        return ImageView.of(program, main.inputs()[k]).channelsLast() ? last(main.dtype(), program.instr(main.inputs()[k]).shape()) : null;
    }

    static DnnlLayout last(DType t, Shape s) {
        long[] dims = new long[s.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = s.dim(i);
        }
        return DnnlLayout.channelsLast(t, dims);
    }

    private static ConvSpec spec(DType t, ConvAttr attr, Shape x, Shape w) {
        int d = attr.spatialRank();
        List<Long> size = new ArrayList<>();
        List<Long> kernel = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            size.add((long) x.dim(2 + i));
            kernel.add((long) w.dim(2 + i));
        }
        return new ConvSpec(t, t, x.dim(0), attr.groups(), x.dim(1), w.dim(0), size, kernel, longs(attr.stride()),
                longs(attr.before()), longs(attr.after()), longs(attr.dilation()));
    }

    private static List<Long> longs(int[] a) {
        return Arrays.stream(a).mapToObj(i -> (long) i).toList();
    }
}
