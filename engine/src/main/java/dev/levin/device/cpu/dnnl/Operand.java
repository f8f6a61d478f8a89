package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;
import java.util.List;

/**
 * One matrix operand of a product as the library can read it: one of the two matrix strides is 1. Anything else is copied
 * to scratch memory first ({@link #packFrom} is then not null).
 *
 * @param batch    elements between entries of each batch dimension, 0 where the operand is repeated
 * @param packFrom layout to copy from before use, or null if the operand is used where it is
 */
record Operand(DType dtype, long rows, long cols, long[] batch, long rowStride, long colStride, DnnlLayout packFrom) {

    /** Chooses strides for dimensions of size 1 freely, and packs what has no unit stride. */
    static Operand of(String name, DType dtype, List<Long> batchDims, long rows, long cols, List<Long> strides) {
        int nb = batchDims.size();
        long rs = strides.get(nb);
        long cs = strides.get(nb + 1);
        long[] batch = new long[nb];
        for (int i = 0; i < nb; i++) {
            batch[i] = batchDims.get(i) == 1 ? 0 : strides.get(i);
            if (batch[i] < 0) {
                throw negative(name, strides);
            }
        }
        if (rs < 0 || cs < 0) {
            throw negative(name, strides);
        }
        if (cols == 1) {
            cs = 1;
            rs = rows == 1 ? 1 : rs;
        } else if (rows == 1) {
            rs = cs == 1 ? cols : 1;
        }
        if (cs == 1 && rs >= cols || rs == 1 && cs >= rows) {
            return new Operand(dtype, rows, cols, batch, rs, cs, null);
        }
        if (rs == 0 || cs == 0) {
            throw new IllegalArgumentException(name + " of a product repeats elements inside a matrix (strides " + strides
                    + "); copy it to a dense tensor first");
        }
        return packed(dtype, batchDims, rows, cols, batch, rs, cs);
    }

    private static IllegalArgumentException negative(String name, List<Long> strides) {
        return new IllegalArgumentException(name + " of a product has a negative stride: " + strides
                + "; copy it to a dense tensor first");
    }

    private static Operand packed(DType dtype, List<Long> batchDims, long rows, long cols, long[] batch, long rs, long cs) {
        int nb = batch.length;
        long[] dims = new long[nb + 2];
        long[] from = new long[nb + 2];
        for (int i = 0; i < nb; i++) {
            dims[i] = batch[i] == 0 ? 1 : batchDims.get(i);
            from[i] = batch[i] == 0 ? rows * rs + cols * cs : batch[i];
        }
        dims[nb] = rows;
        dims[nb + 1] = cols;
        from[nb] = rs;
        from[nb + 1] = cs;
        long[] dense = DnnlLayout.denseStrides(dims);
        long[] packedBatch = new long[nb];
        for (int i = 0; i < nb; i++) {
            packedBatch[i] = batch[i] == 0 ? 0 : dense[i];
        }
        return new Operand(dtype, rows, cols, packedBatch, cols, 1, DnnlLayout.strided(dtype, dims, from));
    }

    /** Bytes from the operand's start to element (row, col). */
    long offset(long row, long col) {
        return (row * rowStride + col * colStride) * dtype.bytes();
    }

    /** Bytes from the operand's start to the matrix with this index in row-major order of {@code batchDims}. */
    long batchOffset(long index, List<Long> batchDims) {
        long at = 0;
        for (int i = batch.length - 1; i >= 0; i--) {
            long d = batchDims.get(i);
            at += index % d * batch[i];
            index /= d;
        }
        return at * dtype.bytes();
    }

    /** The layout of a {@code rows x cols} part. */
    DnnlLayout tile(long rows, long cols) {
        // A single row or column keeps the stride the library expects of the whole.
        long rs = colStride == 1 ? Math.max(rowStride, cols) : rowStride;
        long cs = colStride == 1 ? 1 : Math.max(colStride, rows);
        return DnnlLayout.strided(dtype, new long[] {rows, cols}, new long[] {rs, cs});
    }

    /** The layout of {@code outer} entries of the first batch dimension and all of the others. */
    DnnlLayout batchTile(long outer, List<Long> batchDims) {
        int nb = batch.length;
        long[] dims = new long[nb + 2];
        long[] strides = new long[nb + 2];
        for (int i = 0; i < nb; i++) {
            dims[i] = batch[i] == 0 ? 1 : i == 0 ? outer : batchDims.get(i);
            strides[i] = batch[i] == 0 ? rows * Math.max(1, rowStride) + cols * Math.max(1, colStride) : batch[i];
        }
        dims[nb] = rows;
        dims[nb + 1] = cols;
        strides[nb] = rowStride;
        strides[nb + 1] = colStride;
        return DnnlLayout.strided(dtype, dims, strides);
    }
}
