package dev.levin.device.cpu.gemm;

import dev.levin.device.cpu.Team;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Copies weights [o, c, taps] into panels of columns: row {@code tap * depth + k} of a panel holds what channel k is
 * multiplied by, where columns and k are filters and channels, or the other way round for the gradient to the source.
 */
final class WeightCopy extends ConvCalls {
    private static final int LANE = TileCode.LANE;
    private static final int VECTOR = TileCode.VECTOR;
    /** Elements one task copies. */
    private static final int TASK = 1 << 16;

    private final ConvShape shape;
    private final boolean gradient;
    private final int depth;
    private final int columns;
    private final int taps;
    private final int[] vectors;
    /** By the vectors of a panel: code for sixteen taps and for what is left, or for all of a plain matrix. */
    private final MemorySegment[] sixteen = new MemorySegment[4];
    private final MemorySegment[] rest = new MemorySegment[4];
    private final MemorySegment plain;

    WeightCopy(ConvShape s, boolean gradient) {
        shape = s;
        this.gradient = gradient;
        depth = gradient ? s.o() : s.c();
        columns = gradient ? s.c() : s.o();
        taps = s.taps();
        int full = TileCode.panels(columns);
        int[] tails = TileCode.tails(columns);
        vectors = new int[full + tails.length];
        Arrays.fill(vectors, 0, full, 3);
        System.arraycopy(tails, 0, vectors, full, tails.length);
        if (taps == 1) {
            plain = load(GemmCode.packB(new GemmCode.PackB(!gradient, 4 * s.c(), panelBytes(), columns, 0)));
            return;
        }
        plain = MemorySegment.NULL;
        for (int v : vectors) {
            if (sixteen[v] == null) {
                sixteen[v] = taps >= LANE ? load(code(v, LANE)) : MemorySegment.NULL;
                rest[v] = taps % LANE == 0 ? MemorySegment.NULL : load(code(v, taps % LANE));
            }
        }
    }

    private byte[] code(int v, int count) {
        int channel = 4 * taps;
        int filter = channel * shape.c();
        return ConvCode.transpose(new ConvCode.Transposition(LANE, count, gradient ? channel : filter, (long) depth * VECTOR * v,
                gradient ? filter : channel, VECTOR * v));
    }

    /** Bytes of a panel of three vectors; smaller ones follow without a gap. */
    int panelBytes() {
        return taps * depth * 3 * VECTOR;
    }

    long bytes() {
        return (long) taps * depth * columns * 4;
    }

    void run(Team team, long from, long to) {
        if (taps == 1) {
            int full = TileCode.panels(columns);
            int blocks = full + (full < vectors.length ? 1 : 0);
            long step = TileCode.PANEL * 4L * (gradient ? 1 : shape.c());
            team.run(blocks, b -> copy(plain, from + b * step, to + (long) b * panelBytes(), depth, b < full ? 1 : 0, b < full ? 0 : 1));
            return;
        }
        int all = columns / LANE;
        int parts = Math.min(depth, Math.ceilDiv(taps * depth * LANE, TASK));
        team.run(all * parts, t -> vector(from, to, t / parts, depth * (t % parts) / parts, depth * (t % parts + 1) / parts));
    }

    /** Sixteen columns of some channels. */
    private void vector(long from, long to, int vector, int first, int end) {
        int panel = 0;
        int before = 0;
        while (before + vectors[panel] <= vector) {
            before += vectors[panel++];
        }
        int v = vectors[panel];
        long channel = 4L * taps;
        long filter = channel * shape.c();
        long read = from + vector * LANE * (gradient ? channel : filter) + first * (gradient ? filter : channel);
        long write = to + (long) before * taps * depth * VECTOR + (long) (vector - before) * VECTOR + (long) first * VECTOR * v;
        for (int t = 0; t < taps; t += LANE) {
            copy(taps - t >= LANE ? sixteen[v] : rest[v], read + 4L * t, write + (long) t * depth * VECTOR * v, end - first, 0, 0);
        }
    }
}
