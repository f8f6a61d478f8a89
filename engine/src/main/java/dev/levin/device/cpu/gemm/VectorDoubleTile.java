package dev.levin.device.cpu.gemm;

import dev.levin.type.DType;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** F64 by the Vector API. */
final class VectorDoubleTile extends Tile {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    /** Rows and vectors of the block whose sums stay in registers. */
    private static final int HIGH = 4;
    private static final int WIDE = 2 * LANES;

    private double[] a = {};
    private double[] b = {};
    private double[] sums = {};
    private int lda;
    private int ldb;

    @Override
    void begin(int rows, int cols, int depth) {
        lda = depth;
        ldb = Math.ceilDiv(cols, WIDE) * WIDE;
        int high = Math.ceilDiv(rows, HIGH) * HIGH;
        a = room(a, high * lda);
        b = room(b, depth * ldb);
        sums = room(sums, high * ldb);
        Arrays.fill(sums, 0, high * ldb, 0);
    }

    private static double[] room(double[] old, int n) {
        return old.length >= n ? old : new double[n];
    }

    @Override
    void loadA(DType dtype, long address, long stride, int row, int n) {
        load(dtype, address, stride, a, row * lda, n);
    }

    @Override
    void loadB(DType dtype, long address, long stride, int row, int n) {
        load(dtype, address, stride, b, row * ldb, n);
    }

    private static void load(DType dtype, long address, long stride, double[] to, int at, int n) {
        long step = stride * dtype.bytes();
        for (int i = 0; i < n; i++) {
            to[at + i] = getDouble(dtype, address + i * step);
        }
    }

    @Override
    void multiply(int rows, int cols, int depth) {
        for (int j = 0; j < cols; j += WIDE) {
            for (int r = 0; r < rows; r += HIGH) {
                block(a, r * lda, lda, b, j, ldb, sums, r * ldb + j, depth);
            }
        }
    }

    /** Rows beyond the tile's, up to a multiple of {@link #HIGH}, compute what nobody reads. */
    private static void block(double[] a, int i, int lda, double[] b, int j, int ldb, double[] s, int at, int depth) {
        DoubleVector s00 = DoubleVector.fromArray(SPECIES, s, at);
        DoubleVector s01 = DoubleVector.fromArray(SPECIES, s, at + LANES);
        DoubleVector s10 = DoubleVector.fromArray(SPECIES, s, at + ldb);
        DoubleVector s11 = DoubleVector.fromArray(SPECIES, s, at + ldb + LANES);
        DoubleVector s20 = DoubleVector.fromArray(SPECIES, s, at + 2 * ldb);
        DoubleVector s21 = DoubleVector.fromArray(SPECIES, s, at + 2 * ldb + LANES);
        DoubleVector s30 = DoubleVector.fromArray(SPECIES, s, at + 3 * ldb);
        DoubleVector s31 = DoubleVector.fromArray(SPECIES, s, at + 3 * ldb + LANES);
        for (int k = 0; k < depth; k++) {
            DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, k * ldb + j);
            DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, k * ldb + j + LANES);
            DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[i + k]);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[i + lda + k]);
            s10 = a1.fma(b0, s10);
            s11 = a1.fma(b1, s11);
            DoubleVector a2 = DoubleVector.broadcast(SPECIES, a[i + 2 * lda + k]);
            s20 = a2.fma(b0, s20);
            s21 = a2.fma(b1, s21);
            DoubleVector a3 = DoubleVector.broadcast(SPECIES, a[i + 3 * lda + k]);
            s30 = a3.fma(b0, s30);
            s31 = a3.fma(b1, s31);
        }
        s00.intoArray(s, at);
        s01.intoArray(s, at + LANES);
        s10.intoArray(s, at + ldb);
        s11.intoArray(s, at + ldb + LANES);
        s20.intoArray(s, at + 2 * ldb);
        s21.intoArray(s, at + 2 * ldb + LANES);
        s30.intoArray(s, at + 3 * ldb);
        s31.intoArray(s, at + 3 * ldb + LANES);
    }

    @Override
    void store(int row, int n, DType dtype, long address, long stride, DType biasType, long bias, boolean accumulate,
            boolean relu) {
        long step = stride * dtype.bytes();
        for (int j = 0; j < n; j++) {
            long at = address + j * step;
            double v = sums[row * ldb + j];
            v += biasType == null ? 0 : getDouble(biasType, bias + (long) j * biasType.bytes());
            v += accumulate ? getDouble(dtype, at) : 0;
            putDouble(dtype, at, relu ? Math.max(v, 0) : v);
        }
    }
}
