package dev.levin.device.cuda.execution;

import dev.levin.device.cuda.kernels.RoutineKernel;
import dev.levin.device.cuda.kernels.Routines;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Scans and sorting along one axis. */
final class LaneRoutines {
    private LaneRoutines() {
    }

    static Routine scan(Program.Instr main, DType type) {
        Shape s = main.shape();
        if (s.rank() == 0) {
            return null;
        }
        int axis = main.attr(0);
        long length = s.dim(axis);
        long lanes = s.numel() / length;
        boolean arg = main.op() == Op.CUMARGMAX || main.op() == Op.CUMARGMIN;
        RoutineKernel k = switch (main.op()) {
            case CUMSUM -> Routines.scan("ScanSum", type);
            case CUMPROD -> Routines.scan("ScanProd", type);
            case CUMMAX -> Routines.scan("ScanMax", type);
            case CUMMIN -> Routines.scan("ScanMin", type);
            case CUMLOGSUMEXP -> type.isFloat() ? Routines.scan("ScanLogSumExp", type) : null;
            case CUMARGMAX -> Routines.argScan(type, false);
            default -> Routines.argScan(type, true);
        };
        if (k == null) {
            return null;
        }
        var launch = new TextLaunch(k, 0, 0, lanes, length, RoutineFactory.product(s, axis + 1, s.rank()), main.attr(1));
        return new Routine() {
            @Override
            public List<TextLaunch> kernels() {
                return List.of(launch);
            }

            @Override
            public void run(CudaRuntime runtime, long[] x, long y, long scratch, long trap) {
                launch.set(0, x[0]).set(1, y);
                if (arg) {
                    launch.run(runtime, lanes);
                } else {
                    launch.blocks(runtime, lanes);
                }
            }
        };
    }

    static Routine sort(Program.Instr main, DType type) {
        Shape s = main.shape();
        if (s.rank() == 0) {
            return null;
        }
        int axis = main.attr(0);
        return new Sort(type, s.numel() / s.dim(axis), s.dim(axis), RoutineFactory.product(s, axis + 1, s.rank()), main.attr(1) == 1);
    }

    /** A stable argsort of lanes: runs of one element, merged until a lane is one run. Keys and two orders are in scratch. */
    static final class Sort implements Routine {
        private final TextLaunch start;
        private final List<TextLaunch> merges = new ArrayList<>();
        private final TextLaunch end;
        private final long elements;

        Sort(DType type, long lanes, long length, long inner, boolean descending) {
            elements = lanes * length;
            start = new TextLaunch(Routines.sortStart(type), 0, 0, 0, 0, lanes, length, inner, descending ? 1 : 0, 0);
            for (long width = 1; width < length; width *= 2) {
                merges.add(new TextLaunch(Routines.sortMerge(), 0, 0, 0, 0, lanes, length, inner, 0, width));
            }
            end = new TextLaunch(Routines.sortEnd(), 0, 0, 0, 0, lanes, length, inner, 0, 0);
        }

        @Override
        public List<TextLaunch> kernels() {
            List<TextLaunch> all = new ArrayList<>(merges);
            all.add(start);
            all.add(end);
            return all;
        }

        @Override
        public long scratchBytes() {
            return 3 * 8 * elements;
        }

        @Override
        public void run(CudaRuntime runtime, long[] x, long y, long scratch, long trap) {
            long from = scratch + 8 * elements;
            long to = from + 8 * elements;
            start.set(0, x[0]).set(1, scratch).set(3, from).run(runtime, elements);
            for (TextLaunch m : merges) {
                m.set(1, scratch).set(2, from).set(3, to).run(runtime, elements);
                long swap = from;
                from = to;
                to = swap;
            }
            end.set(2, from).set(3, y).run(runtime, elements);
        }
    }
}
