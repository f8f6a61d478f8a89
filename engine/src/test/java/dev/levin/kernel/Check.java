package dev.levin.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.levin.kernel.jvm.CompiledKernel;
import dev.levin.kernel.jvm.JvmKernels;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/** Runs a kernel whole and in pieces, and compares with {@link Reference}. */
final class Check {
    static final JvmKernels KERNELS = new JvmKernels(JvmKernels.Mode.SCALAR);
    static final JvmKernels VECTORS = new JvmKernels(JvmKernels.Mode.VECTOR);

    static final JvmKernels MACHINE = new JvmKernels(JvmKernels.Mode.MACHINE);

    private Check() {
    }

    /** Runs in {@code pieces} launches of some units each, last piece first; returns the buffers afterwards. */
    static HostArray[] run(CompiledKernel k, int pieces, double[] uniforms, HostArray... buffers) {
        try (var arena = Arena.ofConfined()) {
            long[] addresses = new long[buffers.length];
            MemorySegment[] segments = new MemorySegment[buffers.length];
            for (int b = 0; b < buffers.length; b++) {
                segments[b] = arena.allocate(Math.max(64, buffers[b].bytes()), 64);
                segments[b].copyFrom(buffers[b].segment());
                addresses[b] = segments[b].address();
            }
            var launch = k.launch(addresses, uniforms);
            int n = launch.units();
            for (int p = pieces - 1; p >= 0; p--) {
                launch.run((int) ((long) n * p / pieces), (int) ((long) n * (p + 1) / pieces));
            }
            launch.finish();
            HostArray[] out = new HostArray[buffers.length];
            for (int b = 0; b < buffers.length; b++) {
                out[b] = HostArray.allocate(buffers[b].dtype(), buffers[b].length()).copyFrom(segments[b]);
            }
            return out;
        }
    }

    /** As {@link #check(Kernel, double, double[], HostArray...)} without uniforms. */
    static HostArray[] check(Kernel k, double tolerance, HostArray... buffers) {
        return check(k, tolerance, new double[0], buffers);
    }

    /**
     * Compares with the reference. The tolerance is relative to the expected value plus 0.01, or plus the buffer's mean
     * magnitude if the kernel reduces (its differences cancel); one rounding at the store is allowed on top.
     */
    static HostArray[] check(Kernel k, double tolerance, double[] uniforms, HostArray... buffers) {
        CompiledKernel c = KERNELS.compile(k);
        HostArray[] got = run(c, 1, uniforms, buffers);
        compare(k, tolerance, uniforms, got, buffers);
        CudaToo.record(k, tolerance, uniforms, buffers);
        HostArray[] split = run(c, 7, uniforms, buffers);
        for (int b = 0; b < buffers.length; b++) {
            assertArrayEquals(bytes(got[b]), bytes(split[b]), "split changes buffer " + b + " of " + k);
        }
        HostArray[] vector = run(VECTORS.compile(k), 1, uniforms, buffers);
        for (int b = 0; b < buffers.length; b++) {
            assertArrayEquals(bytes(got[b]), bytes(vector[b]), "vector code differs in buffer " + b + " of " + k);
        }
        for (int pieces : new int[] {1, 7}) {
            HostArray[] machine = run(MACHINE.compile(k), pieces, uniforms, buffers);
            for (int b = 0; b < buffers.length; b++) {
                assertArrayEquals(bytes(got[b]), bytes(machine[b]), "machine code differs in buffer " + b + " of " + k);
            }
        }
        return got;
    }

    /** As {@link #check}, for results that something else computed. */
    static void compare(Kernel k, double tolerance, double[] uniforms, HostArray[] got, HostArray... buffers) {
        Object[] want = Reference.run(k, buffers, uniforms);
        for (int b = 0; b < buffers.length; b++) {
            double scale = !k.spec().hasReduction() || !(want[b] instanceof double[] w0) ? 1e-2
                    : Arrays.stream(w0).map(Math::abs).filter(Double::isFinite).average().orElse(1);
            for (int i = 0; i < buffers[b].length(); i++) {
                if (want[b] instanceof double[] x) {
                    double g = got[b].getDouble(i);
                    double w = rounded(buffers[b].dtype(), x[i]);
                    double allowed = tolerance * (Math.abs(w) + scale) + storeError(buffers[b].dtype(), w);
                    if (Double.isNaN(w) ? !Double.isNaN(g) : !(g == w || Math.abs(g - w) <= allowed)) {
                        fail("b" + b + "[" + i + "] is " + g + ", expected " + x[i] + " in " + k);
                    }
                } else if (got[b].getLong(i) != ((long[]) want[b])[i]) {
                    fail("b" + b + "[" + i + "] is " + got[b].getLong(i) + ", expected " + ((long[]) want[b])[i] + " in " + k);
                }
            }
        }
    }

    private static double rounded(DType d, double v) {
        return switch (d) {
            case F64 -> v;
            case F32 -> (float) v;
            default -> (double) Reference.cast(d, v);
        };
    }

    private static double storeError(DType d, double v) {
        return switch (d) {
            case F16 -> Math.max(Math.abs(v) * 0x1p-10, 0x1p-24);
            case BF16 -> Math.abs(v) * 0x1p-7;
            default -> 0;
        };
    }

    static byte[] bytes(HostArray a) {
        return a.segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    /** Values spread over both signs and a few magnitudes; ints small enough to multiply. */
    static HostArray random(DType d, int n, long seed) {
        var r = new Random(seed);
        var a = HostArray.allocate(d, n);
        for (int i = 0; i < n; i++) {
            if (d.isFloat()) {
                a.setDouble(i, r.nextGaussian() * 2);
            } else if (d == DType.BOOL) {
                a.setLong(i, r.nextInt(2));
            } else {
                a.setLong(i, d == DType.U8 ? r.nextInt(200) : r.nextInt(200) - 100);
            }
        }
        return a;
    }

    static HostArray of(DType d, double... v) {
        var a = HostArray.allocate(d, v.length);
        for (int i = 0; i < v.length; i++) {
            a.setDouble(i, v[i]);
        }
        return a;
    }

    static HostArray zeros(DType d, int n) {
        return HostArray.allocate(d, n);
    }
}
