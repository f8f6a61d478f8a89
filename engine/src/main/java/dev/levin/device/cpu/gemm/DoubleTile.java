package dev.levin.device.cpu.gemm;

import dev.levin.type.DType;
import java.util.Arrays;

/**
 * F64, without the Vector API.
 *
 * <p>Rows of B and of the sums are arrays of their own, so that the inner loop indexes all of them alike: the form C2
 * turns into vector instructions.
 */
final class DoubleTile extends Tile {
    private double[][] a = {};
    private double[][] b = {};
    private double[][] sums = {};

    @Override
    void begin(int rows, int cols, int depth) {
        if (sums.length < rows || sums[0].length < cols || b.length < depth) {
            a = new double[rows][depth];
            b = new double[depth][cols];
            sums = new double[rows][cols];
        } else {
            for (int r = 0; r < rows; r++) {
                Arrays.fill(sums[r], 0.0);
            }
        }
    }

    @Override
    void loadA(DType dtype, long address, long stride, int row, int n) {
        load(dtype, address, stride, a[row], n);
    }

    @Override
    void loadB(DType dtype, long address, long stride, int row, int n) {
        load(dtype, address, stride, b[row], n);
    }

    private static void load(DType dtype, long address, long stride, double[] to, int n) {
        long step = stride * dtype.bytes();
        for (int i = 0; i < n; i++) {
            to[i] = getDouble(dtype, address + i * step);
        }
    }

    @Override
    void multiply(int rows, int cols, int depth) {
        for (int r = 0; r < rows; r++) {
            int k = 0;
            for (; k + 4 <= depth; k += 4) {
                four(sums[r], a[r][k], b[k], a[r][k + 1], b[k + 1], a[r][k + 2], b[k + 2], a[r][k + 3], b[k + 3], cols);
            }
            for (; k < depth; k++) {
                one(sums[r], a[r][k], b[k], cols);
            }
        }
    }

    private static void four(double[] s, double a0, double[] b0, double a1, double[] b1, double a2, double[] b2, double a3, double[] b3, int n) {
        for (int j = 0; j < n; j++) {
            s[j] = s[j] + a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
        }
    }

    private static void one(double[] s, double a0, double[] b0, int n) {
        for (int j = 0; j < n; j++) {
            s[j] = s[j] + a0 * b0[j];
        }
    }

    @Override
    void store(int row, int n, DType dtype, long address, long stride, DType biasType, long bias, boolean accumulate,
            boolean relu) {
        double[] s = sums[row];
        long step = stride * dtype.bytes();
        for (int j = 0; j < n; j++) {
            long at = address + j * step;
            double v = s[j];
            v += biasType == null ? 0.0 : getDouble(biasType, bias + (long) j * biasType.bytes());
            v += accumulate ? getDouble(dtype, at) : 0.0;
            putDouble(dtype, at, relu ? Math.max(v, 0.0) : v);
        }
    }
}
