package dev.levin.device.cuda.execution;

import dev.levin.plan.Plan;
import java.util.Map;

/** One launch of a plan with everything it needs. */
interface Step {
    /** The launch it does, for errors. */
    Plan.Launch launch();

    /** CUDA C++ by kernel name. */
    Map<String, String> texts();

    /** Bytes of memory it works in. */
    long scratchBytes();

    /** False if it waits for the host. */
    boolean capturable();

    /** Whether it may find an error in the user's data. */
    boolean mayFail();

    /** Looks up its functions; once, after they are compiled. */
    void link(CudaRuntime runtime);

    /**
     * Takes over addresses.
     *
     * @param storage address of each storage
     * @param scratch address of {@link #scratchBytes} bytes
     * @param trap address of the error block
     */
    void bind(long[] storage, long scratch, long trap, CudaRuntime runtime);

    /** Puts the work on the stream. */
    void run(CudaRuntime runtime);

    /** Gives library handles back. */
    default void close() {
    }
}
