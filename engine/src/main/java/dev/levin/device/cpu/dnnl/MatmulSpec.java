package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code C[b.., m, n] = post(sum_k A[b.., m, k] B[b.., k, n] + bias[n])} over strided operands.
 *
 * <p>Strides are in elements, one for each batch dimension, then one for the row and one for the column of the matrix as
 * written above; a transposed operand is one with its last two strides exchanged. A batch stride of 0 repeats the operand.
 * C has column stride 1.
 *
 * @param input    type of A and B: F32, BF16 or F16; products are summed in F32
 * @param output   type of C: that of the inputs, or F32
 * @param batch    batch dimensions, possibly none
 * @param bias     type of the bias of n elements, or null if there is none
 */
public record MatmulSpec(DType input, DType output, List<Long> batch, long m, long n, long k, List<Long> aStrides,
        List<Long> bStrides, List<Long> cStrides, DType bias, PostOps post) {

    public MatmulSpec {
        batch = List.copyOf(batch);
        aStrides = List.copyOf(aStrides);
        bStrides = List.copyOf(bStrides);
        cStrides = List.copyOf(cStrides);
        int rank = batch.size() + 2;
        if (aStrides.size() != rank || bStrides.size() != rank || cStrides.size() != rank) {
            throw new IllegalArgumentException("a product with " + batch.size() + " batch dimensions needs " + rank
                    + " strides an operand, not " + aStrides.size() + ", " + bStrides.size() + " and " + cStrides.size());
        }
        if (m < 0 || n < 0 || k < 0 || batch.stream().anyMatch(b -> b < 0)) {
            throw new IllegalArgumentException("negative size in " + batch + " x [" + m + ", " + k + "] x [" + k + ", " + n
                    + "]");
        }
        if (output != input && output != DType.F32) {
            throw new IllegalArgumentException("a product of " + input + " is stored as " + input + " or F32, not " + output);
        }
    }

    /** {@code [m, k] x [k, n]}, dense, row-major. */
    public static MatmulSpec dense(DType dtype, long m, long k, long n) {
        return of(dtype, m, k, n, false, false);
    }

    /**
     * {@code [m, k] x [k, n]} of dense operands, each stored as it is written or transposed.
     *
     * @param transposeA A is stored as {@code [k, m]}
     * @param transposeB B is stored as {@code [n, k]}, as the weight of a linear layer is
     */
    public static MatmulSpec of(DType dtype, long m, long k, long n, boolean transposeA, boolean transposeB) {
        return new MatmulSpec(dtype, dtype, List.of(), m, n, k, transposeA ? List.of(1L, m) : List.of(k, 1L),
                transposeB ? List.of(1L, k) : List.of(n, 1L), List.of(n, 1L), null, PostOps.NONE);
    }

    /** This product for {@code count} dense matrices one after the other. */
    public MatmulSpec batched(long count) {
        return new MatmulSpec(input, output, with(count, batch), m, n, k, with(m * k, aStrides), with(k * n, bStrides),
                with(m * n, cStrides), bias, post);
    }

    private static List<Long> with(long first, List<Long> rest) {
        var all = new ArrayList<Long>();
        all.add(first);
        all.addAll(rest);
        return all;
    }

    /** This product with a bias of type {@code type} added. */
    public MatmulSpec withBias(DType type) {
        return new MatmulSpec(input, output, batch, m, n, k, aStrides, bStrides, cStrides, type, post);
    }

    /** This product stored as {@code type}. */
    public MatmulSpec withOutput(DType type) {
        return new MatmulSpec(input, type, batch, m, n, k, aStrides, bStrides, cStrides, bias, post);
    }

    /** This product followed by {@code ops}. */
    public MatmulSpec withPost(PostOps ops) {
        return new MatmulSpec(input, output, batch, m, n, k, aStrides, bStrides, cStrides, bias, ops);
    }

    /** Multiplications and additions. */
    public double flops() {
        return 2.0 * m * n * k * batch.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
    }

    /** The same product with as few batch dimensions as its strides allow. */
    public MatmulSpec merged() {
        var dims = new ArrayList<>(batch);
        var strides = List.of(new ArrayList<>(aStrides), new ArrayList<>(bStrides), new ArrayList<>(cStrides));
        for (int i = dims.size() - 1; i >= 0; i--) {
            int at = i;
            if (dims.get(i) == 1) {
                dims.remove(at);
                strides.forEach(s -> s.remove(at));
            } else if (i + 1 < dims.size()
                    && strides.stream().allMatch(s -> s.get(at) == s.get(at + 1) * (long) dims.get(at + 1))) {
                dims.set(i, dims.get(i) * dims.get(i + 1));
                dims.remove(at + 1);
                strides.forEach(s -> s.remove(at));
            }
        }
        return new MatmulSpec(input, output, dims, m, n, k, strides.get(0), strides.get(1), strides.get(2), bias, post);
    }
}
