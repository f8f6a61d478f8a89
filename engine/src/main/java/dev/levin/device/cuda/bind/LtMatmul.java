package dev.levin.device.cuda.bind;

import static org.bytedeco.cuda.global.cublas.*;
import static org.bytedeco.cuda.global.cudart.*;

import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.device.cuda.libraries.MatmulSpec;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulAlgo_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * A product by cuBLASLt. The library counts column by column, Levin row by row: it is asked for the transposed result,
 * with the operands exchanged.
 */
final class LtMatmul implements LibraryCall {
    private static final long WORKSPACE = 32L << 20;
    private static final int CANDIDATES = 4;

    private final BytedecoDriver driver;
    private final cublasLtContext handle;
    private final List<Runnable> owned = new ArrayList<>();
    private final cublasLtMatmulDescOpaque_t description;
    private final cublasLtMatrixLayoutOpaque_t first;
    private final cublasLtMatrixLayoutOpaque_t second;
    private final cublasLtMatrixLayoutOpaque_t out;
    /** Holds the memory of the algorithm chosen. */
    private final cublasLtMatmulHeuristicResult_t choices = new cublasLtMatmulHeuristicResult_t(CANDIDATES);
    private final cublasLtMatmulAlgo_t algorithm;
    private final long workspace;
    private final Pointer one;
    private final Pointer zero;
    private final boolean bias;
    private final Address a = new Address();
    private final Address b = new Address();
    private final Address c = new Address();
    private final Address scratch = new Address();
    private final LongPointer biasAddress = new LongPointer(1);

    private LtMatmul(BytedecoDriver driver, cublasLtContext handle, MatmulSpec s) {
        this.driver = driver;
        this.handle = handle;
        bias = s.bias();
        boolean wide = s.type() == DType.F64;
        int type = type(s.type());
        int compute = wide ? CUBLAS_COMPUTE_64F : s.type() == DType.F32 && s.tf32() ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
        one = wide ? new DoublePointer(new double[] {1}) : new FloatPointer(new float[] {1});
        zero = wide ? new DoublePointer(new double[] {0}) : new FloatPointer(new float[] {0});
        try (PointerScope _ = new PointerScope()) {
            PointerPointer<Pointer> made = new PointerPointer<>(1);
            Status.cublas(cublasLtMatmulDescCreate(made, compute, wide ? CUDA_R_64F : CUDA_R_32F), "cublasLtMatmulDescCreate");
            description = new cublasLtMatmulDescOpaque_t(made.get(0));
            owned.add(() -> cublasLtMatmulDescDestroy(description));
            // row-major b[k, n] is column-major [n, k]: not transposed if its columns are neighbours
            boolean transposeB = s.columnB() != 1;
            boolean transposeA = s.columnA() != 1;
            set(CUBLASLT_MATMUL_DESC_TRANSA, transposeB ? CUBLAS_OP_T : CUBLAS_OP_N);
            set(CUBLASLT_MATMUL_DESC_TRANSB, transposeA ? CUBLAS_OP_T : CUBLAS_OP_N);
            set(CUBLASLT_MATMUL_DESC_EPILOGUE, bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT);
            if (bias) {
                set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, type);
            }
            first = transposeB ? layout(type, s.k(), s.n(), s.columnB(), s.batches(), s.batchB())
                    : layout(type, s.n(), s.k(), s.rowB(), s.batches(), s.batchB());
            second = transposeA ? layout(type, s.m(), s.k(), s.columnA(), s.batches(), s.batchA())
                    : layout(type, s.k(), s.m(), s.rowA(), s.batches(), s.batchA());
            out = layout(type, s.n(), s.m(), s.n(), s.batches(), s.m() * s.n());
            Status.cublas(cublasLtMatmulPreferenceCreate(made), "cublasLtMatmulPreferenceCreate");
            var preference = new cublasLtMatmulPreferenceOpaque_t(made.get(0));
            try {
                Status.cublas(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                        new LongPointer(new long[] {WORKSPACE}), 8), "workspace preference");
                // views may start at any element
                for (int which : new int[] {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES}) {
                    int alignment = which == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES ? s.alignmentB() : s.alignmentA();
                    Status.cublas(cublasLtMatmulPreferenceSetAttribute(preference, which, new IntPointer(new int[] {alignment}), 4), "alignment preference");
                }
                IntPointer count = new IntPointer(1);
                int r = cublasLtMatmulAlgoGetHeuristic(handle, description, first, second, out, out, preference, CANDIDATES, choices, count);
                if (r != 0 || count.get(0) == 0) {
                    close();
                    throw new UnsupportedOperationException("cuBLASLt has no algorithm for " + s);
                }
            } finally {
                cublasLtMatmulPreferenceDestroy(preference);
            }
        }
        algorithm = choices.algo();
        workspace = choices.workspaceSize();
    }

    /** Null if the library has no such product. */
    static LibraryCall of(BytedecoDriver driver, cublasLtContext handle, MatmulSpec s) {
        boolean layouts = (s.columnA() == 1 || s.rowA() == 1) && (s.columnB() == 1 || s.rowB() == 1);
        // a row of a transposed operand must be at least as long as what is read of it
        boolean spans = (s.columnA() == 1 ? s.rowA() >= s.k() : s.columnA() >= s.m()) && (s.columnB() == 1 ? s.rowB() >= s.n() : s.columnB() >= s.k());
        if (!s.type().isFloat() || !layouts || !spans || Math.max(s.m(), Math.max(s.n(), s.k())) > Integer.MAX_VALUE) {
            return null;
        }
        try {
            return new LtMatmul(driver, handle, s);
        } catch (UnsupportedOperationException e) {
            return null;
        }
    }

    private static int type(DType d) {
        return switch (d) {
            case F32 -> CUDA_R_32F;
            case F64 -> CUDA_R_64F;
            case F16 -> CUDA_R_16F;
            case BF16 -> CUDA_R_16BF;
            default -> throw new UnsupportedOperationException("cuBLASLt has no products of " + d);
        };
    }

    private void set(int attribute, int value) {
        Status.cublas(cublasLtMatmulDescSetAttribute(description, attribute, new IntPointer(new int[] {value}), 4), "cublasLtMatmulDescSetAttribute " + attribute);
    }

    private cublasLtMatrixLayoutOpaque_t layout(int type, long rows, long columns, long leading, long batches, long step) {
        PointerPointer<Pointer> made = new PointerPointer<>(1);
        Status.cublas(cublasLtMatrixLayoutCreate(made, type, rows, columns, leading), "cublasLtMatrixLayoutCreate");
        var layout = new cublasLtMatrixLayoutOpaque_t(made.get(0));
        owned.add(() -> cublasLtMatrixLayoutDestroy(layout));
        if (batches > 1) {
            Status.cublas(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT,
                    new IntPointer(new int[] {Math.toIntExact(batches)}), 4), "batch count");
            Status.cublas(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                    new LongPointer(new long[] {step}), 8), "batch stride");
        }
        return layout;
    }

    @Override
    public long workspaceBytes() {
        return workspace;
    }

    @Override
    public void run(long[] operands, long result, long workspaceAddress, long stream) {
        if (bias) {
            biasAddress.put(0, operands[2]);
            Status.cublas(cublasLtMatmulDescSetAttribute(description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, biasAddress, 8), "bias pointer");
        }
        Pointer d = c.at(result);
        Status.cublas(cublasLtMatmul(handle, description, one, a.at(operands[1]), first, b.at(operands[0]), second, zero, d, out, d, out, algorithm,
                scratch.at(workspaceAddress), workspace, driver.stream(stream)), "cublasLtMatmul");
    }

    @Override
    public void close() {
        owned.reversed().forEach(Runnable::run);
        owned.clear();
        choices.close();
        one.close();
        zero.close();
        biasAddress.close();
    }
}
