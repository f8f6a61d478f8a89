package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.kernels.Routines;
import dev.levin.device.cuda.libraries.ConvolutionSpec;
import dev.levin.device.cuda.libraries.ConvolutionSpec.Direction;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.graph.ConvAttr;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Convolutions and their gradients: the library's, or Levin's own direct kernels. */
final class ConvRoutine implements Routine {
    private final ConvolutionSpec spec;
    private final LibraryCall library;
    private final TextLaunch own;
    private final TextLaunch epilogue;
    private final Call call;
    private final long elements;

    private ConvRoutine(CudaRuntime runtime, Program program, Call call) {
        this.call = call;
        Program.Instr main = program.instr(call.main());
        Shape p = program.instr(main.inputs()[0]).shape();
        Shape q = program.instr(main.inputs()[1]).shape();
        ConvAttr attr = ConvAttr.of(main.attr());
        boolean tf32 = runtime.options().tf32();
        boolean same = runtime.options().deterministic();
        spec = switch (main.op()) {
            case CONV -> ConvolutionSpec.of(Direction.FORWARD, main.dtype(), attr, p, q, main.shape(), tf32, same);
            case CONV_DGRAD -> ConvolutionSpec.of(Direction.DATA, main.dtype(), attr, main.shape(), q, p, tf32, same);
            default -> ConvolutionSpec.of(Direction.WEIGHTS, main.dtype(), attr, p, main.shape(), q, tf32, same);
        };
        elements = main.shape().numel();
        library = main.dtype().isFloat() && spec.isSymmetric() ? runtime.libraries().convolution(spec) : null;
        own = library != null ? null : new TextLaunch(Routines.convolution(switch (spec.direction()) {
            case FORWARD -> "conv_forward";
            case DATA -> "conv_data";
            case WEIGHTS -> "conv_weights";
        }, main.dtype()), words());
        boolean relu = call.activation() == Call.Activation.RELU;
        epilogue = relu || call.bias() >= 0 || call.addend() >= 0 ? new TextLaunch(Routines.epilogue(main.dtype()), 0, 0, 0, elements,
                main.shape().dim(1), RoutineFactory.product(main.shape(), 2, main.shape().rank()), relu ? 1 : 0) : null;
    }

    static Routine of(CudaRuntime runtime, Program program, Call call) {
        int d = ConvAttr.of(program.instr(call.main()).attr()).spatialRank();
        return d < 1 || d > 3 ? null : new ConvRoutine(runtime, program, call);
    }

    /** {@code ConvArgs}; fewer than three axes are filled up with leading ones. */
    private long[] words() {
        List<Long> w = new ArrayList<>(List.of(0L, 0L, 0L, (long) spec.n(), (long) spec.c(), (long) spec.o(), (long) spec.groups()));
        three(w, spec.in(), 1);
        three(w, spec.out(), 1);
        three(w, spec.kernel(), 1);
        three(w, spec.stride(), 1);
        three(w, spec.before(), 0);
        three(w, spec.dilation(), 1);
        return w.stream().mapToLong(Long::longValue).toArray();
    }

    static void three(List<Long> words, List<Integer> values, long missing) {
        for (int i = values.size(); i < 3; i++) {
            words.add(missing);
        }
        values.forEach(v -> words.add((long) v));
    }

    @Override
    public List<TextLaunch> kernels() {
        List<TextLaunch> all = new ArrayList<>();
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
        return library == null ? 0 : library.workspaceBytes();
    }

    @Override
    public void run(CudaRuntime runtime, long[] x, long y, long scratch, long trap) {
        if (library != null) {
            library.run(x, y, scratch, runtime.compute());
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
