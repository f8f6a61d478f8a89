package dev.levin.device.cpu;

/** A routine that may read its second operand, a weight, from a copy in an order of its own. */
interface CopyingRoutine extends Routine {
    /** Position of the weight among the operands. */
    int WEIGHT = 1;

    /** Bytes of the copy; 0 if the weight is read where it is. */
    long copyBytes();

    /** Copies the weight to where {@link #runCopied} reads it. */
    void copy(long weight, long to);

    /** Like {@link #run} with a copy that {@link #copy} made. */
    void runCopied(long[] operands, long copy, long result);
}
