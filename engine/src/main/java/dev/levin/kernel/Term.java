package dev.levin.kernel;

/**
 * One summand of an index: {@code stride * ((i / div) mod mod)}, where {@code i} is the index of {@code axis}.
 *
 * @param axis position in the kernel's axis list, outer axes first
 * @param stride elements; may be negative
 * @param div at least 1
 * @param mod 0 for no modulus
 */
public record Term(int axis, long stride, long div, long mod) {
    public Term {
        if (axis < 0 || div < 1 || mod < 0) {
            throw new IllegalArgumentException("a term needs axis >= 0, div >= 1 and mod >= 0 (0 = none), got axis " + axis
                    + ", div " + div + ", mod " + mod);
        }
    }

    /** {@code stride * i}. */
    public static Term of(int axis, long stride) {
        return new Term(axis, stride, 1, 0);
    }

    public boolean isAffine() {
        return div == 1 && mod == 0;
    }

    public long value(long i) {
        long q = i / div;
        return stride * (mod == 0 ? q : q % mod);
    }

    @Override
    public String toString() {
        String i = "a" + axis;
        if (div != 1) {
            i = "(" + i + "/" + div + ")";
        }
        if (mod != 0) {
            i = "(" + i + "%" + mod + ")";
        }
        return stride == 1 ? i : stride + "*" + i;
    }
}
