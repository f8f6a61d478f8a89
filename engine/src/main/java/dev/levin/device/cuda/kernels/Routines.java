package dev.levin.device.cuda.kernels;

import dev.levin.kernel.cuda.Types;
import dev.levin.type.DType;

/** The hand-written kernels, by what they do. Argument blocks are those of the structs in {@code routines.cuh}. */
public final class Routines {
    private static final int THREADS = 256;

    private Routines() {
    }

    private static String types(DType d) {
        return "<" + Types.memory(d) + ", " + RoutineKernel.accumulator(d) + ">(a)";
    }

    private static String type(DType d) {
        return "<" + Types.memory(d) + ">(a)";
    }

    public static RoutineKernel matmul(DType d) {
        return RoutineKernel.of("matmul", "MatmulArgs", THREADS, types(d));
    }

    /** Bias, addend and RELU after a product or convolution. */
    public static RoutineKernel epilogue(DType d) {
        return RoutineKernel.of("epilogue", "EpilogueArgs", THREADS, type(d));
    }

    /** Matrices turned over, for images with their channels first or last. */
    public static RoutineKernel transpose(DType d) {
        return RoutineKernel.of("transpose", "TransposeArgs", THREADS, type(d));
    }

    /** @param name {@code conv_forward}, {@code conv_data} or {@code conv_weights} */
    public static RoutineKernel convolution(String name, DType d) {
        return RoutineKernel.of(name, "ConvArgs", THREADS, types(d));
    }

    /** @param name {@code pool_max} or {@code pool_argmax} */
    public static RoutineKernel poolMax(String name, DType d) {
        return RoutineKernel.of(name, "PoolArgs", THREADS, type(d));
    }

    /** @param name {@code pool_max_grad}, {@code pool_sum} or {@code pool_sum_grad} */
    public static RoutineKernel pool(String name, DType d) {
        return RoutineKernel.of(name, "PoolArgs", THREADS, types(d));
    }

    public static RoutineKernel take(DType d) {
        return RoutineKernel.of("take", "IndexArgs", THREADS, type(d));
    }

    public static RoutineKernel indexAdd(DType d) {
        return RoutineKernel.of("index_add", "IndexArgs", THREADS, types(d));
    }

    public static RoutineKernel scatter(DType d) {
        return RoutineKernel.of("scatter", "ScatterArgs", THREADS, type(d));
    }

    public static RoutineKernel fold(DType d) {
        return RoutineKernel.of("fold", "FoldArgs", THREADS, types(d));
    }

    /** @param fold {@code ScanSum}, {@code ScanProd}, {@code ScanMax}, {@code ScanMin} or {@code ScanLogSumExp} */
    public static RoutineKernel scan(String fold, DType d) {
        return RoutineKernel.of("scan", "ScanArgs", 128, "<" + Types.memory(d) + ", " + RoutineKernel.accumulator(d) + ", " + fold + ">(a)");
    }

    public static RoutineKernel argScan(DType d, boolean smallest) {
        return RoutineKernel.of("arg_scan", "ScanArgs", THREADS, "<" + Types.memory(d) + ">(a, " + smallest + ")");
    }

    public static RoutineKernel sortStart(DType d) {
        return RoutineKernel.of("sort_start", "SortArgs", THREADS, type(d));
    }

    public static RoutineKernel sortMerge() {
        return RoutineKernel.of("sort_merge", "SortArgs", THREADS, "(a)");
    }

    public static RoutineKernel sortEnd() {
        return RoutineKernel.of("sort_end", "SortArgs", THREADS, "(a)");
    }
}
