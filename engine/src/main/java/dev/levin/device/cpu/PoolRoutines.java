package dev.levin.device.cpu;

import dev.levin.device.cpu.dnnl.Dnnl;
import dev.levin.device.cpu.dnnl.DnnlException;
import dev.levin.device.cpu.dnnl.DnnlLayout;
import dev.levin.device.cpu.dnnl.PoolSpec;
import dev.levin.device.cpu.dnnl.Pooling;
import dev.levin.device.cpu.dnnl.Reorder;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.graph.Program;
import dev.levin.kernel.Access;
import dev.levin.kernel.Bound;
import dev.levin.kernel.IndexMap;
import dev.levin.kernel.KernelBuilder;
import dev.levin.kernel.ScalarOp;
import dev.levin.kernel.jvm.CompiledKernel;
import dev.levin.kernel.jvm.JvmKernels;
import dev.levin.plan.Call;
import dev.levin.plan.ImageView;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Poolings: forward by a generated kernel with one load for each element of the window (a NaN wins, as it must), backward
 * by oneDNN.
 */
final class PoolRoutines {
    private static final int MAX_WINDOW = 64;
    /** Elements of a window that a gradient kernel writes side by side. */
    private static final int MAX_TILE = 16;

    private final Dnnl dnnl;
    private final Team team;
    private final JvmKernels kernels;
    private final WorkArena scratch;

    /** @param scratch memory for one routine at a time */
    PoolRoutines(Dnnl dnnl, Team team, JvmKernels kernels, WorkArena scratch) {
        this.dnnl = dnnl;
        this.team = team;
        this.kernels = kernels;
        this.scratch = scratch;
    }

    /** Null where neither takes it. */
    Routine of(Program program, Call call) {
        Program.Instr main = program.instr(call.main());
        PoolAttr attr = PoolAttr.of(main.attr());
        if (main.shape().numel() == 0 || attr.spatialRank() < 1 || attr.spatialRank() > 3) {
            return null;
        }
        try {
            return switch (main.op()) {
                case POOL_MAX, POOL_SUM -> forward(program, call, main, attr);
                case POOL_MAX_GRAD -> maxGradient(program, call, main, attr);
                default -> sumGradient(program, call, main, attr);
            };
        } catch (DnnlException e) {
            return null;
        }
    }

    // ---- forward -----------------------------------------------------------------------------------------------------------

    private Routine forward(Program program, Call call, Program.Instr main, PoolAttr attr) {
        Shape x = program.instr(main.inputs()[0]).shape();
        int window = Arrays.stream(attr.kernel()).reduce(1, Math::multiplyExact);
        boolean padded = Arrays.stream(attr.before()).anyMatch(b -> b > 0) || Arrays.stream(attr.after()).anyMatch(b -> b > 0);
        boolean max = main.op() == Op.POOL_MAX;
        if (window > MAX_WINDOW || !main.dtype().isFloat() && (padded || main.dtype().isBool())) {
            return null;
        }
        int d = attr.spatialRank();
        long[] from = strides(x, ImageView.of(program, main.inputs()[0]).channelsLast());
        long[] to = strides(main.shape(), call.channelsLast());
        int[] axes = order(d + 2, call.channelsLast());
        long[] extents = new long[d + 2];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = main.shape().dim(axes[i]);
        }
        KernelBuilder k = new KernelBuilder(extents);
        int in = k.buffer(main.dtype());
        int result = -1;
        for (int w = 0; w < window; w++) {
            int v = k.load(in, element(attr, x, from, axes, w), max ? Double.NEGATIVE_INFINITY : 0);
            result = result < 0 ? v : k.compute(main.dtype(), max ? ScalarOp.MAX : ScalarOp.ADD, result, v);
        }
        long[] step = new long[axes.length];
        for (int i = 0; i < step.length; i++) {
            step[i] = to[axes[i]];
        }
        k.store(k.buffer(main.dtype()), Access.affine(0, step), result);
        return new KernelRoutine(team, kernels.compile(k.build()));
    }

    /** Element {@code w} of the window of each position, absent where it is padding. */
    private static Access element(PoolAttr attr, Shape x, long[] from, int[] axes, int w) {
        int d = attr.spatialRank();
        long offset = 0;
        long[] step = new long[axes.length];
        List<Bound> bounds = new ArrayList<>();
        int[] position = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            position[axes[i]] = i;
        }
        step[position[0]] = from[0];
        step[position[1]] = from[1];
        for (int s = d - 1, rest = w; s >= 0; s--) {
            int at = rest % attr.kernel()[s] * attr.dilation()[s] - attr.before()[s];
            rest /= attr.kernel()[s];
            offset += at * from[2 + s];
            step[position[2 + s]] = attr.stride()[s] * from[2 + s];
            if (attr.before()[s] + attr.after()[s] > 0) {
                long[] coordinate = new long[axes.length];
                coordinate[position[2 + s]] = attr.stride()[s];
                bounds.add(new Bound(IndexMap.affine(at, coordinate), x.dim(2 + s)));
            }
        }
        return Access.affine(offset, step).within(bounds.toArray(Bound[]::new));
    }

    /** Strides of [N, C, S...] in memory. */
    private static long[] strides(Shape s, boolean channelsLast) {
        int[] order = order(s.rank(), channelsLast);
        long[] step = new long[order.length];
        long n = 1;
        for (int i = order.length - 1; i >= 0; i--) {
            step[order[i]] = n;
            n *= s.dim(order[i]);
        }
        return step;
    }

    /** Axes of [N, C, S...] from the slowest to the fastest. */
    private static int[] order(int rank, boolean channelsLast) {
        int[] axes = new int[rank];
        for (int i = 0; i < rank; i++) {
            axes[i] = !channelsLast || i == 0 ? i : i == rank - 1 ? 1 : i + 1;
        }
        return axes;
    }

    // ---- backward ----------------------------------------------------------------------------------------------------------

    /** Windows that lie side by side and cover the image: a kernel over windows, which writes every element of its own. */
    private Routine tiledMaxGradient(Program program, Call call, Program.Instr main, PoolAttr attr) {
        Shape x = main.shape();
        Shape g = program.instr(main.inputs()[1]).shape();
        int d = attr.spatialRank();
        for (int s = 0; s < d; s++) {
            boolean tiles = attr.stride()[s] == attr.kernel()[s] && attr.dilation()[s] == 1 && attr.before()[s] == 0 && attr.after()[s] == 0
                    && x.dim(2 + s) == g.dim(2 + s) * attr.kernel()[s];
            if (!tiles) {
                return null;
            }
        }
        int window = Arrays.stream(attr.kernel()).reduce(1, Math::multiplyExact);
        if (window > MAX_TILE || !main.dtype().isFloat()) {
            return null;
        }
        boolean last = call.channelsLast();
        int[] axes = order(d + 2, last);
        long[] extents = Arrays.stream(axes).mapToLong(g::dim).toArray();
        KernelBuilder k = new KernelBuilder(extents);
        int image = k.buffer(main.dtype());
        int gradient = k.buffer(main.dtype());
        int result = k.buffer(main.dtype());
        long[] from = strides(x, ImageView.of(program, main.inputs()[0]).channelsLast());
        long[] step = strides(g, ImageView.of(program, main.inputs()[1]).channelsLast());
        int dy = k.load(gradient, Access.affine(0, Arrays.stream(axes).mapToLong(a -> step[a]).toArray()));
        int zero = k.constant(main.dtype(), 0.0);
        int best = k.load(image, element(attr, x, from, axes, 0));
        // an element takes over if it is larger or NaN; the last one that did is the one
        int[] takes = new int[window];
        for (int w = 1; w < window; w++) {
            int v = k.load(image, element(attr, x, from, axes, w));
            takes[w] = k.compute(ScalarOp.OR, k.compute(ScalarOp.LT, best, v), k.compute(ScalarOp.NOT, k.compute(ScalarOp.EQ, v, v)));
            best = k.compute(main.dtype(), ScalarOp.WHERE, takes[w], v, best);
        }
        long[] to = strides(x, last);
        int later = -1;
        for (int w = window - 1; w >= 0; w--) {
            int mine = w == 0 ? -1 : takes[w];
            int chosen = mine < 0 ? dy : k.compute(main.dtype(), ScalarOp.WHERE, mine, dy, zero);
            k.store(result, element(attr, x, to, axes, w), later < 0 ? chosen : k.compute(main.dtype(), ScalarOp.WHERE, later, zero, chosen));
            later = mine < 0 || later < 0 ? mine : k.compute(ScalarOp.OR, later, mine);
        }
        return new KernelRoutine(team, kernels.compile(k.build()));
    }

    private Routine maxGradient(Program program, Call call, Program.Instr main, PoolAttr attr) {
        Routine tiled = tiledMaxGradient(program, call, main, attr);
        if (tiled != null) {
            return tiled;
        }
        if (dnnl == null || main.dtype() != DType.F32) {
            return null;
        }
        Shape g = program.instr(main.inputs()[1]).shape();
        boolean last = call.channelsLast();
        Pooling p = dnnl.pooling(spec(PoolSpec.Kind.MAX, main.shape(), attr), layout(main.shape(), last), layout(g, last), true);
        Operand image = new Operand(main.shape(), ImageView.of(program, main.inputs()[0]).channelsLast(), last);
        Operand gradient = new Operand(g, ImageView.of(program, main.inputs()[1]).channelsLast(), last);
        long pooled = aligned(g.numel() * 4);
        long workspace = aligned(p.workspaceBytes());
        Routine exact = new ReferenceRoutine(program, call);
        return (x, y) -> {
            if (NonFiniteSearch.finds(team, x[0], main.shape().numel())) {
                // The library never takes a NaN for the largest element, nor minus infinity.
                exact.run(x, y);
                return;
            }
            scratch.reserve(pooled + workspace + image.bytes() + gradient.bytes());
            long at = scratch.address();
            long copies = at + pooled + workspace;
            p.forward(image.read(x[0], copies), at, at + pooled);
            p.backward(gradient.read(x[1], copies + image.bytes()), at + pooled, y);
        };
    }

    private Routine sumGradient(Program program, Call call, Program.Instr main, PoolAttr attr) {
        if (dnnl == null || main.dtype() != DType.F32) {
            return null;
        }
        Shape g = program.instr(main.inputs()[0]).shape();
        boolean last = call.channelsLast();
        Pooling p = dnnl.pooling(spec(PoolSpec.Kind.AVERAGE, main.shape(), attr), layout(main.shape(), last), layout(g, last), true);
        Operand gradient = new Operand(g, ImageView.of(program, main.inputs()[0]).channelsLast(), last);
        int window = Arrays.stream(attr.kernel()).reduce(1, Math::multiplyExact);
        KernelBuilder k = new KernelBuilder(main.shape().numel());
        int b = k.buffer(DType.F32);
        Access all = Access.affine(0, 1);
        k.store(b, all, k.compute(ScalarOp.MUL, k.load(b, all), k.constant(DType.F32, (double) window)));
        KernelRoutine scale = new KernelRoutine(team, kernels.compile(k.build()));
        return (x, y) -> {
            scratch.reserve(gradient.bytes());
            p.backward(gradient.read(x[0], scratch.address()), 0, y);
            scale.run(new long[0], y);
        };
    }

    /** An image that the library reads in the layout of the result, copied where it lies otherwise. */
    private final class Operand {
        private final Reorder reorder;
        private final long bytes;

        Operand(Shape s, boolean given, boolean wanted) {
            boolean same = given == wanted || s.dim(1) == 1;
            reorder = same ? null : dnnl.reorder(layout(s, given), layout(s, wanted));
            bytes = same ? 0 : aligned(s.numel() * 4);
        }

        long bytes() {
            return bytes;
        }

        long read(long address, long copy) {
            if (reorder == null) {
                return address;
            }
            reorder.run(address, copy);
            return copy;
        }
    }

    private static long aligned(long bytes) {
        return (bytes + 63) & -64L;
    }

    private static DnnlLayout layout(Shape s, boolean channelsLast) {
        if (channelsLast) {
            return ConvRoutine.last(DType.F32, s);
        }
        long[] dims = new long[s.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = s.dim(i);
        }
        return DnnlLayout.plain(DType.F32, dims);
    }

    private static PoolSpec spec(PoolSpec.Kind kind, Shape x, PoolAttr attr) {
        List<Long> size = new ArrayList<>();
        for (int i = 0; i < attr.spatialRank(); i++) {
            size.add((long) x.dim(2 + i));
        }
        return new PoolSpec(kind, DType.F32, x.dim(0), x.dim(1), size, longs(attr.kernel()), longs(attr.stride()),
                longs(attr.before()), longs(attr.after()), longs(attr.dilation()));
    }

    private static List<Long> longs(int[] a) {
        return Arrays.stream(a).mapToObj(i -> (long) i).toList();
    }

    /** One generated kernel over the operands and the result. */
    private static final class KernelRoutine implements Routine {
        private static final long SMALL = 1 << 14;

        private final Team team;
        private final CompiledKernel code;
        private long[] bound;
        private CompiledKernel.Launch launch;

        KernelRoutine(Team team, CompiledKernel code) {
            this.team = team;
            this.code = code;
        }

        @Override
        public void run(long[] operands, long result) {
            int n = operands.length;
            if (bound == null || bound[n] != result || Arrays.mismatch(bound, 0, n, operands, 0, n) >= 0) {
                bound = Arrays.copyOf(operands, n + 1);
                bound[n] = result;
                launch = code.launch(bound, new double[0]);
            }
            launch.again();
            int units = launch.units();
            int tasks = code.size() < SMALL ? Math.min(units, 1) : Math.min(units, 64);
            team.run(tasks, t -> launch.run((int) ((long) units * t / tasks), (int) ((long) units * (t + 1) / tasks)));
            launch.finish();
        }
    }
}
