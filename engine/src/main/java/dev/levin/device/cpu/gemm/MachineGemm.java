package dev.levin.device.cpu.gemm;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.MatmulSpec;
import dev.levin.device.cpu.dnnl.PostOps.Activation;
import dev.levin.kernel.x64.CodeMemory;
import dev.levin.kernel.x64.Cpu;
import dev.levin.type.DType;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Optional;

/**
 * An F32 matrix product in machine code of processors with AVX-512, over the strides and with the bias of a
 * {@link MatmulSpec}.
 *
 * <p>A task computes rows by columns of one matrix, or several whole matrices: for each stretch of k it copies A (if rows
 * of tiles do not lie along k) and as many columns of B as stay in the second-level cache, and runs tiles over them; tasks
 * of several threads share copies that are made first. Every element is summed in one order that depends on k alone: the
 * same bits with any number of threads. Thread-safe.
 */
public final class MachineGemm {
    private static final MethodHandle COMPUTE = Cpu.avx512() ? Linker.nativeLinker().downcallHandle(
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG)) : null;
    private static final MethodHandle PACK = Cpu.avx512() ? Linker.nativeLinker().downcallHandle(FunctionDescriptor.ofVoid(
            ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)) : null;

    private static final int ROWS = GemmCode.ROWS;
    private static final int PANEL = GemmCode.PANEL;
    private static final int VECTOR_BYTES = GemmCode.VECTOR;
    /** Longest stretch of k. */
    private static final long DEPTH = 384;
    /** Bytes of B that are copied at a time: they, what is copied next and rows of A share the second-level cache. */
    private static final long COPIED = 280 << 10;
    /** Bytes of A that a thread copies at a time, if it copies for itself. */
    private static final long MOST_OWN = 8 << 20;
    /** Rows from which copying B pays. */
    private static final long COPY_B_ROWS = 128;
    /** Columns from which copying A pays. */
    private static final long COPY_A_COLUMNS = 192;
    /** What one task copies. */
    private static final int TILES_A_COPY = 16;
    private static final int BLOCKS_A_COPY = 2;
    /** Bytes of both operands up to which tasks share copies. */
    private static final long MOST_COPIED = 64 << 20;
    /** Elements of an operand that cost less than a call of a library. */
    private static final long SMALL = 512;
    /** Multiplications and additions a task should have at least. */
    private static final double TASK_FLOPS = 2e6;

    private final Team team;
    private final MatmulSpec spec;
    private final long aRow;
    private final long aCol;
    private final long bRow;
    private final long bCol;
    private final long cRow;
    private final int depth;
    private final boolean packsA;
    private final boolean packsB;
    private final int panels;
    private final boolean tail;
    private final int blockPanels;
    private final long matrices;
    private final MemorySegment compute;
    private final MemorySegment packA;
    private final MemorySegment packB;

    private MachineGemm(Team team, MatmulSpec s) {
        this.team = team;
        spec = s;
        int nb = s.batch().size();
        aRow = 4 * s.aStrides().get(nb);
        aCol = 4 * s.aStrides().get(nb + 1);
        bRow = 4 * s.bStrides().get(nb);
        bCol = 4 * s.bStrides().get(nb + 1);
        cRow = 4 * s.cStrides().get(nb);
        matrices = s.batch().stream().reduce(1L, (x, y) -> x * y);
        long stretches = Math.ceilDiv(s.k(), DEPTH);
        depth = Math.toIntExact(Math.ceilDiv(Math.ceilDiv(s.k(), stretches), 16) * 16);
        packsA = aCol != 4 && s.n() >= COPY_A_COLUMNS;
        packsB = bCol != 4 || s.m() >= COPY_B_ROWS;
        int n = Math.toIntExact(s.n());
        int rowTail = (int) (s.m() % ROWS);
        panels = GemmCode.panels(n);
        tail = GemmCode.tails(n).length > 0;
        int panelBytes = packsB ? depth * PANEL * 4 : PANEL * 4;
        blockPanels = packsB ? (int) Math.max(1, COPIED / panelBytes) : Integer.MAX_VALUE / PANEL;
        var code = new GemmCode.Spec(packsA ? 4 : (int) aRow, packsA ? 4 * ROWS : (int) aCol, packsA ? tileBytes() : (int) (ROWS * aRow), (int) bRow,
                panelBytes, packsB, (int) cRow, rowTail, n, s.bias() != null, s.post().activation() == Activation.RELU);
        compute = load(GemmCode.compute(code));
        packA = packsA ? load(GemmCode.packA(new GemmCode.PackA((int) aCol, tileBytes(), rowTail))) : MemorySegment.NULL;
        packB = packsB ? load(GemmCode.packB(new GemmCode.PackB(bCol != 4, (int) (bCol != 4 ? bCol : bRow), panelBytes, n, (int) (s.k() % 16))))
                : MemorySegment.NULL;
    }

    private int tileBytes() {
        return depth * ROWS * 4;
    }

    private MemorySegment load(byte[] code) {
        return CodeMemory.of(code, this).map(m -> m.entry(0)).orElse(null);
    }

    /** The product, if this machine and its strides allow. */
    public static Optional<MachineGemm> of(Team team, MatmulSpec spec) {
        if (!supports(spec)) {
            return Optional.empty();
        }
        var g = new MachineGemm(team, spec.merged());
        return g.compute == null || g.packA == null || g.packB == null ? Optional.empty() : Optional.of(g);
    }

    /**
     * Whether this is at least as fast as a library: not for few columns of long rows, nor for few rows of which each would
     * have a transposed B copied.
     */
    public static boolean suits(MatmulSpec s) {
        boolean copied = s.bStrides().getLast() != 1;
        return (s.n() >= 4 || s.m() * s.k() < SMALL) && (s.m() >= 4 || !copied || s.n() * s.k() < SMALL);
    }

    private static boolean supports(MatmulSpec s) {
        int nb = s.batch().size();
        boolean plain = s.input() == DType.F32 && s.output() == DType.F32 && (s.bias() == null || s.bias() == DType.F32)
                && (s.post().activation() == Activation.NONE || s.post().activation() == Activation.RELU);
        return plain && Cpu.avx512() && s.m() > 0 && s.n() > 0 && s.k() > 0 && s.cStrides().get(nb + 1) == 1
                && unit(s.aStrides().subList(nb, nb + 2)) && unit(s.bStrides().subList(nb, nb + 2))
                && s.m() < 1 << 24 && s.n() < 1 << 24 && s.k() < 1 << 24;
    }

    /** One stride is 1, the other leaves room for displacements of 32 bits. */
    private static boolean unit(List<Long> strides) {
        long x = strides.get(0);
        long y = strides.get(1);
        return (x == 1 || y == 1) && x >= 0 && y >= 0 && x < 1 << 22 && y < 1 << 22;
    }

    /** Bytes of a copy of B that several products can share; 0 if this product would not read one. */
    public long copyBytes() {
        return packsB && matrices == 1 ? stretches() * stretchBytes() : 0;
    }

    private long stretchBytes() {
        return (long) depth * VECTOR_BYTES * GemmCode.vectors(Math.toIntExact(spec.n()));
    }

    /** Copies B to where {@link #runCopied} reads it. */
    public void copy(long b, long to) {
        int each = copiesOfB();
        team.run(stretches() * each, t -> copyB(b, to, t / each, t % each));
    }

    private int copiesOfB() {
        return Math.ceilDiv(blocks(), BLOCKS_A_COPY);
    }

    private void copyB(long b, long to, long stretch, int part) {
        int first = part * BLOCKS_A_COPY;
        int end = Math.min(blocks(), first + BLOCKS_A_COPY);
        long k = stretch * depth;
        pack(packB, b + k * bRow + (long) first * PANEL * bCol, to + stretch * stretchBytes() + (long) first * PANEL * 4 * depth,
                Math.min(depth, spec.k() - k), Math.min(end, panels) - first, end > panels);
    }

    private void copyA(long a, long to, long stretch, int part) {
        int first = part * TILES_A_COPY;
        int end = Math.min(tiles(), first + TILES_A_COPY);
        long k = stretch * depth;
        int whole = (int) (spec.m() / ROWS);
        pack(packA, a + k * aCol + (long) first * ROWS * aRow, to + (stretch * tiles() + first) * tileBytes(), Math.min(depth, spec.k() - k),
                Math.min(end, whole) - first, end > whole);
    }

    private void pack(MemorySegment code, long from, long to, long d, long whole, boolean rest) {
        try {
            PACK.invokeExact(code, from, to, d, whole, rest ? 1L : 0L);
        } catch (Throwable e) {
            throw new IllegalStateException("an operand of the product " + spec + " can't be copied", e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Like {@link #run} with the copy of B that {@link #copy} made. */
    public void runCopied(long a, long copy, long bias, long c) {
        run(new Operands(a, 0, 0, copy, bias, c));
    }

    /** Computes C over raw addresses; {@code bias} is ignored if there is none. Returns when C is complete. */
    public void run(long a, long b, long bias, long c) {
        run(new Operands(a, 0, b, 0, bias, c));
    }

    /** Addresses; of copies where there are any that all tasks read, else 0. */
    private record Operands(long a, long copyA, long b, long copyB, long bias, long c) {
    }

    private void run(Operands x) {
        double flops = spec.flops();
        int wanted = team.size() == 1 ? 1 : (int) Math.clamp((long) (flops / TASK_FLOPS), 1, 4L * team.size());
        if (wanted == 1) {
            for (long i = 0; i < matrices; i++) {
                matrix(i, x, 0, tiles(), 0, blocks());
            }
            return;
        }
        if (matrices >= wanted) {
            team.run(wanted, t -> {
                for (long i = matrices * t / wanted; i < matrices * (t + 1) / wanted; i++) {
                    matrix(i, x, 0, tiles(), 0, blocks());
                }
            });
            return;
        }
        Operands y = matrices == 1 ? copied(x) : x;
        int rows = Math.min(tiles(), (int) Math.ceilDiv(wanted, matrices));
        int columns = Math.min(blocks(), (int) Math.ceilDiv(wanted, matrices * rows));
        team.run((int) matrices * rows * columns, t -> {
            int row = t % rows;
            int column = t / rows % columns;
            matrix(t / rows / columns, y, tiles() * row / rows, tiles() * (row + 1) / rows, blocks() * column / columns, blocks() * (column + 1) / columns);
        });
    }

    /** Copies what is to be copied once for all tasks, unless that takes too much memory. */
    private Operands copied(Operands x) {
        long aBytes = packsA ? (long) stretches() * tiles() * tileBytes() : 0;
        long bBytes = packsB && x.copyB == 0 ? stretches() * stretchBytes() : 0;
        if (aBytes + bBytes == 0 || aBytes + bBytes > MOST_COPIED) {
            return x;
        }
        long copyA = Scratch.shared().address(aBytes + bBytes);
        long copyB = copyA + aBytes;
        int ofA = aBytes == 0 ? 0 : Math.ceilDiv(tiles(), TILES_A_COPY);
        int ofB = bBytes == 0 ? 0 : copiesOfB();
        int each = ofA + ofB;
        team.run(stretches() * each, t -> {
            if (t % each < ofA) {
                copyA(x.a, copyA, t / each, t % each);
            } else {
                copyB(x.b, copyB, t / each, t % each - ofA);
            }
        });
        return new Operands(x.a, ofA == 0 ? 0 : copyA, x.b, ofB == 0 ? x.copyB : copyB, x.bias, x.c);
    }

    private int stretches() {
        return (int) Math.ceilDiv(spec.k(), depth);
    }

    /** Tiles of rows, the smaller last one included. */
    private int tiles() {
        return (int) Math.ceilDiv(spec.m(), ROWS);
    }

    /** Panels of columns, all smaller ones counted as one. */
    private int blocks() {
        return panels + (tail ? 1 : 0);
    }

    /** Part of one matrix by one thread, at most as many rows at a time as a copy of A may have. */
    private void matrix(long i, Operands x, int firstTile, int endTile, int firstPanel, int endPanel) {
        int most = packsA && x.copyA == 0 ? (int) Math.clamp(MOST_OWN / tileBytes(), 1, endTile - firstTile) : endTile - firstTile;
        for (int t = firstTile; t < endTile; t += most) {
            rows(i, x, t, Math.min(endTile, t + most), firstPanel, endPanel);
        }
    }

    private void rows(long i, Operands x, int firstTile, int endTile, int firstPanel, int endPanel) {
        long a = x.a;
        long b = x.b;
        long c = x.c;
        long rest = i;
        for (int d = spec.batch().size() - 1; d >= 0; d--) {
            long at = rest % spec.batch().get(d);
            rest /= spec.batch().get(d);
            a += 4 * at * spec.aStrides().get(d);
            b += 4 * at * spec.bStrides().get(d);
            c += 4 * at * spec.cStrides().get(d);
        }
        a += (long) firstTile * ROWS * aRow;
        c += (long) firstTile * ROWS * cRow;
        int whole = Math.min(endTile, (int) (spec.m() / ROWS)) - firstTile;
        boolean rowTail = endTile > spec.m() / ROWS;
        boolean copiesA = packsA && x.copyA == 0;
        boolean copiesB = packsB && x.copyB == 0;
        int most = Math.min(blockPanels, endPanel - firstPanel);
        long aBytes = copiesA ? (long) (endTile - firstTile) * tileBytes() : 0;
        // what follows the full panels may be as wide as four vectors
        long bBytes = copiesB ? (long) depth * (PANEL * 4L * most + 4 * VECTOR_BYTES) : 0;
        Scratch scratch = Scratch.own();
        long own = aBytes + bBytes == 0 ? 0 : scratch.address(aBytes + bBytes);
        for (long s = 0; s < stretches(); s++) {
            long k = s * depth;
            long d = Math.min(depth, spec.k() - k);
            long fromA = a + k * aCol;
            if (copiesA) {
                pack(packA, fromA, own, d, whole, rowTail);
                fromA = own;
            } else if (packsA) {
                fromA = x.copyA + (s * tiles() + firstTile) * tileBytes();
            }
            for (int p = firstPanel; p < endPanel; p += most) {
                int end = Math.min(endPanel, p + most);
                int full = Math.min(end, panels) - p;
                long fromB = b + k * bRow + (long) p * PANEL * bCol;
                if (copiesB) {
                    pack(packB, fromB, own + aBytes, d, full, end > panels);
                    fromB = own + aBytes;
                } else if (packsB) {
                    fromB = x.copyB + s * stretchBytes() + (long) p * PANEL * 4 * depth;
                }
                MemorySegment w = scratch.words();
                set(w, GemmCode.A, fromA);
                set(w, GemmCode.B, fromB);
                set(w, GemmCode.C, c + (long) p * PANEL * 4);
                set(w, GemmCode.BIAS, x.bias + (long) p * PANEL * 4);
                set(w, GemmCode.TILES, whole);
                set(w, GemmCode.PANELS, full);
                set(w, GemmCode.DEPTH, d);
                set(w, GemmCode.ADD, s > 0 || spec.post().accumulate() ? 1 : 0);
                set(w, GemmCode.FINISH, k + depth >= spec.k() ? 1 : 0);
                set(w, GemmCode.ROW_TAIL, rowTail ? 1 : 0);
                set(w, GemmCode.COLUMN_TAIL, end > panels ? 1 : 0);
                if (copiesB && end < endPanel) {
                    next(w, b + k * bRow + (long) end * PANEL * bCol, d, Math.min(most, endPanel - end));
                } else if (copiesB && s + 1 < stretches()) {
                    next(w, b + (k + depth) * bRow + (long) firstPanel * PANEL * bCol, Math.min(depth, spec.k() - k - depth), most);
                } else {
                    set(w, GemmCode.NEXT_ROWS, 0);
                }
                compute(w.address());
            }
        }
    }

    /** What is copied next comes near while tiles are computed. */
    private void next(MemorySegment w, long from, long d, int blocks) {
        long columns = Math.min(spec.n(), (long) blocks * PANEL);
        long lines = Math.ceilDiv(4 * (bCol == 4 ? columns : d), VECTOR_BYTES);
        set(w, GemmCode.NEXT, from);
        set(w, GemmCode.NEXT_ROWS, bCol == 4 ? d : columns);
        set(w, GemmCode.NEXT_LINES, lines);
        set(w, GemmCode.NEXT_STEP, (bCol == 4 ? bRow : bCol) - VECTOR_BYTES * lines);
    }

    private static void set(MemorySegment words, int at, long v) {
        words.setAtIndex(ValueLayout.JAVA_LONG, at, v);
    }

    private void compute(long words) {
        try {
            COMPUTE.invokeExact(compute, words);
        } catch (Throwable e) {
            throw new IllegalStateException("the product " + spec + " can't be called", e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
