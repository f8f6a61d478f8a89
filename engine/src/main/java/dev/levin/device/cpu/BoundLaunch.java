package dev.levin.device.cpu;

import dev.levin.kernel.jvm.CompiledKernel;
import dev.levin.plan.LoweredKernel;
import dev.levin.plan.Plan;
import java.util.List;
import java.util.function.IntConsumer;

/** A launch with everything it needs: compiled code, addresses, numbers. Running it allocates nothing. */
abstract sealed class BoundLaunch {
    final Plan.Launch launch;

    private BoundLaunch(Plan.Launch launch) {
        this.launch = launch;
    }

    /** Takes over the address of each storage. */
    abstract void bind(long[] storageAddress);

    abstract void run();

    /** Kernels of one spec; their units are numbered through. */
    static final class Kernels extends BoundLaunch {
        /** Positions below which a second thread costs more than it helps. */
        private static final long SMALL = 1 << 14;

        private final Team team;
        private final LoweredKernel[] kernels;
        private final CompiledKernel[] code;
        private final long[][] addresses;
        private final double[][] uniforms;
        private final int[][] uniformSource;
        private final CompiledKernel.Launch[] launches;
        private final int[] firstUnit;
        private int tasks;
        private final IntConsumer body = this::task;

        Kernels(Plan.KernelLaunch launch, CpuBackend backend, int[] uniformOf) {
            super(launch);
            team = backend.team();
            List<LoweredKernel> list = launch.kernels();
            int n = list.size();
            kernels = list.toArray(LoweredKernel[]::new);
            code = new CompiledKernel[n];
            addresses = new long[n][];
            uniforms = new double[n][];
            uniformSource = new int[n][];
            launches = new CompiledKernel.Launch[n];
            firstUnit = new int[n + 1];
            long size = 0;
            for (int k = 0; k < n; k++) {
                code[k] = backend.kernels().compile(kernels[k].kernel());
                addresses[k] = new long[kernels[k].buffers().length];
                int[] u = kernels[k].uniforms();
                uniforms[k] = new double[u.length];
                uniformSource[k] = new int[u.length];
                for (int j = 0; j < u.length; j++) {
                    uniformSource[k][j] = uniformOf[u[j]];
                }
                size += code[k].size();
            }
            tasks = size < SMALL ? 1 : 64;
        }

        @Override
        void bind(long[] storageAddress) {
            for (int k = 0; k < kernels.length; k++) {
                int[] buffers = kernels[k].buffers();
                for (int j = 0; j < buffers.length; j++) {
                    addresses[k][j] = storageAddress[buffers[j]] + kernels[k].offsets()[j];
                }
                launches[k] = code[k].launch(addresses[k], uniforms[k]);
                firstUnit[k + 1] = firstUnit[k] + launches[k].units();
            }
            tasks = Math.min(tasks, Math.max(1, firstUnit[kernels.length]));
        }

        void setUniforms(double[] values) {
            for (int k = 0; k < uniforms.length; k++) {
                for (int j = 0; j < uniforms[k].length; j++) {
                    uniforms[k][j] = values[uniformSource[k][j]];
                }
            }
        }

        @Override
        void run() {
            for (CompiledKernel.Launch l : launches) {
                l.again();
            }
            team.run(tasks, body);
            for (CompiledKernel.Launch l : launches) {
                l.finish();
            }
        }

        private void task(int t) {
            int units = firstUnit[launches.length];
            int from = (int) ((long) units * t / tasks);
            int to = (int) ((long) units * (t + 1) / tasks);
            for (int k = 0; k < launches.length && from < to; k++) {
                if (from < firstUnit[k + 1]) {
                    int end = Math.min(to, firstUnit[k + 1]);
                    launches[k].run(from - firstUnit[k], end - firstUnit[k]);
                    from = end;
                }
            }
        }
    }

    /** A routine. */
    static final class Call extends BoundLaunch {
        private final Routine routine;
        private final Plan.CallLaunch call;
        private final long[] operands;
        private long result;

        Call(Plan.CallLaunch launch, Routine routine) {
            super(launch);
            this.call = launch;
            this.routine = routine;
            operands = new long[launch.operands().length];
        }

        @Override
        void bind(long[] storageAddress) {
            for (int k = 0; k < operands.length; k++) {
                operands[k] = storageAddress[call.operands()[k]];
            }
            result = storageAddress[call.result()];
        }

        @Override
        void run() {
            routine.run(operands, result);
        }
    }
}
