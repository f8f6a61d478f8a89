package dev.levin.kernel;

/**
 * How an access uses an index computed by the kernel: it adds {@code stride * index}, and the index must lie in
 * {@code [0, extent)}. What happens otherwise is said by {@link Value.Load#policy()}.
 */
public record Pick(long stride, long extent) {
    @Override
    public String toString() {
        return stride + "*[0.." + extent + ")";
    }
}
