package dev.levin.kernel.jvm;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/** Scratch of one thread while it runs one kernel. Arrays are indexed by slot, then by element of the tile. */
final class Frame {
    /** All memory; native addresses are offsets in it. Constant, so that compiled code folds its bounds and scope. */
    static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    final float[][] f;
    final double[][] d;
    final int[][] i;
    final long[][] l;
    /** Byte address of the tile's first element, for each memory use of a pass. */
    final long[] addr;
    /** Bytes from one row of the tile to the next, for each memory use of a pass. */
    final long[] rowBytes;

    /** For raw runs on their way to or from a conversion. */
    private short[] shorts = new short[0];
    private byte[] bytes = new byte[0];

    Frame(int slots, int memoryUses) {
        f = new float[slots][];
        d = new double[slots][];
        i = new int[slots][];
        l = new long[slots][];
        addr = new long[memoryUses];
        rowBytes = new long[memoryUses];
    }

    void allocate(int slot, Kind kind, int capacity) {
        switch (kind) {
            case F -> f[slot] = new float[capacity];
            case D -> d[slot] = new double[capacity];
            case I -> i[slot] = new int[capacity];
            case L -> l[slot] = new long[capacity];
            case M -> throw new IllegalArgumentException("masks have no array");
        }
    }

    short[] shorts(int n) {
        if (shorts.length < n) {
            shorts = new short[n];
        }
        return shorts;
    }

    byte[] bytes(int n) {
        if (bytes.length < n) {
            bytes = new byte[n];
        }
        return bytes;
    }
}
