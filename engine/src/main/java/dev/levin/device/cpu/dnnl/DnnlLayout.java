package dev.levin.device.cpu.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.levin.device.cpu.dnnl.Native.Fn;
import dev.levin.type.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * How the elements of a tensor lie in memory: plain (strides only) or in blocks the library prefers, such as
 * {@code aBcd16b} for images with channels in groups of 16. An immutable value without native memory of its own.
 *
 * <p>Blocked layouts may be padded: a buffer of {@link #bytes()} bytes then holds more elements than the shape has, all
 * zero. An elementwise kernel may run over a blocked buffer as if it were flat if it keeps zeros zero, or if
 * {@link #isPadded()} is false.
 */
public final class DnnlLayout {
    private static final int MAX_DIMS = 12;
    private static final int QUERY_NDIMS = 256;
    private static final int QUERY_DIMS = 257;
    private static final int QUERY_DTYPE = 258;
    private static final int QUERY_PADDED_DIMS = 260;
    private static final int QUERY_FORMAT_KIND = 262;
    private static final int QUERY_INNER_COUNT = 263;
    private static final int QUERY_INNER_BLOCKS = 264;
    private static final int QUERY_INNER_DIMS = 265;
    private static final int QUERY_STRIDES = 14;
    private static final int BLOCKED = 2;

    private final DType dtype;
    private final long[] dims;
    private final long[] padded;
    private final long[] strides;
    private final long[] innerBlocks;
    private final long[] innerDims;
    private final boolean blocked;
    private final long bytes;
    private final byte[] blob;
    private final int hash;

    private DnnlLayout(long desc) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            int n = queryInt(desc, QUERY_NDIMS, out);
            dtype = dtype(queryInt(desc, QUERY_DTYPE, out));
            dims = queryLongs(desc, QUERY_DIMS, out, n);
            blocked = queryInt(desc, QUERY_FORMAT_KIND, out) == BLOCKED;
            padded = blocked ? queryLongs(desc, QUERY_PADDED_DIMS, out, n) : dims;
            strides = blocked ? queryLongs(desc, QUERY_STRIDES, out, n) : new long[0];
            int inner = blocked ? queryInt(desc, QUERY_INNER_COUNT, out) : 0;
            innerBlocks = queryLongs(desc, QUERY_INNER_BLOCKS, out, inner);
            innerDims = queryLongs(desc, QUERY_INNER_DIMS, out, inner);
            bytes = (long) Fn.dnnl_memory_desc_get_size.call(desc);
            Fn.dnnl_memory_desc_get_blob.check("layout", 0L, out.address(), desc);
            MemorySegment b = arena.allocate(out.get(JAVA_LONG, 0));
            Fn.dnnl_memory_desc_get_blob.check("layout", b.address(), out.address(), desc);
            blob = b.toArray(JAVA_BYTE);
        }
        hash = Arrays.hashCode(dims) * 31 + Arrays.hashCode(strides) * 17 + Arrays.hashCode(innerBlocks) + dtype.hashCode();
    }

    /** A layout read from a native descriptor, which stays the caller's. */
    static DnnlLayout of(long desc) {
        return new DnnlLayout(desc);
    }

    /** Dense, row-major. */
    public static DnnlLayout plain(DType dtype, long... dims) {
        return strided(dtype, dims, denseStrides(dims));
    }

    /** Dense with the channels last: {@code [N, C, spatial...]} stored as {@code [N, spatial..., C]}. */
    public static DnnlLayout channelsLast(DType dtype, long... dims) {
        long[] strides = new long[dims.length];
        strides[1] = 1;
        long s = dims[1];
        for (int i = dims.length - 1; i >= 2; i--) {
            strides[i] = s;
            s *= dims[i];
        }
        strides[0] = s;
        return strided(dtype, dims, strides);
    }

    /** Any strides, in elements. */
    public static DnnlLayout strided(DType dtype, long[] dims, long[] strides) {
        if (dims.length == 0 || dims.length > MAX_DIMS || dims.length != strides.length) {
            throw new IllegalArgumentException("dims " + Arrays.toString(dims) + " with strides " + Arrays.toString(strides)
                    + ": need as many of one as of the other, 1 to " + MAX_DIMS);
        }
        Dnnl.requireLoaded();
        try (Arena arena = Arena.ofConfined(); var scope = new DescriptorScope()) {
            long desc = scope.own(Fn.dnnl_memory_desc_destroy, Fn.dnnl_memory_desc_create_with_strides.make(
                    dtype + " " + Arrays.toString(dims), dims.length, Native.longs(arena, dims).address(), code(dtype),
                    Native.longs(arena, strides).address()));
            return new DnnlLayout(desc);
        }
    }

    static long[] denseStrides(long[] dims) {
        long[] strides = new long[dims.length];
        long s = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = s;
            s *= Math.max(1, dims[i]);
        }
        return strides;
    }

    static long newAny(DType dtype, long[] dims) {
        try (Arena arena = Arena.ofConfined()) {
            return Fn.dnnl_memory_desc_create_with_tag.make(dtype + " " + Arrays.toString(dims), dims.length,
                    Native.longs(arena, dims).address(), code(dtype), 1);
        }
    }

    long newNative() {
        try (Arena arena = Arena.ofConfined()) {
            return Fn.dnnl_memory_desc_create_with_blob.make(this, arena.allocateFrom(JAVA_BYTE, blob).address());
        }
    }

    /** The layout of {@code count} consecutive entries of the first dimension; same strides and blocks. */
    DnnlLayout rows(long count) {
        if (count == dims[0]) {
            return this;
        }
        long[] sub = dims.clone();
        sub[0] = count;
        try (Arena arena = Arena.ofConfined(); var scope = new DescriptorScope()) {
            long whole = scope.desc(this);
            long part = scope.own(Fn.dnnl_memory_desc_destroy, Fn.dnnl_memory_desc_create_submemory.make(this, whole,
                    Native.longs(arena, sub).address(), Native.longs(arena, new long[dims.length]).address()));
            return new DnnlLayout(part);
        }
    }

    /** Bytes from one entry of the first dimension to the next; needs {@link #isRowSplittable()}. */
    long rowBytes() {
        return strides[0] * dtype.bytes();
    }

    /** True if entries of the first dimension are each one range of bytes. */
    boolean isRowSplittable() {
        return rowGranule() == 1;
    }

    /** Number of entries of the first dimension that make one range of bytes; 0 if no number does. */
    long rowGranule() {
        if (!blocked) {
            return 0;
        }
        for (int i = 1; i < dims.length; i++) {
            if (dims[0] > 1 && dims[i] > 1 && strides[i] > strides[0]) {
                return 0;
            }
        }
        long granule = 1;
        for (int i = 0; i < innerDims.length; i++) {
            granule *= innerDims[i] == 0 ? innerBlocks[i] : 1;
        }
        return granule;
    }

    /** Bytes before entry {@code first}, a multiple of the granule, of the first dimension. */
    long rowOffset(long first) {
        return first / rowGranule() * strides[0] * dtype.bytes();
    }

    boolean sameShape(DnnlLayout other) {
        return Arrays.equals(dims, other.dims);
    }

    public DType dtype() {
        return dtype;
    }

    /** Logical dimensions, without padding. */
    public long[] dims() {
        return dims.clone();
    }

    long[] dimsArray() {
        return dims;
    }

    /** Strides in elements (of blocks, where blocked); empty for a layout only the library understands. */
    public long[] strides() {
        return strides.clone();
    }

    /** Bytes a buffer of this layout takes, padding included. */
    public long bytes() {
        return bytes;
    }

    /** True if strides describe it completely. */
    public boolean isPlain() {
        return blocked && innerBlocks.length == 0;
    }

    /** True if it is dense and row-major: the layout of an ordinary contiguous tensor. */
    public boolean isContiguous() {
        if (!isPlain()) {
            return false;
        }
        long[] dense = denseStrides(dims);
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] != 1 && strides[i] != dense[i]) {
                return false;
            }
        }
        return true;
    }

    /** True if the buffer holds elements beyond those of the shape. */
    public boolean isPadded() {
        return !blocked || !Arrays.equals(dims, padded);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof DnnlLayout l && hash == l.hash && dtype == l.dtype && blocked == l.blocked && bytes == l.bytes
                && Arrays.equals(dims, l.dims) && Arrays.equals(padded, l.padded) && Arrays.equals(strides, l.strides)
                && Arrays.equals(innerBlocks, l.innerBlocks) && Arrays.equals(innerDims, l.innerDims)
                && (blocked || Arrays.equals(blob, l.blob));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Like {@code float32 [64, 32, 28, 28] aBcd16b}, in the library's notation. */
    @Override
    public String toString() {
        return dtype.torchName() + " " + Arrays.toString(dims) + " " + tag();
    }

    private String tag() {
        if (!blocked) {
            return "opaque";
        }
        Integer[] order = new Integer[dims.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Long.compare(strides[b], strides[a]));
        var sb = new StringBuilder();
        for (int d : order) {
            boolean split = Arrays.stream(innerDims).anyMatch(i -> i == d);
            sb.append((char) ((split ? 'A' : 'a') + d));
        }
        for (int i = 0; i < innerBlocks.length; i++) {
            sb.append(innerBlocks[i]).append((char) ('a' + innerDims[i]));
        }
        return sb.toString();
    }

    private static int queryInt(long desc, int what, MemorySegment out) {
        Fn.dnnl_memory_desc_query.check("layout query " + what, desc, what, out.address());
        return out.get(JAVA_INT, 0);
    }

    private static long[] queryLongs(long desc, int what, MemorySegment out, int count) {
        if (count == 0) {
            return new long[0];
        }
        Fn.dnnl_memory_desc_query.check("layout query " + what, desc, what, out.address());
        return Native.MEMORY.asSlice(out.get(JAVA_LONG, 0), 8L * count).toArray(JAVA_LONG);
    }

    /** The library's number of a type. */
    static int code(DType dtype) {
        return switch (dtype) {
            case F16 -> 1;
            case BF16 -> 2;
            case F32 -> 3;
            case I32 -> 4;
            case I8 -> 5;
            case U8 -> 6;
            default -> throw new IllegalArgumentException(dtype + " is not a type oneDNN computes with here; "
                    + "use F32, BF16, F16, or the generated kernels");
        };
    }

    private static DType dtype(int code) {
        return switch (code) {
            case 1 -> DType.F16;
            case 2 -> DType.BF16;
            case 3 -> DType.F32;
            case 4 -> DType.I32;
            case 5 -> DType.I8;
            case 6 -> DType.U8;
            default -> throw new IllegalStateException("oneDNN type " + code + " has no counterpart");
        };
    }
}
