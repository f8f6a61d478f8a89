package dev.levin.kernel.jvm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Folds of F32 arrays with the Vector API, in exactly the order of {@link Folds}. Loaded only where the module
 * {@code jdk.incubator.vector} is present.
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
            a = a.add(FloatVector.fromArray(SPECIES, x, from + k));
            b = b.add(FloatVector.fromArray(SPECIES, x, from + k + VL));
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
            a = a.add(FloatVector.fromArray(SPECIES, x, from + k));
            b = b.add(FloatVector.fromArray(SPECIES, x, from + k + VL));
            c = c.add(FloatVector.fromArray(SPECIES, x, from + k + 2 * VL));
            d = d.add(FloatVector.fromArray(SPECIES, x, from + k + 3 * VL));
        }
        a.add(c).add(b.add(d)).intoArray(lanes, 0);
        return Folds.halves(lanes, 4);
    }

    static float max(float[] x, int from, int n, float[] lanes) {
        float v = Float.NEGATIVE_INFINITY;
        int main = n & -2 * VL;
        if (main > 0) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, from);
            FloatVector b = FloatVector.fromArray(SPECIES, x, from + VL);
            for (int k = 2 * VL; k < main; k += 2 * VL) {
                a = a.max(FloatVector.fromArray(SPECIES, x, from + k));
                b = b.max(FloatVector.fromArray(SPECIES, x, from + k + VL));
            }
            a.max(b).intoArray(lanes, 0);
            for (int k = 0; k < VL; k++) {
                v = Math.max(v, lanes[k]);
            }
        }
        for (int k = main; k < n; k++) {
            v = Math.max(v, x[from + k]);
        }
        return v;
    }

    static float min(float[] x, int from, int n, float[] lanes) {
        float v = Float.POSITIVE_INFINITY;
        int main = n & -2 * VL;
        if (main > 0) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, from);
            FloatVector b = FloatVector.fromArray(SPECIES, x, from + VL);
            for (int k = 2 * VL; k < main; k += 2 * VL) {
                a = a.min(FloatVector.fromArray(SPECIES, x, from + k));
                b = b.min(FloatVector.fromArray(SPECIES, x, from + k + VL));
            }
            a.min(b).intoArray(lanes, 0);
            for (int k = 0; k < VL; k++) {
                v = Math.min(v, lanes[k]);
            }
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
