package dev.levin.device.cpu.gemm;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.dnnl.PostOps.Activation;
import dev.levin.type.DType;
import java.util.function.Supplier;

/**
 * A matrix product of any element type, over the strides and with the bias of a {@link MatmulSpec}.
 *
 * <p>F32, BF16 and F16 are summed in F32, F64 in F64, integers modulo their width. Every element of C is summed in one
 * order that depends on k alone: results are the same with any number of threads. Activations other than RELU are left
 * to the caller. Thread-safe.
 */
public final class JavaGemm {
    /** Rows and columns of a tile and the length of the sums between two visits to its accumulators. */
    private static final int ROWS = 64;
    private static final int COLS = 256;
    private static final int DEPTH = 128;
    /** Multiplications a task should have; smaller matrices share a task. */
    private static final double TASK_WORK = 1e5;

    private final Team team;
    private final MatmulSpec spec;
    private final Supplier<Tile> tiles;
    private final int rowTiles;
    private final int colTiles;
    private final long matrices;
    private final int perTask;

    /**
     * Prepares a product.
     *
     * @throws IllegalArgumentException if {@link #supports} says no
     */
    public JavaGemm(Team team, MatmulSpec spec) {
        this(team, spec, VectorTiles.AVAILABLE);
    }

    JavaGemm(Team team, MatmulSpec spec, boolean vector) {
        if (!supports(spec)) {
            throw new IllegalArgumentException("no product in Java for " + spec.input() + " with " + spec.post().activation()
                    + "; BOOL has no product, and activations other than RELU are separate kernels");
        }
        this.team = team;
        this.spec = spec;
        tiles = tiles(spec.input(), vector);
        rowTiles = Math.toIntExact(Math.ceilDiv(spec.m(), ROWS));
        colTiles = Math.toIntExact(Math.ceilDiv(spec.n(), COLS));
        matrices = spec.batch().stream().reduce(1L, (a, b) -> a * b);
        double work = (double) Math.min(spec.m(), ROWS) * Math.min(spec.n(), COLS) * Math.max(1, spec.k());
        perTask = rowTiles * colTiles == 1 ? Math.clamp((long) (TASK_WORK / work), 1, 1 << 20) : 1;
    }

    /** Every type but BOOL; no activation but RELU. */
    public static boolean supports(MatmulSpec spec) {
        return spec.input() != DType.BOOL
                && (spec.post().activation() == Activation.NONE || spec.post().activation() == Activation.RELU);
    }

    private static Supplier<Tile> tiles(DType dtype, boolean vector) {
        return switch (dtype) {
            case F32, BF16, F16 -> vector ? VectorTiles::floats : FloatTile::new;
            case F64 -> vector ? VectorTiles::doubles : DoubleTile::new;
            case I64 -> LongTile::new;
            default -> IntTile::new;
        };
    }

    /** Computes C over raw addresses; {@code bias} is ignored if there is none. Returns when C is complete. */
    public void run(long a, long b, long bias, long c) {
        if (matrices * rowTiles * colTiles == 0) {
            return;
        }
        int each = rowTiles * colTiles;
        long tasks = perTask > 1 ? Math.ceilDiv(matrices, perTask) : matrices * each;
        team.run(Math.toIntExact(tasks), task -> {
            Tile tile = tiles.get();
            if (perTask > 1) {
                long end = Math.min(matrices, (long) (task + 1) * perTask);
                for (long i = (long) task * perTask; i < end; i++) {
                    tile(tile, i, 0, 0, a, b, bias, c);
                }
            } else {
                tile(tile, task / each, task % each / colTiles, task % colTiles, a, b, bias, c);
            }
        });
    }

    private void tile(Tile tile, long matrix, int row, int col, long a, long b, long bias, long c) {
        int nb = spec.batch().size();
        long offsetA = 0;
        long offsetB = 0;
        long offsetC = 0;
        for (int i = nb - 1; i >= 0; i--) {
            long at = matrix % spec.batch().get(i);
            matrix /= spec.batch().get(i);
            offsetA += at * spec.aStrides().get(i);
            offsetB += at * spec.bStrides().get(i);
            offsetC += at * spec.cStrides().get(i);
        }
        long m0 = (long) row * ROWS;
        long n0 = (long) col * COLS;
        int rows = (int) Math.min(ROWS, spec.m() - m0);
        int cols = (int) Math.min(COLS, spec.n() - n0);
        long aRow = spec.aStrides().get(nb);
        long aCol = spec.aStrides().get(nb + 1);
        long bRow = spec.bStrides().get(nb);
        long bCol = spec.bStrides().get(nb + 1);
        long cRow = spec.cStrides().get(nb);
        long cCol = spec.cStrides().get(nb + 1);
        tile.begin(rows, cols, (int) Math.min(DEPTH, spec.k()));
        int width = spec.input().bytes();
        for (long k0 = 0; k0 < spec.k(); k0 += DEPTH) {
            int depth = (int) Math.min(DEPTH, spec.k() - k0);
            for (int r = 0; r < rows; r++) {
                tile.loadA(spec.input(), a + (offsetA + (m0 + r) * aRow + k0 * aCol) * width, aCol, r, depth);
            }
            for (int k = 0; k < depth; k++) {
                tile.loadB(spec.input(), b + (offsetB + (k0 + k) * bRow + n0 * bCol) * width, bCol, k, cols);
            }
            tile.multiply(rows, cols, depth);
        }
        boolean relu = spec.post().activation() == Activation.RELU;
        for (int r = 0; r < rows; r++) {
            tile.store(r, cols, spec.output(), c + (offsetC + (m0 + r) * cRow + n0 * cCol) * spec.output().bytes(), cCol,
                    spec.bias(), spec.bias() == null ? 0 : bias + n0 * spec.bias().bytes(), spec.post().accumulate(), relu);
        }
    }
}
