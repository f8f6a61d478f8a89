package dev.levin.device.cuda.execution;

import java.util.List;

/** What a call of a plan does. */
interface Routine {
    /** Hand-written kernels it uses. */
    default List<TextLaunch> kernels() {
        return List.of();
    }

    default long scratchBytes() {
        return 0;
    }

    default boolean capturable() {
        return true;
    }

    default boolean mayFail() {
        return false;
    }

    /**
     * @param x addresses of the operands in the call's order
     * @param y address of the result, which overlaps no operand
     * @param scratch address of {@link #scratchBytes} bytes, aligned to 256
     * @param trap address of the error block
     */
    void run(CudaRuntime runtime, long[] x, long y, long scratch, long trap);

    default void close() {
    }
}
