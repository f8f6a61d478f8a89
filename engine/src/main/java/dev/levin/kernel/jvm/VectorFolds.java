package dev.levin.kernel.jvm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Folds of F32 arrays with the Vector API, in exactly the order of {@link Folds}. Loaded only where the module
 * {@code jdk.incubator.vector} is present.
 *
 * <p>In the loops the loaded vector is the receiver, the accumulator the argument: the class of the former is known at
 * once. That of an accumulator is known only after what computes it is inlined, so that with the accumulator as receiver
 * the JIT compiler depends on a type profile, and without one (on a busy machine it may have none) calls a method for each
 * vector for ever.
 */
final class VectorFolds {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int VL = SPECIES.length();

    private VectorFolds() {
    }

    /** True if the registers divide the 32 lanes of a sum into two or four accumulators. */
    static boolean supported() {
        return VL == 16 || VL == 8;
    }

    /** Sum of the lanes {@code from} to {@code from + main}, where {@code main} is a positive multiple of 32. */
    static float sum(float[] x, int from, int main, float[] lanes) {
        return VL == 16 ? sum16(x, from, main, lanes) : sum8(x, from, main, lanes);
    }

    private static float sum16(float[] x, int from, int main, float[] lanes) {
        FloatVector a = FloatVector.fromArray(SPECIES, x, from);
        FloatVector b = FloatVector.fromArray(SPECIES, x, from + VL);
        for (int k = 2 * VL; k < main; k += 2 * VL) {
            a = FloatVector.fromArray(SPECIES, x, from + k).add(a);
            b = FloatVector.fromArray(SPECIES, x, from + k + VL).add(b);
        }
        a.add(b).intoArray(lanes, 0);
        return Folds.halves(lanes, 8);
    }

    private static float sum8(float[] x, int from, int main, float[] lanes) {
        FloatVector a = FloatVector.fromArray(SPECIES, x, from);
        FloatVector b = FloatVector.fromArray(SPECIES, x, from + VL);
        FloatVector c = FloatVector.fromArray(SPECIES, x, from + 2 * VL);
        FloatVector d = FloatVector.fromArray(SPECIES, x, from + 3 * VL);
        for (int k = 4 * VL; k < main; k += 4 * VL) {
            a = FloatVector.fromArray(SPECIES, x, from + k).add(a);
            b = FloatVector.fromArray(SPECIES, x, from + k + VL).add(b);
            c = FloatVector.fromArray(SPECIES, x, from + k + 2 * VL).add(c);
            d = FloatVector.fromArray(SPECIES, x, from + k + 3 * VL).add(d);
        }
        a.add(c).add(b.add(d)).intoArray(lanes, 0);
        return Folds.halves(lanes, 4);
    }

    static float max(float[] x, int from, int n) {
        float v = Float.NEGATIVE_INFINITY;
        int main = n & -2 * VL;
        if (main > 0) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, from);
            FloatVector b = FloatVector.fromArray(SPECIES, x, from + VL);
            for (int k = 2 * VL; k < main; k += 2 * VL) {
                a = FloatVector.fromArray(SPECIES, x, from + k).max(a);
                b = FloatVector.fromArray(SPECIES, x, from + k + VL).max(b);
            }
            v = a.max(b).reduceLanes(VectorOperators.MAX);
        }
        for (int k = main; k < n; k++) {
            v = Math.max(v, x[from + k]);
        }
        return v;
    }

    static float min(float[] x, int from, int n) {
        float v = Float.POSITIVE_INFINITY;
        int main = n & -2 * VL;
        if (main > 0) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, from);
            FloatVector b = FloatVector.fromArray(SPECIES, x, from + VL);
            for (int k = 2 * VL; k < main; k += 2 * VL) {
                a = FloatVector.fromArray(SPECIES, x, from + k).min(a);
                b = FloatVector.fromArray(SPECIES, x, from + k + VL).min(b);
            }
            v = a.min(b).reduceLanes(VectorOperators.MIN);
        }
        for (int k = main; k < n; k++) {
            v = Math.min(v, x[from + k]);
        }
        return v;
    }

    /** {@code c[j] += x[from + j]}. */
    static void add(float[] c, float[] x, int from, int n) {
        int j = 0;
        for (; j <= n - VL; j += VL) {
            FloatVector.fromArray(SPECIES, c, j).add(FloatVector.fromArray(SPECIES, x, from + j)).intoArray(c, j);
        }
        for (; j < n; j++) {
            c[j] += x[from + j];
        }
    }

    static void max(float[] c, float[] x, int from, int n) {
        int j = 0;
        for (; j <= n - VL; j += VL) {
            FloatVector.fromArray(SPECIES, c, j).max(FloatVector.fromArray(SPECIES, x, from + j)).intoArray(c, j);
        }
        for (; j < n; j++) {
            c[j] = Math.max(c[j], x[from + j]);
        }
    }

    static void min(float[] c, float[] x, int from, int n) {
        int j = 0;
        for (; j <= n - VL; j += VL) {
            FloatVector.fromArray(SPECIES, c, j).min(FloatVector.fromArray(SPECIES, x, from + j)).intoArray(c, j);
        }
        for (; j < n; j++) {
            c[j] = Math.min(c[j], x[from + j]);
        }
    }
}
