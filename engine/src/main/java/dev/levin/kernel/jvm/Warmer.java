package dev.levin.kernel.jvm;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;

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
    /** Values that take every branch of the scalar code for the last lanes. */
    private static final float[] SAMPLES = {0.5f, -0.25f, 3, -20, 0, 1, 1e20f, -1e20f, 1e-40f, 100, Float.NaN,
        Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f, 0.75f, -1.5f, 8};

    private final Map<Generated, Boolean> requested = new ConcurrentHashMap<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(r -> {
        Thread t = new Thread(r, "levin-kernel-warmup");
        t.setDaemon(true);
        return t;
    });
    /** Asks for code to be warmed; later requests for the same code do nothing. */
    void request(Variant v) {
        if (!thread.isShutdown() && !v.generated.ready() && requested.putIfAbsent(v.generated, true) == null) {
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
            int capacity = 8 * ELEMENTS;
            Frame frame = new Frame(lowered.slots().size(), lowered.memoryUses());
            for (Step.Slot s : lowered.slots()) {
                frame.allocate(s.number(), s.kind(), capacity);
                fill(frame, s, capacity);
            }
            var memory = Arena.ofAuto().allocate(8L * capacity, 64);
            for (int k = 0; k < capacity; k++) {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, k, SAMPLES[k % SAMPLES.length]);
            }
            Arrays.fill(frame.addr, memory.address());
            for (int p = 0; p < generated.passes.size(); p++) {
                if (generated.vector[p]) {
                    int pass = p;
                    double target = HOT_NANOS * ELEMENTS * Math.max(8, generated.passes.get(p).code().size()) + 200;
                    left.add(new Loop(() -> {
                        rows(generated.code, pass, frame);
                        Reference.reachabilityFence(memory);
                    }, target));
                }
            }
        }

        /** One, some and no full registers a row, one and several rows: no branch may look as if it were never taken. */
        private static void rows(PassCode code, int pass, Frame frame) {
            code.run(pass, frame, 1, ELEMENTS / 2);
            code.run(pass, frame, 3, 64);
            code.run(pass, frame, 2, 21);
            code.run(pass, frame, 2, 3);
        }

        private static void fill(Frame f, Step.Slot s, int n) {
            for (int k = 0; k < n; k++) {
                float v = SAMPLES[k % SAMPLES.length];
                switch (s.kind()) {
                    case F -> f.f[s.number()][k] = v;
                    case D -> f.d[s.number()][k] = v;
                    case I -> f.i[s.number()][k] = (int) v;
                    default -> f.l[s.number()][k] = (long) v;
                }
            }
        }

        private void addFolds() {
            float[] x = new float[ELEMENTS];
            float[] c = new float[ELEMENTS];
            float[] lanes = new float[Folds.LANES];
            double target = 2 * HOT_NANOS * ELEMENTS;
            add(n -> VectorFolds.sum(x, 0, Math.max(32, n), lanes), target);
            add(n -> VectorFolds.max(x, 0, n), target);
            add(n -> VectorFolds.min(x, 0, n), target);
            add(n -> VectorFolds.add(c, x, 0, n), target);
            add(n -> VectorFolds.max(c, x, 0, n), target);
            add(n -> VectorFolds.min(c, x, 0, n), target);
        }

        private void add(IntConsumer fold, double target) {
            left.add(new Loop(() -> {
                fold.accept(ELEMENTS);
                fold.accept(64);
                fold.accept(32);
                fold.accept(7);
            }, target));
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
