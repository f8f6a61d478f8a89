package dev.levin.kernel.jvm;

/**
 * A kernel as JVM code, for one geometry. Thread-safe. The work is cut into units that may run in any order and on any
 * thread; how many there are follows from the kernel alone, and no result depends on who runs which.
 *
 * <pre>{@code
 * CompiledKernel.Launch launch = compiled.launch(addresses, uniforms);
 * team.parallel(launch.units(), launch::run);     // run(from, to) on each thread
 * launch.finish();                                // once, after all units
 * }</pre>
 */
public interface CompiledKernel {
    /** Name in profilers. */
    String name();

    /** Positions of the domain, outer times reduced: a measure for whether splitting pays. */
    long size();

    /**
     * Binds arguments.
     *
     * @param addresses of the buffers, in the order of the spec; element offsets in accesses count from there
     * @param uniforms the block {@code u[slot]}; may be empty if the kernel has no uniforms
     */
    Launch launch(long[] addresses, double[] uniforms);

    /** One execution of a kernel. */
    interface Launch {
        /** Prepares another run of a launch that has finished; the code may have become faster since. The first run needs none. */
        void again();

        /** Number of units; zero if the kernel has no elements. */
        int units();

        /** Runs the units {@code from} (inclusive) to {@code to} (exclusive). */
        void run(int from, int to);

        /** Completes reductions that were cut into pieces. Call once when all units have run; does nothing otherwise. */
        void finish();
    }

    /** Binds and runs everything in the calling thread. */
    default void run(long[] addresses, double[] uniforms) {
        Launch l = launch(addresses, uniforms);
        l.run(0, l.units());
        l.finish();
    }
}
