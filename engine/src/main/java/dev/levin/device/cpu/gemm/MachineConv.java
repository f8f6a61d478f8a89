package dev.levin.device.cpu.gemm;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.device.cpu.dnnl.Convolution;
import dev.levin.kernel.x64.Cpu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * An F32 convolution, or its gradient to the source, in machine code of processors with AVX-512, over images with their
 * channels last.
 *
 * <p>A tile's rows are the same pixel of eight images: so all of them lie within the image or on its padding alike, and what
 * would fall on padding is not computed. Every element is summed in one order that depends on the shape alone: the same bits
 * with any number of threads. Thread-safe.
 */
public final class MachineConv extends ConvCalls implements Convolution {
    private static final int ROWS = TileCode.ROWS;
    private static final int PANEL = TileCode.PANEL;
    /** Bytes of weights that stay in the second-level cache. */
    private static final long HELD = 600 << 10;
    /** Bytes of weights of one stretch, all columns, where not all are held. */
    private static final long STRETCH = 320 << 10;
    /** Multiplications and additions a task should have at least. */
    private static final double TASK_FLOPS = 1e7;

    private final Team team;
    private final ConvShape shape;
    private final boolean gradient;
    private final int depth;
    private final int columns;
    private final int taps;
    private final int rows;
    private final int wide;
    private final int panels;
    private final boolean tail;
    private final int stretches;
    private final int blockPanels;
    private final MemorySegment list;
    /** For each stretch and row of the result. */
    private final RowRuns[][] runs;
    private final MemorySegment compute;
    private final MemorySegment computeTail;
    private final WeightCopy weights;

    private MachineConv(Team team, ConvShape s, boolean gradient, boolean bias, boolean relu) {
        this.team = team;
        shape = s;
        this.gradient = gradient;
        depth = gradient ? s.o() : s.c();
        columns = gradient ? s.c() : s.o();
        taps = s.taps();
        rows = gradient ? s.h() : s.oh();
        wide = gradient ? s.w() : s.ow();
        panels = TileCode.panels(columns);
        tail = TileCode.tails(columns).length > 0;
        int tapBytes = depth * 4;
        int stretchTaps = (long) taps * tapBytes * columns <= HELD ? taps
                : Math.clamp(STRETCH / ((long) tapBytes * Math.min(columns, 4 * PANEL)), 1, taps);
        stretches = Math.ceilDiv(taps, stretchTaps);
        blockPanels = (int) Math.max(1, HELD / ((long) stretchTaps * tapBytes * PANEL));
        var all = new RunList(4);
        runs = new RowRuns[stretches][rows];
        runs(all, Math.ceilDiv(taps, stretches), bias || relu);
        list = all.memory();
        weights = new WeightCopy(s, gradient);
        compute = load(ConvCode.compute(spec(ROWS, bias, relu)));
        computeTail = s.n() % ROWS == 0 ? MemorySegment.NULL : load(ConvCode.compute(spec(s.n() % ROWS, bias, relu)));
    }

    private ConvCode.Spec spec(int rows, boolean bias, boolean relu) {
        return new ConvCode.Spec(rows, 4 * in(), 4, weights.panelBytes(), 4 * out(), columns, bias, relu);
    }

    /** Elements of an image that is read. */
    private int in() {
        return gradient ? shape.destinationImage() : shape.sourceImage();
    }

    private int out() {
        return gradient ? shape.sourceImage() : shape.destinationImage();
    }

    /** Whether this is at least as fast as a library: where tiles are full, most of them at least. */
    public static boolean suits(ConvSpec s) {
        return ConvShape.supports(s) && 4 * s.batch() >= 3L * ROWS * Math.ceilDiv(s.batch(), ROWS);
    }

    /** The convolution. */
    public static Optional<MachineConv> forward(Team team, ConvSpec spec, boolean bias, boolean relu) {
        return of(team, spec, false, bias, relu);
    }

    /** Its gradient to the source. */
    public static Optional<MachineConv> backwardData(Team team, ConvSpec spec) {
        return of(team, spec, true, false, false);
    }

    private static Optional<MachineConv> of(Team team, ConvSpec spec, boolean gradient, boolean bias, boolean relu) {
        if (!Cpu.avx512() || !ConvShape.supports(spec)) {
            return Optional.empty();
        }
        var conv = new MachineConv(team, ConvShape.of(spec), gradient, bias, relu);
        return conv.complete() && conv.weights.complete() ? Optional.of(conv) : Optional.empty();
    }

    /**
     * Where the entries of one row begin, in words, and how many there are; offsets of A count from row {@code from} of what
     * is read, which rows with the same taps beside the padding share.
     */
    private record RowRuns(int start, int count, int from) {
    }

    private void runs(RunList all, int stretchTaps, boolean finishes) {
        for (int s = 0; s < stretches; s++) {
            var known = new HashMap<List<Integer>, RowRuns>();
            for (int y = 0; y < rows; y++) {
                int from = Integer.MAX_VALUE;
                for (int k = 0; k < shape.kh(); k++) {
                    from = row(y, k) < 0 ? from : Math.min(from, row(y, k));
                }
                List<Integer> taken = new ArrayList<>();
                for (int k = 0; k < shape.kh(); k++) {
                    taken.add(row(y, k) < 0 ? -1 : row(y, k) - from);
                }
                RowRuns r = known.get(taken);
                if (r == null) {
                    int start = all.size();
                    int before = all.entries();
                    entries(all, y, from, s * stretchTaps, Math.min(taps, (s + 1) * stretchTaps), finishes);
                    r = new RowRuns(start, all.entries() - before, from);
                    known.put(taken, r);
                }
                runs[s][y] = new RowRuns(r.start, r.count, from == Integer.MAX_VALUE ? 0 : from);
            }
        }
    }

    /** Entries of row {@code y} for some taps. */
    private void entries(RunList all, int y, int from, int firstTap, int endTap, boolean finishes) {
        for (int x = 0; x < wide; x++) {
            boolean before = any(y, x, 0, firstTap);
            boolean last = endTap == taps;
            if (!any(y, x, firstTap, endTap) && (!last || before && !finishes)) {
                continue;
            }
            all.begin(4L * x * columns, (before ? RunList.ADD : 0) | (last ? RunList.FINISH : 0));
            for (int t = firstTap; t < endTap; t++) {
                int row = row(y, t / shape.kw());
                int column = column(x, t % shape.kw());
                if (row >= 0 && column >= 0) {
                    all.add(4L * (row - from) * inRow() + 4L * column * depth, (long) t * depth, depth);
                }
            }
        }
    }

    private boolean any(int y, int x, int firstTap, int endTap) {
        for (int t = firstTap; t < endTap; t++) {
            if (row(y, t / shape.kw()) >= 0 && column(x, t % shape.kw()) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The row that kernel row {@code k} reads for row {@code y}; -1 for padding. */
    private int row(int y, int k) {
        return gradient ? shape.destinationRow(y, k) : shape.sourceRow(y, k);
    }

    private int column(int x, int k) {
        return gradient ? shape.destinationColumn(x, k) : shape.sourceColumn(x, k);
    }

    /** Elements of a row of an image that is read. */
    private int inRow() {
        return depth * (gradient ? shape.ow() : shape.w());
    }

    @Override
    public void run(long from, long w, long bias, long to) {
        long copy = Scratch.shared().address(copyBytes());
        copy(w, copy);
        runCopied(from, copy, bias, to);
    }

    @Override
    public long copyBytes() {
        return weights.bytes();
    }

    @Override
    public void copy(long w, long to) {
        weights.run(team, w, to);
    }

    @Override
    public void runCopied(long from, long copy, long bias, long to) {
        int wanted = team.size() == 1 ? 1 : (int) Math.clamp((long) (shape.flops() / TASK_FLOPS), 1, 8L * team.size());
        int tiles = Math.ceilDiv(shape.n(), ROWS);
        int ofBlocks = Math.min(Math.ceilDiv(blocks(), blockPanels), wanted);
        int ofTiles = Math.min(tiles, Math.ceilDiv(wanted, ofBlocks));
        int ofRows = Math.min(rows, Math.ceilDiv(wanted, ofBlocks * ofTiles));
        team.run(ofBlocks * ofTiles * ofRows, i -> {
            int r = i % ofRows;
            int t = i / ofRows % ofTiles;
            int b = i / ofRows / ofTiles;
            task(new Operands(from, copy, bias, to), blocks() * b / ofBlocks, blocks() * (b + 1) / ofBlocks, tiles * t / ofTiles, tiles * (t + 1) / ofTiles,
                    rows * r / ofRows, rows * (r + 1) / ofRows);
        });
    }

    private record Operands(long from, long weights, long bias, long to) {
    }

    /** Panels of columns, all smaller ones counted as one. */
    private int blocks() {
        return panels + (tail ? 1 : 0);
    }

    private void task(Operands x, int firstPanel, int endPanel, int firstTile, int endTile, int firstRow, int endRow) {
        MemorySegment w = Scratch.own().words();
        for (int b = firstPanel; b < endPanel; b += blockPanels) {
            int end = Math.min(endPanel, b + blockPanels);
            set(w, ConvCode.B, x.weights + (long) b * weights.panelBytes());
            set(w, ConvCode.BIAS, x.bias + 4L * b * PANEL);
            set(w, ConvCode.PANELS, Math.min(end, panels) - b);
            set(w, ConvCode.COLUMN_TAIL, end > panels ? 1 : 0);
            set(w, ConvCode.ADD, 0);
            for (int s = 0; s < stretches; s++) {
                for (int t = firstTile; t < endTile; t++) {
                    MemorySegment code = (t + 1) * ROWS <= shape.n() ? compute : computeTail;
                    long from = x.from + 4L * t * ROWS * in();
                    long to = x.to + 4L * (t * (long) ROWS * out() + b * PANEL);
                    for (int y = firstRow; y < endRow; y++) {
                        RowRuns r = runs[s][y];
                        set(w, ConvCode.ENTRIES, list.address() + 4L * r.start);
                        set(w, ConvCode.COUNT, r.count);
                        set(w, ConvCode.A, from + 4L * r.from * inRow());
                        set(w, ConvCode.C, to + 4L * y * wide * columns);
                        compute(code, w.address());
                    }
                }
            }
        }
    }

    private static void set(MemorySegment words, int at, long v) {
        words.setAtIndex(ValueLayout.JAVA_LONG, at, v);
    }
}
