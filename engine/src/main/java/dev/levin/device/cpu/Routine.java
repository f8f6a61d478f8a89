package dev.levin.device.cpu;

/** One launch that no generated kernel does. Made once for a plan; addresses are given with each run. */
@FunctionalInterface
interface Routine {
    /**
     * @param operands addresses in the order of the call's operands
     * @param result address of the result, which overlaps no operand
     */
    void run(long[] operands, long result);
}
