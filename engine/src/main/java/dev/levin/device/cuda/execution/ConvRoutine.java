package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.kernels.Routines;
import dev.levin.device.cuda.libraries.ConvolutionSpec;
import dev.levin.device.cuda.libraries.ConvolutionSpec.Direction;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.plan.ImageView;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Convolutions and their gradients: the library's, or Levin's own direct kernels. Images lie with their channels first or
 * last; the library gets all three tensors one way, with those that lie otherwise turned over before or after, weights always.
 */
final class ConvRoutine implements Routine {
    private final ConvolutionSpec spec;
    private final LibraryCall library;
    private final TextLaunch own;
    private final TextLaunch epilogue;
    private final Call call;
    private final long elements;
    /** Turns each operand and the result over; null where that is not needed. */
    private final TextLaunch[] turns = new TextLaunch[3];
    private final long[] turnBlocks = new long[3];
    private final long[] turnOffset = new long[3];
    private long scratch;

    private ConvRoutine(CudaRuntime runtime, Program program, Call call) {
        this.call = call;
        Program.Instr main = program.instr(call.main());
        Shape[] shapes = {program.instr(main.inputs()[0]).shape(), program.instr(main.inputs()[1]).shape(), main.shape()};
        boolean weights = main.op() == Op.CONV_WGRAD;
        boolean[] last = {ImageView.of(program, main.inputs()[0]).channelsLast(), weights && ImageView.of(program, main.inputs()[1]).channelsLast(),
            call.channelsLast()};
        boolean any = last[0] || last[1] || last[2];
        spec = spec(runtime, main, shapes, any);
        elements = main.shape().numel();
        library = main.dtype().isFloat() && spec.isSymmetric() ? runtime.libraries().convolution(spec) : null;
        scratch = library == null ? 0 : aligned(library.workspaceBytes());
        for (int k = 0; k < 3 && library != null; k++) {
            if (last[k] != any) {
                turn(k, main.dtype(), shapes[k], k == 2);
            }
        }
        own = library != null ? null : new TextLaunch(Routines.convolution(switch (spec.direction()) {
            case FORWARD -> "conv_forward";
            case DATA -> "conv_data";
            case WEIGHTS -> "conv_weights";
        }, main.dtype()), words(main.op() == Op.CONV_DGRAD ? last[2] : last[0], main.op() == Op.CONV ? last[2] : weights ? last[1] : last[0]));
        boolean relu = call.activation() == Call.Activation.RELU;
        epilogue = relu || call.bias() >= 0 || call.addend() >= 0 ? new TextLaunch(Routines.epilogue(main.dtype()), 0, 0, 0, elements,
                main.shape().dim(1), last[2] ? 1 : RoutineFactory.product(main.shape(), 2, main.shape().rank()), relu ? 1 : 0) : null;
    }

    static Routine of(CudaRuntime runtime, Program program, Call call) {
        int d = ConvAttr.of(program.instr(call.main()).attr()).spatialRank();
        return d < 1 || d > 3 ? null : new ConvRoutine(runtime, program, call);
    }

    private static ConvolutionSpec spec(CudaRuntime runtime, Program.Instr main, Shape[] s, boolean last) {
        ConvAttr attr = ConvAttr.of(main.attr());
        boolean tf32 = runtime.options().tf32();
        boolean same = runtime.options().deterministic();
        return switch (main.op()) {
            case CONV -> ConvolutionSpec.of(Direction.FORWARD, main.dtype(), attr, s[0], s[1], s[2], last, tf32, same);
            case CONV_DGRAD -> ConvolutionSpec.of(Direction.DATA, main.dtype(), attr, s[2], s[1], s[0], last, tf32, same);
            default -> ConvolutionSpec.of(Direction.WEIGHTS, main.dtype(), attr, s[0], s[2], s[1], last, tf32, same);
        };
    }

    private static long aligned(long bytes) {
        return (bytes + 255) / 256 * 256;
    }

    /** Operand {@code k} to channels last, or the result back. */
    private void turn(int k, dev.levin.type.DType t, Shape s, boolean back) {
        long channels = s.dim(1);
        long pixels = RoutineFactory.product(s, 2, s.rank());
        turns[k] = new TextLaunch(Routines.transpose(t), 0, 0, back ? pixels : channels, back ? channels : pixels);
        turnBlocks[k] = s.dim(0) * ((channels + 31) / 32) * ((pixels + 31) / 32);
        turnOffset[k] = scratch;
        scratch += aligned(s.numel() * t.bytes());
    }

    /** {@code ConvArgs}; fewer than three axes are filled up with leading ones. */
    private long[] words(boolean xLast, boolean yLast) {
        List<Long> w = new ArrayList<>(List.of(0L, 0L, 0L, (long) spec.n(), (long) spec.c(), (long) spec.o(), (long) spec.groups()));
        three(w, spec.in(), 1);
        three(w, spec.out(), 1);
        three(w, spec.kernel(), 1);
        three(w, spec.stride(), 1);
        three(w, spec.before(), 0);
        three(w, spec.dilation(), 1);
        PoolRoutine.steps(w, spec.c(), product(spec.in()), xLast);
        PoolRoutine.steps(w, spec.o(), product(spec.out()), yLast);
        return w.stream().mapToLong(Long::longValue).toArray();
    }

    private static long product(List<Integer> extents) {
        return extents.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    static void three(List<Long> words, List<Integer> values, long missing) {
        for (int i = values.size(); i < 3; i++) {
            words.add(missing);
        }
        values.forEach(v -> words.add((long) v));
    }

    @Override
    public List<TextLaunch> kernels() {
        List<TextLaunch> all = new ArrayList<>(Arrays.stream(turns).filter(t -> t != null).toList());
        if (own != null) {
            all.add(own);
        }
        if (epilogue != null) {
            all.add(epilogue);
        }
        return all;
    }

    @Override
    public long scratchBytes() {
        return scratch;
    }

    @Override
    public void run(CudaRuntime runtime, long[] x, long y, long work, long trap) {
        if (library != null) {
            long[] operands = {x[0], x[1]};
            for (int k = 0; k < 2; k++) {
                if (turns[k] != null) {
                    operands[k] = work + turnOffset[k];
                    turns[k].set(0, x[k]).set(1, operands[k]).blocks(runtime, turnBlocks[k]);
                }
            }
            long result = turns[2] == null ? y : work + turnOffset[2];
            library.run(operands, result, work, runtime.compute());
            if (turns[2] != null) {
                turns[2].set(0, result).set(1, y).blocks(runtime, turnBlocks[2]);
            }
        } else {
            own.set(0, x[0]).set(1, x[1]).set(2, y);
            if (spec.direction() == Direction.WEIGHTS) {
                own.blocks(runtime, elements);
            } else {
                own.run(runtime, elements);
            }
        }
        if (epilogue != null) {
            int next = 2;
            epilogue.set(0, y).set(1, call.bias() >= 0 ? x[next++] : 0).set(2, call.addend() >= 0 ? x[next] : 0).run(runtime, elements);
        }
    }

    @Override
    public void close() {
        if (library != null) {
            library.close();
        }
    }
}
