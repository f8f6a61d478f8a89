package dev.levin.device.cpu.dnnl;

import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.type.DType;
import java.util.List;

/**
 * A compiled matrix product. A large matrix is cut into tiles of rows and columns, many small ones into groups; K is never
 * cut, so every element of C is one sum in one order whatever the number of threads.
 *
 * <p>{@code dnnl_sgemm} is not used: measured on AVX-512, the primitive on column tiles reaches the same speed, and unlike
 * {@code dnnl_sgemm} it returns the same bits for every way of cutting.
 */
public final class Matmul {
    /** Work below which a product is not worth a second thread, and the unit in which tiles are counted. */
    private static final double TILE_FLOPS = 8e6;
    private static final double GROUP_FLOPS = 4e6;
    private static final int MAX_TASKS = 64;
    /** Matrices smaller than this go to the library many at a time. */
    private static final double LOOP_FLOPS = 1e6;
    private static final long MIN_EDGE = 64;

    private final Dnnl dnnl;
    private final MatmulSpec spec;
    private final Operand a;
    private final Operand b;
    private final Operand c;
    private final Reorder packA;
    private final Reorder packB;
    private final long matrices;
    private final Execution execution;

    /** How the product is cut. */
    private sealed interface Execution permits Tiles, Groups {
    }

    /** Matrix by matrix; a task is a tile of one or several whole matrices. */
    private record Tiles(Split batch, Split rows, Split cols, Compiled[] byShape) implements Execution {
        int tasks() {
            return batch.count() * rows.count() * cols.count();
        }
    }

    /** Entries of the first batch dimension, each with all the matrices below it, in one library call. */
    private record Groups(Split.Parts parts) implements Execution {
    }

    Matmul(Dnnl dnnl, MatmulSpec asked) {
        this.dnnl = dnnl;
        spec = asked.merged();
        if (spec.k() == 0) {
            throw new IllegalArgumentException("a product over k = 0 elements is all zeros; fill the result instead");
        }
        DnnlLayout.code(spec.input());
        a = Operand.of("A", spec.input(), spec.batch(), spec.m(), spec.k(), spec.aStrides());
        b = Operand.of("B", spec.input(), spec.batch(), spec.k(), spec.n(), spec.bStrides());
        c = Operand.of("C", spec.output(), spec.batch(), spec.m(), spec.n(), spec.cStrides());
        matrices = spec.batch().stream().reduce(1L, (x, y) -> x * y);
        if (c.packFrom() != null || c.colStride() != 1 && spec.m() * spec.n() > 0) {
            throw new IllegalArgumentException("C of a product must have column stride 1, not " + spec.cStrides()
                    + "; write to a dense tensor and copy");
        }
        for (int i = 0; i < c.batch().length; i++) {
            if (c.batch()[i] == 0 && spec.batch().get(i) > 1) {
                throw new IllegalArgumentException("C of a product has batch stride 0: " + spec.cStrides());
            }
        }
        boolean empty = matrices * spec.m() * spec.n() == 0;
        packA = empty ? null : pack(a);
        packB = empty ? null : pack(b);
        execution = empty ? null : plan();
    }

    private Execution plan() {
        double each = 2.0 * spec.m() * spec.n() * spec.k();
        if (matrices > 1 && spec.batch().size() <= 2 && each < LOOP_FLOPS) {
            Groups g = groups(each);
            if (g != null) {
                return g;
            }
        }
        double wanted = Math.sqrt(each * matrices / TILE_FLOPS);
        Split batch = Split.of(matrices, each, GROUP_FLOPS, MAX_TASKS);
        Split rows = Split.whole(spec.m());
        Split cols = Split.whole(spec.n());
        // Batches first, since cutting a matrix means reading (and packing) one operand again for each part.
        for (double tasks = matrices; tasks < Math.min(wanted, MAX_TASKS); tasks *= 2) {
            boolean cutCols = cols.size() >= 2 * MIN_EDGE && (cols.size() > rows.size() || rows.size() < 2 * MIN_EDGE);
            if (cutCols) {
                cols = halved(cols, 64);
            } else if (rows.size() >= 2 * MIN_EDGE) {
                rows = halved(rows, 16);
            } else {
                break;
            }
        }
        if (rows.count() * cols.count() > 1) {
            batch = new Split(matrices, 1);
        }
        var shapes = new Compiled[4];
        for (int i = 0; i < 4; i++) {
            long r = (i & 2) == 0 ? rows.size() : rows.rows(rows.count() - 1);
            long n = (i & 1) == 0 ? cols.size() : cols.rows(cols.count() - 1);
            shapes[i] = (i & 2) != 0 && r == rows.size() ? shapes[i & 1]
                    : (i & 1) != 0 && n == cols.size() ? shapes[i & 2] : tile(r, n);
            shapes[i].acquire().release();
        }
        return new Tiles(batch, rows, cols, shapes);
    }

    private static Split halved(Split s, long granule) {
        return new Split(s.total(), Math.ceilDiv(Math.ceilDiv(s.size(), 2), granule) * granule);
    }

    private Groups groups(double each) {
        long outer = spec.batch().getFirst();
        // oneDNN mixes up matrices of two batch dimensions that no single stride reaches: one dimension a call.
        Split split = spec.batch().size() == 2 ? new Split(outer, 1)
                : Split.of(outer, each * matrices / outer, GROUP_FLOPS, MAX_TASKS);
        try {
            Split.Parts parts = split.compile(n -> compiled(a.batchTile(n, spec.batch()), b.batchTile(n, spec.batch()),
                    c.batchTile(n, spec.batch())));
            for (Compiled part : List.of(parts.main(), parts.tail())) {
                Primitive p = part.acquire();
                boolean slow = p.isReference();
                p.release();
                if (slow) {
                    return null;
                }
            }
            return new Groups(parts);
        } catch (DnnlException e) {
            if (e.isUnsupported()) {
                return null;
            }
            throw e;
        }
    }

    private Compiled tile(long rows, long cols) {
        return compiled(a.tile(rows, spec.k()), b.tile(spec.k(), cols), c.tile(rows, cols));
    }

    private Compiled compiled(DnnlLayout la, DnnlLayout lb, DnnlLayout lc) {
        record Key(DnnlLayout a, DnnlLayout b, DnnlLayout c, DType bias, PostOps post) { }
        var key = new Key(la, lb, lc, spec.bias(), spec.post().library());
        Object what = new Object() {
            @Override
            public String toString() {
                return "matmul " + la + " x " + lb + " -> " + lc + (spec.bias() == null ? "" : " + bias " + spec.bias())
                        + (spec.post().library().isEmpty() ? "" : " " + spec.post().library());
            }
        };
        return dnnl.compiled(key, () -> {
            long[] biasDims = lc.dims();
            for (int i = 0; i < biasDims.length - 1; i++) {
                biasDims[i] = 1;
            }
            DnnlLayout bias = spec.bias() == null ? null : DnnlLayout.plain(spec.bias(), biasDims);
            return dnnl.build(what, s -> Fn.dnnl_matmul_primitive_desc_create.make(what, dnnl.engine(), s.desc(la),
                    s.desc(lb), s.desc(bias), s.desc(lc), s.attributes(spec.post().library())),
                    Primitive.SRC, Primitive.WEIGHTS, Primitive.BIAS, Primitive.DST);
        });
    }

    /** What this product computes, with batch dimensions merged where possible. */
    public MatmulSpec spec() {
        return spec;
    }

    /** The library's kernel, for reports, e.g. {@code brg_matmul:avx512_core}. */
    public String implementation() {
        Compiled any = switch (execution) {
            case null -> null;
            case Tiles t -> t.byShape[0];
            case Groups g -> g.parts.main();
        };
        if (any == null) {
            return "empty";
        }
        Primitive p = any.acquire();
        try {
            return p.implementation();
        } finally {
            p.release();
        }
    }

    /** False if the library has only its slow reference kernel for this; a generated kernel is then the better choice. */
    public boolean isOptimized() {
        return !implementation().contains("ref:");
    }

    /** Number of tasks the product is cut into. */
    public int tasks() {
        return switch (execution) {
            case null -> 0;
            case Tiles t -> t.tasks();
            case Groups g -> g.parts.split().count();
        };
    }

    /**
     * Computes C. Returns when it is complete.
     *
     * @param biasAddress address of the bias; ignored if the specification has none
     */
    public void run(long aAddress, long bAddress, long biasAddress, long cAddress) {
        if (execution == null) {
            return;
        }
        if (packA == null && packB == null) {
            compute(aAddress, bAddress, biasAddress, cAddress);
            return;
        }
        Slot slot = dnnl.takeSlot();
        try {
            compute(Reorder.stage(packA, slot, Slot.Use.FIRST, aAddress),
                    Reorder.stage(packB, slot, Slot.Use.SECOND, bAddress), biasAddress, cAddress);
        } finally {
            dnnl.giveSlot(slot);
        }
    }

    private Reorder pack(Operand o) {
        return o.packFrom() == null ? null
                : new Reorder(dnnl, o.packFrom(), DnnlLayout.plain(o.dtype(), o.packFrom().dims()));
    }

    private void compute(long pa, long pb, long bias, long pc) {
        switch (execution) {
            case Groups g -> g.parts.run(dnnl, (p, slot, task, first) -> {
                p.execute(slot, pa + first * a.batch()[0] * a.dtype().bytes(), pb + first * b.batch()[0] * b.dtype().bytes(),
                        bias, pc + first * c.batch()[0] * c.dtype().bytes());
                long inner = matrices / spec.batch().getFirst();
                long end = (first + g.parts.split().rows(task)) * inner;
                for (long i = first * inner; spec.post().isRelu() && i < end; i++) {
                    relu(pc + c.batchOffset(i, spec.batch()), spec.m(), spec.n());
                }
            });
            case Tiles t -> runTiles(t, pa, pb, bias, pc);
        }
    }

    private void relu(long address, long rows, long cols) {
        if (c.rowStride() == cols) {
            Relu.inPlace(c.dtype(), address, rows * cols);
            return;
        }
        for (long r = 0; r < rows; r++) {
            Relu.inPlace(c.dtype(), address + c.offset(r, 0), cols);
        }
    }

    private void runTiles(Tiles t, long pa, long pb, long bias, long pc) {
        var primitives = new Primitive[4];
        try {
            for (int i = 0; i < 4; i++) {
                primitives[i] = t.byShape[i].acquire();
            }
            int nr = t.rows.count();
            int nc = t.cols.count();
            dnnl.team().run(t.tasks(), task -> {
                int col = task % nc;
                int row = task / nc % nr;
                int group = task / nc / nr;
                Primitive p = primitives[(row == nr - 1 ? 2 : 0) + (col == nc - 1 ? 1 : 0)];
                long m0 = t.rows.first(row);
                long n0 = t.cols.first(col);
                long biasAt = spec.bias() == null ? 0 : bias + n0 * spec.bias().bytes();
                Slot slot = dnnl.takeSlot();
                try {
                    long end = t.batch.first(group) + t.batch.rows(group);
                    for (long i = t.batch.first(group); i < end; i++) {
                        long to = pc + c.batchOffset(i, spec.batch()) + c.offset(m0, n0);
                        p.execute(slot, pa + a.batchOffset(i, spec.batch()) + a.offset(m0, 0),
                                pb + b.batchOffset(i, spec.batch()) + b.offset(0, n0), biasAt, to);
                        if (spec.post().isRelu()) {
                            relu(to, t.rows.rows(row), t.cols.rows(col));
                        }
                    }
                } finally {
                    dnnl.giveSlot(slot);
                }
            });
        } finally {
            for (Primitive p : primitives) {
                if (p != null) {
                    p.release();
                }
            }
        }
    }
}
