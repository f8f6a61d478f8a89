package dev.levin.device.cuda.bind;

import static org.bytedeco.cuda.global.cublas.*;
import static org.bytedeco.cuda.global.cudart.*;

import dev.levin.device.cuda.libraries.AlgorithmCache;
import dev.levin.device.cuda.libraries.LibraryCall;
import dev.levin.device.cuda.libraries.MatmulSpec;
import dev.levin.type.DType;
import java.nio.ByteBuffer;
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
    private static final int CANDIDATES = 8;
    private static final int REPETITIONS = 10;

    private final BytedecoDriver driver;
    private final cublasLtContext handle;
    private final List<Runnable> owned = new ArrayList<>();
    private final cublasLtMatmulDescOpaque_t description;
    private final cublasLtMatrixLayoutOpaque_t first;
    private final cublasLtMatrixLayoutOpaque_t second;
    private final cublasLtMatrixLayoutOpaque_t out;
    /** Holds the memory of the algorithm chosen. */
    private final cublasLtMatmulHeuristicResult_t choices = new cublasLtMatmulHeuristicResult_t(CANDIDATES);
    private cublasLtMatmulAlgo_t algorithm;
    private long workspace;
    private final Pointer one;
    private final Pointer zero;
    private final boolean bias;
    private final Address a = new Address();
    private final Address b = new Address();
    private final Address c = new Address();
    private final Address scratch = new Address();
    private final LongPointer biasAddress = new LongPointer(1);

    private LtMatmul(BytedecoDriver driver, cublasLtContext handle, MatmulSpec s, AlgorithmCache known, boolean tune) {
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
            if (!remember(known.get(s))) {
                choose(made, s, tune);
                byte[] chosen = new byte[64];
                for (int i = 0; i < 8; i++) {
                    ByteBuffer.wrap(chosen).putLong(8 * i, algorithm.data(i));
                }
                known.put(s, chosen);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Takes an algorithm of an earlier process if the library still has it. */
    private boolean remember(byte[] chosen) {
        if (chosen == null || chosen.length != 64) {
            return false;
        }
        cublasLtMatmulAlgo_t old = choices.getPointer(0).algo();
        for (int i = 0; i < 8; i++) {
            old.data(i, ByteBuffer.wrap(chosen).getLong(8 * i));
        }
        cublasLtMatmulHeuristicResult_t checked = new cublasLtMatmulHeuristicResult_t();
        if (cublasLtMatmulAlgoCheck(handle, description, first, second, out, out, old, checked) != 0 || checked.workspaceSize() > WORKSPACE) {
            return false;
        }
        algorithm = old;
        workspace = checked.workspaceSize();
        return true;
    }

    private void choose(PointerPointer<Pointer> made, MatmulSpec s, boolean tune) {
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
                throw new UnsupportedOperationException("cuBLASLt has no algorithm for " + s);
            }
            take(0);
            if (tune && count.get(0) > 1) {
                take(fastest(s, count.get(0)));
            }
        } finally {
            cublasLtMatmulPreferenceDestroy(preference);
        }
    }

    private void take(int candidate) {
        cublasLtMatmulHeuristicResult_t c = choices.getPointer(candidate);
        algorithm = c.algo();
        workspace = c.workspaceSize();
    }

    /** Runs each candidate some times on memory of its own. */
    private int fastest(MatmulSpec s, int candidates) {
        long stream = driver.createStream();
        long from = driver.createEvent(true);
        long to = driver.createEvent(true);
        long bytes = s.type().bytes();
        long spanA = ((s.batches() - 1) * s.batchA() + (s.m() - 1) * s.rowA() + (s.k() - 1) * s.columnA() + 1) * bytes;
        long spanB = ((s.batches() - 1) * s.batchB() + (s.k() - 1) * s.rowB() + (s.n() - 1) * s.columnB() + 1) * bytes;
        long[] sizes = {spanA, spanB, s.n() * bytes, s.batches() * s.m() * s.n() * bytes, WORKSPACE};
        long[] memory = new long[sizes.length];
        try {
            for (int i = 0; i < sizes.length; i++) {
                memory[i] = driver.allocate(sizes[i], stream);
                driver.fill(memory[i], 0, sizes[i], stream);
            }
            int best = 0;
            float least = Float.MAX_VALUE;
            for (int c = 0; c < candidates; c++) {
                if (choices.getPointer(c).state() != 0) {
                    continue;
                }
                take(c);
                run(memory, memory[3], memory[4], stream);
                driver.record(from, stream);
                for (int i = 0; i < REPETITIONS; i++) {
                    run(memory, memory[3], memory[4], stream);
                }
                driver.record(to, stream);
                driver.await(to);
                float time = driver.milliseconds(from, to);
                best = time < least ? c : best;
                least = Math.min(time, least);
            }
            return best;
        } finally {
            for (long m : memory) {
                if (m != 0) {
                    driver.free(m, stream);
                }
            }
            driver.synchronize(stream);
            driver.destroyEvent(from);
            driver.destroyEvent(to);
            driver.destroyStream(stream);
        }
    }

    /** Null if the library has no such product. */
    static LibraryCall of(BytedecoDriver driver, cublasLtContext handle, MatmulSpec s, AlgorithmCache known, boolean tune) {
        boolean layouts = (s.columnA() == 1 || s.rowA() == 1) && (s.columnB() == 1 || s.rowB() == 1);
        // a row of a transposed operand must be at least as long as what is read of it
        boolean spans = (s.columnA() == 1 ? s.rowA() >= s.k() : s.columnA() >= s.m()) && (s.columnB() == 1 ? s.rowB() >= s.n() : s.columnB() >= s.k());
        if (!s.type().isFloat() || !layouts || !spans || Math.max(s.m(), Math.max(s.n(), s.k())) > Integer.MAX_VALUE) {
            return null;
        }
        try {
            return new LtMatmul(driver, handle, s, known, tune);
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
