package dev.levin.kernel.jvm;

import dev.levin.kernel.Access;
import dev.levin.kernel.Geometry;
import dev.levin.kernel.Kernel;
import dev.levin.kernel.KernelSpec;
import dev.levin.kernel.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * How the domain is cut into tiles. A tile is a box of {@code mTile} rows (along {@code axisM}) times {@code nTile} lanes
 * (along {@code axisN}); the other axes are fixed in it. Everything here follows from the kernel alone, so the order of
 * every sum does too.
 *
 * @param axisM axis of rows, -1 for none
 * @param axisN axis of lanes, -1 for none
 * @param kept the outer axes that are not a side of the tile
 * @param reduced the reduced axes that are not a side of the tile
 * @param whole one tile covers all reduced positions, so values can stay in scratch from stage to stage
 * @param chunks independent pieces into which the reduced positions are cut, 1 for none
 */
record Tiling(Mode mode, int axisM, int axisN, int mTile, int nTile, List<Integer> kept, List<Integer> reduced,
        boolean whole, int chunks) {
    /** Which side of a tile is folded. */
    enum Mode {
        POINTWISE,
        /** Lanes are reduced: one result for each row. */
        ROWS,
        /** Rows are reduced: one result for each lane. */
        COLUMNS
    }

    /** Elements of a tile that streams through the cache. */
    private static final int BLOCK = 2048;
    /** Elements of a tile that stays for several stages. */
    private static final int WHOLE = 16384;
    /** Rows added up in F32 before their sum goes to F64. */
    private static final int MAX_ROWS = 128;

    /** Lanes of the widest register that holds F32. */
    private static final int SHORT = 16;

    /** Extent of one side of a tile. */
    static long extent(Kernel k, int axis) {
        return axis < 0 ? 1 : k.geometry().extent(axis);
    }

    static Tiling of(Kernel kernel) {
        KernelSpec spec = kernel.spec();
        boolean reduces = spec.hasReduction();
        int n = laneAxis(kernel);
        Mode mode = !reduces ? Mode.POINTWISE : spec.isReduced(n) ? Mode.ROWS : Mode.COLUMNS;
        int m = -1;
        for (int a = 0; a < spec.rank(); a++) {
            boolean candidate = a != n && (mode == Mode.POINTWISE || spec.isReduced(a) == (mode == Mode.COLUMNS));
            if (candidate && extent(kernel, a) > 1) {
                m = a;
            }
        }
        var kept = new ArrayList<Integer>();
        var reduced = new ArrayList<Integer>();
        for (int a = 0; a < spec.rank(); a++) {
            if (a != m && a != n) {
                (spec.isReduced(a) ? reduced : kept).add(a);
            }
        }
        long mExtent = Math.max(1, extent(kernel, m));
        long nExtent = Math.max(1, extent(kernel, n));
        boolean staged = stages(spec) > 1 && reduced.isEmpty();
        boolean whole = false;
        long mTile;
        long nTile;
        switch (mode) {
            case POINTWISE -> {
                nTile = Math.min(nExtent, BLOCK);
                mTile = Math.clamp(BLOCK / nTile, 1, mExtent);
            }
            case ROWS -> {
                whole = staged && nExtent <= WHOLE;
                nTile = whole ? nExtent : Math.min(nExtent, BLOCK);
                mTile = nTile < nExtent ? 1 : Math.clamp(BLOCK / nTile, 1, mExtent);
            }
            default -> {
                whole = staged && mExtent * Math.min(nExtent, 16) <= WHOLE;
                nTile = Math.min(nExtent, whole ? Math.clamp(WHOLE / 2 / mExtent, 16, 512) : 256);
                mTile = whole ? mExtent : Math.clamp(4 * BLOCK / nTile, 1, Math.min(mExtent, MAX_ROWS));
            }
        }
        var plain = new Tiling(mode, m, n, (int) mTile, (int) nTile, kept, reduced, whole, 1);
        return plain.withChunks(kernel);
    }

    /** Few results from many elements: cut the reduced positions, so that several threads have work. */
    private Tiling withChunks(Kernel kernel) {
        long tiles = reducedTiles(kernel);
        boolean single = stages(kernel.spec()) <= 1;
        if (mode == Mode.POINTWISE || !single || tiles < 2 || keptTiles(kernel) >= 8
                || kernel.outer() * kernel.reduced() < 1 << 16) {
            return this;
        }
        return new Tiling(mode, axisM, axisN, mTile, nTile, kept, reduced, whole, (int) Math.min(tiles, 64));
    }

    /** Number of passes over the reduced positions. */
    static int stages(KernelSpec spec) {
        int[] level = spec.levels();
        int last = 0;
        for (Value v : spec.values()) {
            if (v instanceof Value.Reduce r) {
                last = Math.max(last, level[r.operand()] + 1);
            }
        }
        for (var s : spec.stores()) {
            if (!s.outer() && spec.hasReduction()) {
                last = Math.max(last, level[s.value()] + 1);
            }
        }
        return last;
    }

    long keptTiles(Kernel k) {
        long tiles = count(k, kept);
        if (mode != Mode.COLUMNS) {
            tiles *= ceil(extent(k, axisM), mTile);
        }
        if (mode != Mode.ROWS) {
            tiles *= ceil(extent(k, axisN), nTile);
        }
        return tiles;
    }

    long reducedTiles(Kernel k) {
        return switch (mode) {
            case POINTWISE -> 1;
            case ROWS -> count(k, reduced) * ceil(extent(k, axisN), nTile);
            case COLUMNS -> count(k, reduced) * ceil(extent(k, axisM), mTile);
        };
    }

    private static long count(Kernel k, List<Integer> axes) {
        long n = 1;
        for (int a : axes) {
            n *= extent(k, a);
        }
        return n;
    }

    static long ceil(long n, long by) {
        return (n + by - 1) / by;
    }

    /** The side along which results lie. */
    Form keptForm() {
        return mode == Mode.ROWS ? Form.ROW : mode == Mode.COLUMNS ? Form.LANE : Form.FULL;
    }

    /** The axis along which most bytes are contiguous; later axes win ties. */
    private static int laneAxis(Kernel kernel) {
        KernelSpec spec = kernel.spec();
        Geometry g = kernel.geometry();
        int best = -1;
        long bestScore = -1;
        for (int a = 0; a < spec.rank(); a++) {
            if (extent(kernel, a) == 1 && !(a == spec.rank() - 1 && best < 0)) {
                continue;
            }
            long score = 0;
            for (Value v : spec.values()) {
                if (v instanceof Value.Load load) {
                    score += contiguous(spec, g, g.accesses().get(load.access()), a);
                }
            }
            for (var s : spec.stores()) {
                if (!s.outer()) {
                    score += contiguous(spec, g, g.accesses().get(s.access()), a);
                }
            }
            // a very short side makes short loops
            if (g.extent(a) < 8) {
                score /= 4;
            }
            if (score >= bestScore) {
                bestScore = score;
                best = a;
            }
        }
        if (spec.hasReduction() && best >= spec.outerRank() && g.extent(best) < SHORT) {
            return manyRows(kernel, best);
        }
        return best;
    }

    /** Rows shorter than a register: if there are many, lay lanes across them and fold down the columns. */
    private static int manyRows(Kernel kernel, int lanes) {
        int best = lanes;
        long most = 2 * SHORT - 1;
        for (int a = 0; a < kernel.spec().outerRank(); a++) {
            if (extent(kernel, a) > most) {
                best = a;
                most = extent(kernel, a);
            }
        }
        return best;
    }

    private static long contiguous(KernelSpec spec, Geometry g, Access access, int axis) {
        if (access.index().stride(axis) != 1 || !access.index().isAffineIn(axis)) {
            return 0;
        }
        long weight = 1;
        for (int a = 0; a < spec.rank(); a++) {
            if (access.dependsOn(a)) {
                weight = Math.min(weight * g.extent(a), 1L << 40);
            }
        }
        return weight;
    }
}
