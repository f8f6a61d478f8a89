package dev.levin.kernel.jvm;

import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs new vector code on dummy data, in one background thread, until the JIT compiler has it. Passes have no effects
 * but on their frame and the memory it points to, so this is invisible but for the time it takes. Kernels take turns, so
 * that the compiler works on one while another gathers its profile.
 */
final class Warmer implements AutoCloseable {
    /** Per element and instruction; compiled code is far below, interpreted or boxing code far above. */
    private static final double HOT_NANOS = 0.25;
    private static final long TURN_NANOS = 100_000_000;
    /** Code that is still slow after so many turns stays unused. */
    private static final int TURNS = 300;
    private static final int ELEMENTS = 512;
    private static final int BATCH = 20;

    private final Map<Generated, Boolean> requested = new ConcurrentHashMap<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(r -> {
        Thread t = new Thread(r, "levin-kernel-warmup");
        t.setDaemon(true);
        return t;
    });
    /** Asks for code to be warmed; later requests for the same code do nothing. */
    void request(Variant v) {
        if (!v.generated.ready() && requested.putIfAbsent(v.generated, true) == null) {
            thread.execute(() -> turn(new Task(v.lowered, v.generated), 1));
        }
    }

    private void turn(Task task, int number) {
        if (task.run(System.nanoTime() + TURN_NANOS)) {
            task.generated.setReady();
        } else if (number < TURNS && !thread.isShutdown()) {
            thread.execute(() -> turn(task, number + 1));
        }
    }

    /** What is left to do for one class. */
    private static final class Task {
        final Generated generated;
        private final Deque<Loop> left = new ArrayDeque<>();

        Task(Lowered lowered, Generated generated) {
            this.generated = generated;
            if (!lowered.reductions().isEmpty() && VectorFolds.supported()) {
                addFolds();
            }
            int n = ELEMENTS + 3;
            Frame frame = new Frame(lowered.slots().size(), lowered.memoryUses());
            for (Step.Slot s : lowered.slots()) {
                frame.allocate(s.number(), s.kind(), n);
                if (s.kind() == Kind.F) {
                    Arrays.fill(frame.f[s.number()], 0.5f);
                }
            }
            var memory = Arena.ofAuto().allocate(8L * n, 64);
            Arrays.fill(frame.addr, memory.address());
            for (int p = 0; p < generated.passes.size(); p++) {
                if (generated.vector[p]) {
                    int pass = p;
                    double target = HOT_NANOS * ELEMENTS * Math.max(8, generated.passes.get(p).code().size()) + 100;
                    left.add(new Loop(() -> {
                        generated.code.run(pass, frame, 1, n);
                        Reference.reachabilityFence(memory);
                    }, target));
                }
            }
        }

        private void addFolds() {
            float[] x = new float[ELEMENTS];
            float[] c = new float[ELEMENTS];
            float[] lanes = new float[Folds.LANES];
            double target = HOT_NANOS * ELEMENTS;
            left.add(new Loop(() -> VectorFolds.sum(x, 0, ELEMENTS, lanes), target));
            left.add(new Loop(() -> VectorFolds.max(x, 0, ELEMENTS, lanes), target));
            left.add(new Loop(() -> VectorFolds.min(x, 0, ELEMENTS, lanes), target));
            left.add(new Loop(() -> VectorFolds.add(c, x, 0, ELEMENTS), target));
            left.add(new Loop(() -> VectorFolds.max(c, x, 0, ELEMENTS), target));
            left.add(new Loop(() -> VectorFolds.min(c, x, 0, ELEMENTS), target));
        }

        /** True when everything is fast. */
        boolean run(long until) {
            while (!left.isEmpty()) {
                if (!left.peek().hot(until)) {
                    return false;
                }
                left.poll();
            }
            return true;
        }
    }

    /** @param target nanoseconds a call of compiled code stays below */
    private record Loop(Runnable work, double target) {
        /** Repeats until three batches in a row are below the target. */
        boolean hot(long until) {
            int quick = 0;
            while (System.nanoTime() < until) {
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
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
