package dev.levin.device.cpu.gemm;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.kernel.x64.Cpu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * An F32 convolution, or its gradient to the source, in machine code of processors with AVX-512, over images with their
 * channels last.
 *
 * <p>A tile's rows are the same pixel of eight images: so all of them lie within the image or on its padding alike, and what
 * would fall on padding is not computed. Every element is summed in one order that depends on the shape alone: the same bits
 * with any number of threads. Thread-safe.
 */
public final class MachineConv extends ConvCalls {
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
    private final int pixels;
    private final int panels;
    private final boolean tail;
    private final int stretches;
    private final int blockPanels;
    private final MemorySegment list;
    /** For each stretch the word at which the entries of each pixel begin, and their number up to there. */
    private final int[][] starts;
    private final int[][] counts;
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
        pixels = gradient ? s.h() * s.w() : s.oh() * s.ow();
        panels = TileCode.panels(columns);
        tail = TileCode.tails(columns).length > 0;
        int tapBytes = depth * 4;
        int stretchTaps = (long) taps * tapBytes * columns <= HELD ? taps
                : Math.clamp(STRETCH / ((long) tapBytes * Math.min(columns, 4 * PANEL)), 1, taps);
        stretches = Math.ceilDiv(taps, stretchTaps);
        blockPanels = (int) Math.max(1, HELD / ((long) stretchTaps * tapBytes * PANEL));
        var runs = new RunList(4);
        starts = new int[stretches][pixels + 1];
        counts = new int[stretches][pixels + 1];
        runs(runs, Math.ceilDiv(taps, stretches), bias || relu);
        list = runs.memory();
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

    private void runs(RunList runs, int stretchTaps, boolean finishes) {
        int wide = gradient ? shape.w() : shape.ow();
        for (int s = 0; s < stretches; s++) {
            for (int p = 0; p < pixels; p++) {
                starts[s][p] = runs.size();
                counts[s][p] = runs.entries();
                boolean before = any(p, wide, 0, s * stretchTaps);
                boolean here = any(p, wide, s * stretchTaps, Math.min(taps, (s + 1) * stretchTaps));
                boolean last = s == stretches - 1;
                if (!here && (!last || before && !finishes)) {
                    continue;
                }
                runs.begin(4L * p * columns, (before ? RunList.ADD : 0) | (last ? RunList.FINISH : 0));
                for (int t = s * stretchTaps; t < Math.min(taps, (s + 1) * stretchTaps); t++) {
                    long at = from(p, wide, t);
                    if (at >= 0) {
                        runs.add(4L * at * depth, (long) t * depth, depth);
                    }
                }
            }
            starts[s][pixels] = runs.size();
            counts[s][pixels] = runs.entries();
        }
    }

    private boolean any(int pixel, int wide, int first, int end) {
        for (int t = first; t < end; t++) {
            if (from(pixel, wide, t) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The pixel that tap {@code t} of a pixel reads; -1 for padding. */
    private int from(int pixel, int wide, int t) {
        int y = pixel / wide;
        int x = pixel % wide;
        int ky = t / shape.kw();
        int kx = t % shape.kw();
        int row = gradient ? shape.destinationRow(y, ky) : shape.sourceRow(y, ky);
        int column = gradient ? shape.destinationColumn(x, kx) : shape.sourceColumn(x, kx);
        return row < 0 || column < 0 ? -1 : row * (gradient ? shape.ow() : shape.w()) + column;
    }

    /**
     * Computes the result over raw addresses. Returns when it is complete.
     *
     * @param from the source, for the gradient that of the destination
     * @param bias one element a filter; ignored if there is none
     */
    public void run(long from, long w, long bias, long to) {
        long copy = Scratch.shared().address(copyBytes());
        copy(w, copy);
        runCopied(from, copy, bias, to);
    }

    /** Bytes of a copy of the weights that several runs can share. */
    public long copyBytes() {
        return weights.bytes();
    }

    /** Copies weights to where {@link #runCopied} reads them. */
    public void copy(long w, long to) {
        weights.run(team, w, to);
    }

    /** Like {@link #run} with the copy of the weights that {@link #copy} made. */
    public void runCopied(long from, long copy, long bias, long to) {
        int wanted = team.size() == 1 ? 1 : (int) Math.clamp((long) (shape.flops() / TASK_FLOPS), 1, 8L * team.size());
        int tiles = Math.ceilDiv(shape.n(), ROWS);
        int ofBlocks = Math.min(Math.ceilDiv(blocks(), blockPanels), wanted);
        int ofTiles = Math.min(tiles, Math.ceilDiv(wanted, ofBlocks));
        int ofPixels = Math.min(pixels, Math.ceilDiv(wanted, ofBlocks * ofTiles));
        team.run(ofBlocks * ofTiles * ofPixels, i -> {
            int p = i % ofPixels;
            int t = i / ofPixels % ofTiles;
            int b = i / ofPixels / ofTiles;
            task(new Operands(from, copy, bias, to), blocks() * b / ofBlocks, blocks() * (b + 1) / ofBlocks, tiles * t / ofTiles, tiles * (t + 1) / ofTiles,
                    pixels * p / ofPixels, pixels * (p + 1) / ofPixels);
        });
    }

    private record Operands(long from, long weights, long bias, long to) {
    }

    /** Panels of columns, all smaller ones counted as one. */
    private int blocks() {
        return panels + (tail ? 1 : 0);
    }

    private void task(Operands x, int firstPanel, int endPanel, int firstTile, int endTile, int firstPixel, int endPixel) {
        MemorySegment w = Scratch.own().words();
        for (int b = firstPanel; b < endPanel; b += blockPanels) {
            int end = Math.min(endPanel, b + blockPanels);
            set(w, ConvCode.B, x.weights + (long) b * weights.panelBytes());
            set(w, ConvCode.BIAS, x.bias + 4L * b * PANEL);
            set(w, ConvCode.PANELS, Math.min(end, panels) - b);
            set(w, ConvCode.COLUMN_TAIL, end > panels ? 1 : 0);
            set(w, ConvCode.ADD, 0);
            for (int s = 0; s < stretches; s++) {
                set(w, ConvCode.ENTRIES, list.address() + 4L * starts[s][firstPixel]);
                set(w, ConvCode.COUNT, counts[s][endPixel] - counts[s][firstPixel]);
                for (int t = firstTile; t < endTile; t++) {
                    set(w, ConvCode.A, x.from + 4L * t * ROWS * in());
                    set(w, ConvCode.C, x.to + 4L * (t * (long) ROWS * out() + b * PANEL));
                    compute((t + 1) * ROWS <= shape.n() ? compute : computeTail, w.address());
                }
            }
        }
    }

    private static void set(MemorySegment words, int at, long v) {
        words.setAtIndex(ValueLayout.JAVA_LONG, at, v);
    }
}
