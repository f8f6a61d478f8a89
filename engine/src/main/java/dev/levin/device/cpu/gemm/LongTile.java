package dev.levin.device.cpu.gemm;

import dev.levin.type.DType;
import java.util.Arrays;

/**
 * I64, modulo 2<sup>64</sup>.
 *
 * <p>Rows of B and of the sums are arrays of their own, so that the inner loop indexes all of them alike: the form C2
 * turns into vector instructions.
 */
final class LongTile extends Tile {
    private long[][] a = {};
    private long[][] b = {};
    private long[][] sums = {};

    @Override
    void begin(int rows, int cols, int depth) {
        if (sums.length < rows || sums[0].length < cols || b.length < depth) {
            a = new long[rows][depth];
            b = new long[depth][cols];
            sums = new long[rows][cols];
        } else {
            for (int r = 0; r < rows; r++) {
                Arrays.fill(sums[r], 0L);
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

    private static void load(DType dtype, long address, long stride, long[] to, int n) {
        long step = stride * dtype.bytes();
        for (int i = 0; i < n; i++) {
            to[i] = getLong(dtype, address + i * step);
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

    private static void four(long[] s, long a0, long[] b0, long a1, long[] b1, long a2, long[] b2, long a3, long[] b3, int n) {
        for (int j = 0; j < n; j++) {
            s[j] = s[j] + a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
        }
    }

    private static void one(long[] s, long a0, long[] b0, int n) {
        for (int j = 0; j < n; j++) {
            s[j] = s[j] + a0 * b0[j];
        }
    }

    @Override
    void store(int row, int n, DType dtype, long address, long stride, DType biasType, long bias, boolean accumulate,
            boolean relu) {
        long[] s = sums[row];
        long step = stride * dtype.bytes();
        for (int j = 0; j < n; j++) {
            long at = address + j * step;
            long v = s[j];
            v += biasType == null ? 0L : getLong(biasType, bias + (long) j * biasType.bytes());
            v += accumulate ? getLong(dtype, at) : 0L;
            putLong(dtype, at, relu ? Math.max(v, 0L) : v);
        }
    }
}
