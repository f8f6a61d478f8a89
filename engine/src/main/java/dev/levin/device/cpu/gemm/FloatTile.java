package dev.levin.device.cpu.gemm;

import dev.levin.type.DType;
import java.util.Arrays;

/**
 * F32, BF16 and F16, summed in F32, without the Vector API.
 *
 * <p>Rows of B and of the sums are arrays of their own, so that the inner loop indexes all of them alike: the form C2
 * turns into vector instructions.
 */
final class FloatTile extends Tile {
    private float[][] a = {};
    private float[][] b = {};
    private float[][] sums = {};

    @Override
    void begin(int rows, int cols, int depth) {
        if (sums.length < rows || sums[0].length < cols || b.length < depth) {
            a = new float[rows][depth];
            b = new float[depth][cols];
            sums = new float[rows][cols];
        } else {
            for (int r = 0; r < rows; r++) {
                Arrays.fill(sums[r], 0f);
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

    private static void load(DType dtype, long address, long stride, float[] to, int n) {
        long step = stride * dtype.bytes();
        for (int i = 0; i < n; i++) {
            to[i] = getFloat(dtype, address + i * step);
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

    private static void four(float[] s, float a0, float[] b0, float a1, float[] b1, float a2, float[] b2, float a3, float[] b3, int n) {
        for (int j = 0; j < n; j++) {
            s[j] = s[j] + a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
        }
    }

    private static void one(float[] s, float a0, float[] b0, int n) {
        for (int j = 0; j < n; j++) {
            s[j] = s[j] + a0 * b0[j];
        }
    }

    @Override
    void store(int row, int n, DType dtype, long address, long stride, DType biasType, long bias, boolean accumulate,
            boolean relu) {
        float[] s = sums[row];
        long step = stride * dtype.bytes();
        for (int j = 0; j < n; j++) {
            long at = address + j * step;
            float v = s[j];
            v += biasType == null ? 0f : getFloat(biasType, bias + (long) j * biasType.bytes());
            v += accumulate ? getFloat(dtype, at) : 0f;
            putFloat(dtype, at, relu ? Math.max(v, 0f) : v);
        }
    }
}
