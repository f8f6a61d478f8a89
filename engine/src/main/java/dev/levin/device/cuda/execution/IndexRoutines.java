package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.kernels.RoutineKernel;
import dev.levin.device.cuda.kernels.Routines;
import dev.levin.graph.Program;
import dev.levin.plan.Call;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Reading and writing where an index tensor says. Sums are made in the order of the source, so results repeat. */
final class IndexRoutines {
    private IndexRoutines() {
    }

    static Routine of(Program program, Call call, int launch) {
        Program.Instr main = program.instr(call.main());
        return switch (main.op()) {
            case TAKE -> take(program, main, launch);
            case INDEX_ADD -> indexAdd(program, call, launch);
            case SCATTER -> scatter(program, main, launch);
            default -> fold(program, main);
        };
    }

    private static long product(Shape s, int from, int to) {
        return RoutineFactory.product(s, from, to);
    }

    /** {@code IndexArgs}. */
    private static long[] slices(Shape s, int axis, long count, int launch) {
        return new long[] {0, 0, 0, 0, 0, launch, product(s, 0, axis), s.rank() == 0 ? 1 : s.dim(axis), count, product(s, axis + 1, s.rank()), 0};
    }

    private static Routine take(Program program, Program.Instr main, int launch) {
        Shape x = program.instr(main.inputs()[0]).shape();
        long count = program.instr(main.inputs()[1]).shape().numel();
        var kernel = new TextLaunch(Routines.take(main.dtype()), slices(x, main.attr(0), count, launch));
        return new Routine() {
            @Override
            public List<TextLaunch> kernels() {
                return List.of(kernel);
            }

            @Override
            public boolean mayFail() {
                return true;
            }

            @Override
            public void run(CudaRuntime runtime, long[] p, long y, long scratch, long trap) {
                kernel.set(0, p[0]).set(1, p[1]).set(3, y).set(4, trap).run(runtime, main.shape().numel());
            }
        };
    }

    private static Routine indexAdd(Program program, Call call, int launch) {
        Program.Instr main = program.instr(call.main());
        boolean zeros = Call.addsToZeros(program, call.main());
        long count = program.instr(main.inputs()[1]).shape().numel();
        long bytes = main.shape().numel() * main.dtype().bytes();
        var kernel = new TextLaunch(Routines.indexAdd(main.dtype()), slices(main.shape(), main.attr(0), count, launch));
        var sort = new LaneRoutines.Sort(DType.I64, 1, count, 1, false);
        return new Routine() {
            @Override
            public List<TextLaunch> kernels() {
                List<TextLaunch> all = new ArrayList<>(sort.kernels());
                all.add(kernel);
                return all;
            }

            @Override
            public long scratchBytes() {
                return sort.scratchBytes() + 8 * count;
            }

            @Override
            public boolean mayFail() {
                return true;
            }

            @Override
            public void run(CudaRuntime runtime, long[] p, long y, long scratch, long trap) {
                int first = zeros ? 0 : 1;
                if (zeros) {
                    runtime.driver().fill(y, 0, bytes, runtime.compute());
                } else {
                    runtime.driver().copy(y, p[0], bytes, runtime.compute());
                }
                long order = scratch + sort.scratchBytes();
                sort.run(runtime, new long[] {p[first]}, order, scratch, trap);
                kernel.set(1, p[first]).set(2, p[first + 1]).set(3, y).set(4, trap).set(10, order).blocks(runtime, count);
            }
        };
    }

    private static Routine scatter(Program program, Program.Instr main, int launch) {
        Shape base = main.shape();
        Shape index = program.instr(main.inputs()[1]).shape();
        Shape src = program.instr(main.inputs()[2]).shape();
        int axis = main.attr(0);
        int rank = base.rank();
        if (rank > 9) {
            return null;
        }
        long count = rank == 0 ? 1 : index.dim(axis);
        long[] w = new long[13 + 4 * 8];
        w[4] = launch;
        w[5] = index.numel() / count;
        w[6] = count;
        w[7] = rank == 0 ? 1 : base.dim(axis);
        w[8] = main.attr(1);
        w[9] = Math.max(0, rank - 1);
        w[10] = rank == 0 ? 0 : index.strides()[axis];
        w[11] = rank == 0 ? 0 : src.strides()[axis];
        w[12] = rank == 0 ? 0 : base.strides()[axis];
        int k = 0;
        for (int a = 0; a < rank; a++) {
            if (a != axis) {
                w[13 + k] = index.dim(a);
                w[21 + k] = index.strides()[a];
                w[29 + k] = src.strides()[a];
                w[37 + k] = base.strides()[a];
                k++;
            }
        }
        RoutineKernel routine = Routines.scatter(main.dtype());
        var kernel = new TextLaunch(routine, w);
        long bytes = base.numel() * main.dtype().bytes();
        return new Routine() {
            @Override
            public List<TextLaunch> kernels() {
                return List.of(kernel);
            }

            @Override
            public boolean mayFail() {
                return true;
            }

            @Override
            public void run(CudaRuntime runtime, long[] p, long y, long scratch, long trap) {
                runtime.driver().copy(y, p[0], bytes, runtime.compute());
                kernel.set(0, p[1]).set(1, p[2]).set(2, y).set(3, trap).run(runtime, w[5]);
            }
        };
    }

    private static Routine fold(Program program, Program.Instr main) {
        Shape x = program.instr(main.inputs()[0]).shape();
        Shape y = main.shape();
        int axis = main.attr(0);
        var kernel = new TextLaunch(Routines.fold(main.dtype()), 0, 0, product(y, 0, axis), y.dim(axis), product(y, axis + 1, y.rank()),
                x.dim(axis), x.dim(x.rank() - 1), main.attr(1));
        return new Routine() {
            @Override
            public List<TextLaunch> kernels() {
                return List.of(kernel);
            }

            @Override
            public void run(CudaRuntime runtime, long[] p, long result, long scratch, long trap) {
                kernel.set(0, p[0]).set(1, result).run(runtime, y.numel());
            }
        };
    }
}
