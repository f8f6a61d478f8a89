package dev.levin.device.cpu.gemm;

import dev.levin.device.cpu.Team;
import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.kernel.x64.Cpu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The gradient of an F32 convolution to its weights in machine code of processors with AVX-512, over images with their
 * channels last.
 *
 * <p>A tile is eight channels by up to 48 filters of one kernel tap, summed over pixels; padding is skipped. Images, or bands of
 * rows of large ones, are taken in chunks whose pixels are first copied into the order of tiles and panels. Small gradients are summed in several parts of
 * the images by as many tasks and then added; large ones in one part, cut into tasks by channels and filters. How a gradient
 * is summed depends on shapes alone: the same bits with any number of threads. Thread-safe.
 */
public final class MachineConvWeights extends ConvCalls {
    private static final int ROWS = TileCode.ROWS;
    private static final int PANEL = TileCode.PANEL;
    private static final int VECTOR = TileCode.VECTOR;
    /** Bytes of a row of a tile's sums: up to four vectors. */
    private static final int SUMS_ROW = 4 * VECTOR;
    /** Pixels of the destination that one chunk has at most, unless a single row has more. */
    private static final int CHUNK = 1024;
    /** Bytes of all sums up to which there are several parts. */
    private static final long SMALL = 400 << 10;
    private static final int PARTS = 8;
    /** Bytes that a row of the destination may take to copy. */
    private static final long MOST_OF_A_ROW = 16 << 20;
    /** Pixels of the source one task copies, at least. */
    private static final int COPIED = 128;

    private final Team team;
    private final ConvShape shape;
    /** A single tap without padding: only the pixels that it reads are copied, one for each of the destination. */
    private final boolean dense;
    private final int images;
    private final int chunks;
    private final int parts;
    private final int panels;
    private final int blocks;
    private final int tiles;
    private final Band[] bands;
    /** What is summed of each band; for whole images of a full chunk and of the last one. */
    private final MemorySegment[] lists;
    private final MemorySegment compute;
    private final MemorySegment copySource;
    private final MemorySegment copyGradient;
    /** Code that brings sixteen taps and what is left into the order of weights. */
    private final MemorySegment sixteen;
    private final MemorySegment rest;
    private final MemorySegment add;

    /**
     * Rows of images that a chunk takes: of the destination, and of the source as they are copied.
     *
     * @param from first row of the source, {@code end} the one behind the last
     */
    private record Band(int first, int rows, int from, int end) {
        int copied() {
            return end - from;
        }
    }

    private MachineConvWeights(Team team, ConvShape s) {
        this.team = team;
        shape = s;
        dense = s.taps() == 1 && s.ph() == 0 && s.pw() == 0 && s.sourceRow(s.oh() - 1, 0) >= 0 && s.sourceColumn(s.ow() - 1, 0) >= 0;
        images = Math.clamp(CHUNK / (s.oh() * s.ow()), 1, s.n());
        bands = bands(s.oh() * s.ow() <= CHUNK ? s.oh() : Math.max(1, CHUNK / s.ow()));
        chunks = bands.length > 1 ? Math.multiplyExact(s.n(), bands.length) : Math.ceilDiv(s.n(), images);
        panels = TileCode.panels(s.o());
        blocks = panels + (TileCode.tails(s.o()).length > 0 ? 1 : 0);
        tiles = s.c() / ROWS;
        parts = sumsBytes() <= SMALL ? Math.min(PARTS, chunks) : 1;
        lists = new MemorySegment[Math.max(2, bands.length)];
        for (int i = 0; i < bands.length; i++) {
            lists[i] = runs(images, bands[i]);
        }
        if (bands.length == 1) {
            lists[1] = s.n() % images == 0 ? lists[0] : runs(s.n() % images, bands[0]);
        }
        compute = load(ConvCode.compute(new ConvCode.Spec(ROWS, 4, step(), panelBytes(), SUMS_ROW, s.o(), false, false)));
        copySource = load(GemmCode.packA(new GemmCode.PackA(4 * s.c() * (dense ? s.sw() : 1), tileBytes(), 0)));
        copyGradient = load(GemmCode.packB(new GemmCode.PackB(false, 4 * s.o(), panelBytes(), s.o(), 0)));
        int taps = s.taps();
        sixteen = taps < 16 ? MemorySegment.NULL : load(ConvCode.transpose(turn(16)));
        rest = taps % 16 == 0 ? MemorySegment.NULL : load(ConvCode.transpose(turn(taps % 16)));
        add = load(ConvCode.add());
    }

    private ConvCode.Transposition turn(int count) {
        return new ConvCode.Transposition(count, 16, ROWS * SUMS_ROW, 4L * shape.taps() * shape.c(), SUMS_ROW, 4 * shape.taps());
    }

    /** Whether this is at least as fast as a library: where what is copied is multiplied often. */
    public static boolean suits(ConvSpec s) {
        if (!ConvShape.supports(s) || s.filters() < 2L * TileCode.LANE) {
            return false;
        }
        ConvShape g = ConvShape.of(s);
        if (4 * ((long) g.c() * g.w() * (g.kh() + g.sh()) + (long) g.o() * g.ow()) > MOST_OF_A_ROW) {
            return false;
        }
        boolean often = s.filters() >= s.channels() && s.stride().stream().allMatch(x -> x == 1);
        return often || g.taps() > 1;
    }

    /** The gradient to the weights. */
    public static Optional<MachineConvWeights> of(Team team, ConvSpec spec) {
        if (!Cpu.avx512() || !ConvShape.supports(spec)) {
            return Optional.empty();
        }
        var w = new MachineConvWeights(team, ConvShape.of(spec));
        return w.complete() ? Optional.of(w) : Optional.empty();
    }

    /** Bytes between the copies of pixels that follow each other in a row of the destination. */
    private int step() {
        return (dense ? 1 : shape.sw()) * ROWS * 4;
    }

    private Band[] bands(int rows) {
        ConvShape s = shape;
        var made = new Band[Math.ceilDiv(s.oh(), rows)];
        for (int i = 0; i < made.length; i++) {
            int first = i * rows;
            int count = Math.min(rows, s.oh() - first);
            if (dense || made.length == 1) {
                made[i] = new Band(first, count, first, first + (dense ? count : s.h()));
                continue;
            }
            int from = s.h();
            int end = 0;
            for (int y = first; y < first + count; y++) {
                for (int k = 0; k < s.kh(); k++) {
                    int row = s.sourceRow(y, k);
                    from = row < 0 ? from : Math.min(from, row);
                    end = Math.max(end, row + 1);
                }
            }
            made[i] = new Band(first, count, Math.min(from, end), end);
        }
        return made;
    }

    /** The pixels that each tap multiplies. */
    private MemorySegment runs(int count, Band band) {
        ConvShape s = shape;
        var runs = new RunList(step());
        if (dense) {
            runs.begin(0, 0);
            runs.add(0, 0, count * band.rows * s.ow());
            return runs.memory();
        }
        for (int t = 0; t < s.taps(); t++) {
            int ky = t / s.kw();
            int kx = t % s.kw();
            int first = 0;
            while (first < s.ow() && s.sourceColumn(first, kx) < 0) {
                first++;
            }
            int end = s.ow();
            while (end > first && s.sourceColumn(end - 1, kx) < 0) {
                end--;
            }
            runs.begin((long) t * ROWS * SUMS_ROW, 0);
            for (int i = 0; i < count && first < end; i++) {
                for (int y = 0; y < band.rows; y++) {
                    int row = s.sourceRow(band.first + y, ky);
                    if (row >= 0) {
                        long from = ((long) i * s.h() + row - band.from) * s.w() + s.sourceColumn(first, kx);
                        runs.add(from * ROWS * 4, ((long) i * s.oh() + y) * s.ow() + first, end - first);
                    }
                }
            }
        }
        return runs.memory();
    }

    private int sourcePixels() {
        int most = 0;
        for (Band band : bands) {
            most = Math.max(most, band.copied());
        }
        return images * most * wide();
    }

    private int pixels() {
        return images * bands[0].rows * shape.ow();
    }

    /** Pixels of a row of the source that are copied. */
    private int wide() {
        return dense ? shape.ow() : shape.w();
    }

    /** Bytes of eight channels of a chunk of the source. */
    private int tileBytes() {
        return sourcePixels() * ROWS * 4;
    }

    /** Bytes of 48 filters of a chunk of the destination's gradient; smaller panels follow without a gap. */
    private int panelBytes() {
        return pixels() * PANEL * 4;
    }

    private long unitBytes() {
        return (long) shape.taps() * ROWS * SUMS_ROW;
    }

    /** Bytes of the sums of one part, before they are brought into order. */
    private long sumsBytes() {
        return unitBytes() * tiles * blocks;
    }

    private long sourceBytes() {
        return (long) tiles * tileBytes();
    }

    private long gradientBytes() {
        return 4L * pixels() * shape.o();
    }

    /** Computes the gradient over raw addresses, from the source and the destination's gradient. Returns when it is complete. */
    public void run(long source, long gradient, long to) {
        if (parts > 1) {
            inParts(source, gradient, to);
        } else {
            together(source, gradient, to);
        }
    }

    private void inParts(long source, long gradient, long to) {
        long sums = Scratch.shared().address(parts * sumsBytes());
        team.run(parts, p -> {
            long a = Scratch.own().address(sourceBytes() + gradientBytes());
            long b = a + sourceBytes();
            int first = chunks * p / parts;
            for (int k = first; k < chunks * (p + 1) / parts; k++) {
                int count = images(k);
                copySource(source, a, k, 0, count * band(k).copied());
                for (int block = 0; block < blocks; block++) {
                    copyGradient(gradient, b, k, block, count);
                }
                for (int u = 0; u < blocks * tiles; u++) {
                    unit(a, b, sums + p * sumsBytes() + u * unitBytes(), u, k, k > first);
                }
            }
        });
        team.run(blocks * tiles, u -> {
            for (int p = 1; p < parts; p++) {
                copy(add, sums + p * sumsBytes() + u * unitBytes(), sums + u * unitBytes(), unitBytes() / VECTOR, 0, 0);
            }
            store(sums + u * unitBytes(), to, u);
        });
    }

    private void together(long source, long gradient, long to) {
        long kept = chunks == 1 ? 0 : sumsBytes();
        long a = Scratch.shared().address(sourceBytes() + gradientBytes() + kept);
        long b = a + sourceBytes();
        long sums = b + gradientBytes();
        for (int i = 0; i < chunks; i++) {
            int k = i;
            int count = images(k);
            int rows = Math.ceilDiv(COPIED, wide());
            int copied = count * band(k).copied();
            int ofSource = Math.ceilDiv(copied, rows);
            team.run(ofSource + blocks, t -> {
                if (t < ofSource) {
                    copySource(source, a, k, t * rows, Math.min((t + 1) * rows, copied));
                } else {
                    copyGradient(gradient, b, k, t - ofSource, count);
                }
            });
            team.run(blocks * tiles, u -> {
                long at = chunks == 1 ? Scratch.own().address(unitBytes()) : sums + u * unitBytes();
                unit(a, b, at, u, k, k > 0);
                if (k == chunks - 1) {
                    store(at, to, u);
                }
            });
        }
    }

    /** Images of a chunk. */
    private int images(int chunk) {
        return bands.length > 1 ? 1 : Math.min(images, shape.n() - chunk * images);
    }

    private int firstImage(int chunk) {
        return bands.length > 1 ? chunk / bands.length : chunk * images;
    }

    private Band band(int chunk) {
        return bands[chunk % bands.length];
    }

    /** Rows of all images of a chunk are counted through. */
    private void copySource(long source, long to, int chunk, int first, int end) {
        Band band = band(chunk);
        long image = firstImage(chunk);
        long row = (long) wide() * ROWS * 4;
        if (!dense || shape.sh() == 1 && shape.h() == shape.oh() && shape.w() == shape.ow()) {
            long from = source + 4L * (image * shape.h() + band.from + first) * shape.w() * shape.c();
            copy(copySource, from, to + first * row, (long) (end - first) * wide(), tiles, 0);
            return;
        }
        for (int r = first; r < end; r++) {
            long y = (image + r / band.rows) * shape.h() + (band.first + r % band.rows) * (long) shape.sh();
            copy(copySource, source + 4 * y * shape.w() * shape.c(), to + r * row, wide(), tiles, 0);
        }
    }

    private void copyGradient(long gradient, long to, int chunk, int block, int count) {
        Band band = band(chunk);
        long pixel = ((long) firstImage(chunk) * shape.oh() + band.first) * shape.ow();
        copy(copyGradient, gradient + 4 * (pixel * shape.o() + block * PANEL), to + (long) block * panelBytes(), (long) count * band.rows * shape.ow(),
                block < panels ? 1 : 0, block < panels ? 0 : 1);
    }

    private void unit(long a, long b, long sums, int u, int chunk, boolean adds) {
        int block = u / tiles;
        int tile = u % tiles;
        MemorySegment w = Scratch.own().words();
        set(w, ConvCode.A, a + (long) tile * tileBytes());
        set(w, ConvCode.B, b + (long) block * panelBytes());
        set(w, ConvCode.C, sums);
        set(w, ConvCode.BIAS, 0);
        set(w, ConvCode.ENTRIES, lists[bands.length > 1 ? chunk % bands.length : images(chunk) == images ? 0 : 1].address());
        set(w, ConvCode.COUNT, shape.taps());
        set(w, ConvCode.PANELS, block < panels ? 1 : 0);
        set(w, ConvCode.COLUMN_TAIL, block < panels ? 0 : 1);
        set(w, ConvCode.ADD, adds ? 1 : 0);
        compute(compute, w.address());
    }

    /** Brings a unit's sums into the order of weights. */
    private void store(long sums, long to, int u) {
        int block = u / tiles;
        int tile = u % tiles;
        int taps = shape.taps();
        int end = Math.min(shape.o(), block < panels ? (block + 1) * PANEL : shape.o());
        for (int o = block * PANEL; o < end; o += 16) {
            for (int t = 0; t < taps; t += 16) {
                long from = sums + (o - block * PANEL) * 4L + (long) t * ROWS * SUMS_ROW;
                copy(taps - t >= 16 ? sixteen : rest, from, to + 4L * (((long) o * shape.c() + tile * ROWS) * taps + t), ROWS, 0, 0);
            }
        }
    }

    private static void set(MemorySegment words, int at, long v) {
        words.setAtIndex(ValueLayout.JAVA_LONG, at, v);
    }
}
