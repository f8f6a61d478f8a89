package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.kernels.Routines;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.plan.ImageView;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Window maxima and sums and their gradients. Gradients gather what belongs to an element, so sums have one order. */
final class PoolRoutine implements Routine {
    private final TextLaunch kernel;
    private final long elements;

    private PoolRoutine(TextLaunch kernel, long elements) {
        this.kernel = kernel;
        this.elements = elements;
    }

    static Routine of(Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        PoolAttr attr = PoolAttr.of(main.attr());
        int d = attr.spatialRank();
        if (d < 1 || d > 3) {
            return null;
        }
        Program.Instr first = program.instr(main.inputs()[0]);
        boolean gradient = main.op() == dev.levin.graph.Op.POOL_MAX_GRAD || main.op() == dev.levin.graph.Op.POOL_SUM_GRAD;
        Shape in = gradient ? main.shape() : first.shape();
        Shape out = main.op() == dev.levin.graph.Op.POOL_MAX_GRAD ? program.instr(main.inputs()[1]).shape() : gradient ? first.shape() : main.shape();
        var routine = switch (main.op()) {
            case POOL_MAX -> Routines.poolMax("pool_max", first.dtype());
            case POOL_ARGMAX -> Routines.poolMax("pool_argmax", first.dtype());
            case POOL_MAX_GRAD -> Routines.pool("pool_max_grad", first.dtype());
            case POOL_SUM -> Routines.pool("pool_sum", first.dtype());
            default -> Routines.pool("pool_sum_grad", first.dtype());
        };
        List<Long> w = new ArrayList<>(List.of(0L, 0L, 0L, (long) in.dim(0) * in.dim(1)));
        ConvRoutine.three(w, spatial(in, d), 1);
        ConvRoutine.three(w, spatial(out, d), 1);
        ConvRoutine.three(w, list(attr.kernel()), 1);
        ConvRoutine.three(w, list(attr.stride()), 1);
        ConvRoutine.three(w, list(attr.before()), 0);
        ConvRoutine.three(w, list(attr.dilation()), 1);
        int channels = in.dim(1);
        w.add((long) channels);
        long ins = RoutineFactory.product(in, 2, in.rank());
        long outs = RoutineFactory.product(out, 2, out.rank());
        boolean sumGradient = main.op() == dev.levin.graph.Op.POOL_SUM_GRAD;
        steps(w, channels, sumGradient ? outs : ins, ImageView.of(program, main.inputs()[0]).channelsLast());
        steps(w, channels, outs, main.inputs().length > 1 && ImageView.of(program, main.inputs()[1]).channelsLast());
        steps(w, channels, gradient ? ins : outs, call.channelsLast());
        return new PoolRoutine(new TextLaunch(routine, w.stream().mapToLong(Long::longValue).toArray()), main.shape().numel());
    }

    /** Steps in memory from one channel and from one pixel to the next. */
    static void steps(List<Long> words, long channels, long pixels, boolean channelsLast) {
        words.add(channelsLast ? 1 : pixels);
        words.add(channelsLast ? channels : 1);
    }

    private static List<Integer> spatial(Shape s, int d) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < d; i++) {
            all.add(s.dim(2 + i));
        }
        return all;
    }

    private static List<Integer> list(int[] a) {
        return Arrays.stream(a).boxed().toList();
    }

    @Override
    public List<TextLaunch> kernels() {
        return List.of(kernel);
    }

    @Override
    public void run(CudaRuntime runtime, long[] x, long y, long scratch, long trap) {
        kernel.set(0, x[0]).set(1, x.length > 1 ? x[1] : 0).set(2, y).run(runtime, elements);
    }
}
