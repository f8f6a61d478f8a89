package dev.levin.device.cuda.libraries;

import dev.levin.type.DType;

/**
 * {@code batches} products c[m, n] = a[m, k] b[k, n] (+ bias[n]), row-major with any strides for a and b, dense for c.
 * Strides count elements.
 *
 * @param batchA elements from one a to the next
 * @param alignmentA bytes of which the address of every a is a multiple; a power of two up to 256
 * @param bias whether a vector of n elements is added to each row
 * @param tf32 whether F32 products may round their operands to 10 bits of mantissa
 */
public record MatmulSpec(DType type, long batches, long m, long n, long k, long rowA, long columnA, long batchA, long rowB, long columnB,
        long batchB, int alignmentA, int alignmentB, boolean bias, boolean tf32) {
}
