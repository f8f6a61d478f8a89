package dev.levin.kernel;

/** A kernel ready to be compiled and launched: structure and numbers. */
public record Kernel(KernelSpec spec, Geometry geometry) {
    /** Number of outer elements. */
    public long outer() {
        long n = 1;
        for (int a = 0; a < spec.outerRank(); a++) {
            n *= geometry.extent(a);
        }
        return n;
    }

    /** Number of positions folded into each outer element; 1 for a pointwise kernel. */
    public long reduced() {
        long n = 1;
        for (int a = spec.outerRank(); a < spec.rank(); a++) {
            n *= geometry.extent(a);
        }
        return n;
    }

    /** The program with its extents and accesses, one line each. */
    @Override
    public String toString() {
        return spec.print(geometry);
    }
}
