package dev.levin.check;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Program;
import dev.levin.graph.Variable;
import dev.levin.type.HostArray;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs random programs on a device and compares every result with the reference interpreter.
 *
 * <p>A program has 5 to 60 instructions: functions, views, reductions, scans, indexing, contractions, random bits and
 * variables that it reads and assigns; it is run three times, so that state carries over. A failure is shrunk to the
 * fewest instructions that still fail. A seed names one program for ever.
 */
public final class Fuzzer {
    private static final int RUNS = 3;

    private final Supplier<Backend> device;

    /** @param device makes the backend under test; asked again for each program, so it may give a new or the same one */
    public Fuzzer(Supplier<Backend> device) {
        this.device = device;
    }

    /**
     * A program that a device got wrong.
     *
     * @param seed number of the program, for {@link #check}
     * @param message what differs, or what was thrown
     * @param sample the shrunk program
     * @param cause what was thrown; null for a wrong result
     */
    public record Failure(long seed, String message, Sample sample, Throwable cause) {
        @Override
        public String toString() {
            return "seed " + seed + ": " + message + "\n" + sample;
        }
    }

    /**
     * What a session of fuzzing did.
     *
     * @param programs number of programs run
     * @param instructions of all programs
     * @param compared elements compared
     * @param uncertain those that differ by more than random roundings moved them, so that only their enclosure could judge them
     */
    public record Report(long programs, long instructions, long compared, long uncertain, List<Failure> failures) {
        @Override
        public String toString() {
            StringBuilder b = new StringBuilder(programs + " programs, " + instructions + " instructions, " + compared + " elements compared, "
                    + uncertain + " judged by their enclosure, " + failures.size() + " failures\n");
            failures.forEach(f -> b.append('\n').append(f));
            return b.toString();
        }
    }

    /** Runs programs from a seed on, until the time is over or so many have failed; each failure is also handed on at once. */
    public Report run(Duration time, long firstSeed, int maxFailures, Consumer<Failure> onFailure) {
        return run(time, firstSeed, Long.MAX_VALUE, maxFailures, onFailure);
    }

    /** As above, and at most {@code mostPrograms}, so that a fast machine tries no others than a slow one. */
    public Report run(Duration time, long firstSeed, long mostPrograms, int maxFailures, Consumer<Failure> onFailure) {
        long end = System.nanoTime() + time.toNanos();
        Tally tally = new Tally();
        List<Failure> failures = new ArrayList<>();
        for (long seed = firstSeed; System.nanoTime() < end && seed - firstSeed < mostPrograms && failures.size() < maxFailures; seed++) {
            Failure f = check(seed, tally);
            if (f != null) {
                failures.add(f);
                onFailure.accept(f);
            }
        }
        return new Report(tally.programs, tally.instructions, tally.compared, tally.uncertain, List.copyOf(failures));
    }

    /** Runs one program; null if the device agrees. */
    public Failure check(long seed) {
        return check(seed, new Tally());
    }

    private Failure check(long seed, Tally tally) {
        Sample sample = new GraphGenerator(seed).generate();
        Problem problem = problem(sample, tally);
        if (problem == null) {
            return null;
        }
        Sample small = new Shrinker(s -> problem(s, new Tally()) != null).shrink(sample);
        Problem last = problem(small, new Tally());
        return last == null ? new Failure(seed, problem.message, sample, problem.cause) : new Failure(seed, last.message, small, last.cause);
    }

    /** The program of a seed. */
    public static Sample sample(long seed) {
        return new GraphGenerator(seed).generate();
    }

    private static final class Tally {
        private long programs;
        private long instructions;
        private long compared;
        private long uncertain;
    }

    private record Problem(String message, Throwable cause) {
    }

    private Problem problem(Sample sample, Tally tally) {
        Comparison comparison = new Comparison(new Oracle(sample, RUNS));
        List<HostArray> actual;
        try {
            actual = run(sample);
        } catch (RuntimeException | Error e) {
            return new Problem("threw " + e, e);
        }
        String difference = comparison.difference(actual);
        tally.programs++;
        tally.instructions += sample.program().size();
        tally.compared += comparison.compared();
        tally.uncertain += comparison.uncertain();
        return difference == null ? null : new Problem(difference, null);
    }

    private List<HostArray> run(Sample sample) {
        Backend backend = device.get();
        Executable plan = backend.compile(sample.program());
        Object[] leaves = sample.bind(backend.device());
        List<HostArray> results = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            for (Buffer b : plan.run(leaves)) {
                results.add(b.toHost().copy());
            }
        }
        for (Program.Assign a : sample.program().assigns()) {
            results.add(((Variable) leaves[a.slot()]).buffer().toHost().copy());
        }
        return results;
    }
}
