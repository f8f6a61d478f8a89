package dev.levin.kernel.jvm;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs new vector code on dummy data, in one background thread, until the JIT compiler has it. Passes have no effects
 * but on their frame and the memory it points to, so this is invisible but for the time it takes.
 */
final class Warmer implements AutoCloseable {
    /** Per element and instruction; compiled code is far below, interpreted or boxing code far above. */
    private static final double HOT_NANOS = 0.25;
    private static final long PATIENCE_NANOS = 4_000_000_000L;
    private static final int ELEMENTS = 512;
    private static final int BATCH = 40;

    private final Map<Generated, Boolean> requested = new ConcurrentHashMap<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(r -> {
        Thread t = new Thread(r, "levin-kernel-warmup");
        t.setDaemon(true);
        return t;
    });

    /** Asks for code to be warmed; later requests for the same code do nothing. */
    void request(Variant v) {
        if (!v.generated.ready() && requested.putIfAbsent(v.generated, true) == null) {
            thread.execute(() -> warm(v.lowered, v.generated));
        }
    }

    /** Warms in the calling thread. Code that does not get fast in time stays unused. */
    static void warm(Lowered lowered, Generated g) {
        int n = ELEMENTS + 3;
        Frame frame = new Frame(lowered.slots().size(), lowered.memoryUses());
        for (Step.Slot s : lowered.slots()) {
            frame.allocate(s.number(), s.kind(), n);
            if (s.kind() == Kind.F) {
                Arrays.fill(frame.f[s.number()], 0.5f);
            }
        }
        try (var arena = Arena.ofConfined()) {
            Arrays.fill(frame.addr, arena.allocate(8L * n, 64).address());
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            boolean all = lowered.reductions().isEmpty() || !VectorFolds.supported() || warmFolds(deadline);
            for (int p = 0; p < g.passes.size(); p++) {
                all &= !g.vector[p] || warm(g.code, p, frame, n, g.passes.get(p).code().size(), deadline);
            }
            if (all) {
                g.setReady();
            }
        }
    }

    private static boolean warm(PassCode code, int pass, Frame frame, int n, int instructions, long deadline) {
        return warm(() -> code.run(pass, frame, 1, n), HOT_NANOS * ELEMENTS * Math.max(8, instructions) + 100, deadline);
    }

    private static boolean warm(Runnable work, long deadline) {
        return warm(work, HOT_NANOS * ELEMENTS, deadline);
    }

    /** Repeats until three batches in a row take less than {@code target} nanoseconds a call. */
    private static boolean warm(Runnable work, double target, long deadline) {
        int quick = 0;
        while (System.nanoTime() < deadline) {
            long start = System.nanoTime();
            for (int k = 0; k < BATCH; k++) {
                work.run();
            }
            quick = (System.nanoTime() - start) / (double) BATCH < target ? quick + 1 : 0;
            if (quick == 3) {
                return true;
            }
        }
        return false;
    }

    private static boolean warmFolds(long deadline) {
        float[] x = new float[ELEMENTS];
        float[] c = new float[ELEMENTS];
        float[] lanes = new float[Folds.LANES];
        return warm(() -> VectorFolds.sum(x, 0, ELEMENTS, lanes), deadline)
                && warm(() -> VectorFolds.max(x, 0, ELEMENTS, lanes), deadline)
                && warm(() -> VectorFolds.min(x, 0, ELEMENTS, lanes), deadline)
                && warm(() -> VectorFolds.add(c, x, 0, ELEMENTS), deadline)
                && warm(() -> VectorFolds.max(c, x, 0, ELEMENTS), deadline)
                && warm(() -> VectorFolds.min(c, x, 0, ELEMENTS), deadline);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
