package dev.levin.graph;

import dev.levin.type.DType;

/**
 * Trace-time casting policy of mixed precision: contractions take 16-bit operands, numerically delicate functions F32.
 *
 * @param lower F16 or BF16, the type in which contractions read their operands
 */
public record Autocast(DType lower) {
    public Autocast {
        if (!lower.isHalf()) {
            throw new IllegalArgumentException("autocast lowers to F16 or BF16, not to " + lower);
        }
    }

    /** Operand of a matrix product or convolution under the current policy. */
    public static Node contraction(Node x) {
        Autocast policy = Context.current().autocast();
        return policy == null || !x.dtype().isFloat() || x.dtype() == DType.F64 ? x : Nodes.cast(x, policy.lower);
    }

    /** Operand of a function that must not lose precision (softmax, norms, losses, exp, log, pow). */
    public static Node delicate(Node x) {
        return Context.current().autocast() == null || !x.dtype().isHalf() ? x : Nodes.cast(x, DType.F32);
    }
}
