package dev.levin.device.cpu.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.levin.type.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * max(x, 0) in place, on what a task has just written and still has in cache. The library's own version turns NaN into 0,
 * which would hide a run that has diverged; here NaN stays.
 */
final class Relu {
    private static final int INFINITY_F32 = 0x7f800000;
    private static final int INFINITY_BF16 = 0x7f80;
    private static final int INFINITY_F16 = 0x7c00;

    private static final Optional<ReluCode> CODE_F32 = ReluCode.of(INFINITY_F32, false);
    private static final Optional<ReluCode> CODE_BF16 = ReluCode.of(INFINITY_BF16, true);
    private static final Optional<ReluCode> CODE_F16 = ReluCode.of(INFINITY_F16, true);

    private Relu() {
    }

    /** On {@code n} elements, one after the other. */
    static void inPlace(DType dtype, long address, long n) {
        Optional<ReluCode> code = switch (dtype) {
            case F32 -> CODE_F32;
            case BF16 -> CODE_BF16;
            case F16 -> CODE_F16;
            default -> throw new IllegalArgumentException("no RELU for " + dtype);
        };
        long done = 0;
        if (code.isPresent()) {
            long vectors = n * dtype.bytes() / ReluCode.VECTOR;
            code.get().run(address, vectors);
            done = vectors * ReluCode.VECTOR / dtype.bytes();
        }
        inJava(dtype, address + done * dtype.bytes(), n - done);
    }

    /** The same by the JVM. */
    static void inJava(DType dtype, long address, long n) {
        // Pieces, so that the loops count in ints; bits as ints, since that is what the JVM vectorises on native memory.
        for (long at = 0; at < n; at += 1 << 20) {
            int count = (int) Math.min(1 << 20, n - at);
            MemorySegment piece = Native.MEMORY.asSlice(address + at * dtype.bytes(), (long) count * dtype.bytes());
            if (dtype == DType.F32) {
                words(piece, count);
            } else {
                halves(piece, count, dtype == DType.BF16 ? INFINITY_BF16 : INFINITY_F16);
            }
        }
    }

    private static void words(MemorySegment s, int n) {
        for (int i = 0; i < n; i++) {
            int x = s.get(JAVA_INT, 4L * i);
            int nan = (INFINITY_F32 - (x & 0x7fffffff)) >> 31;
            s.set(JAVA_INT, 4L * i, x & (~(x >> 31) | nan));
        }
    }

    /** Two elements to an int: the bit that says "negative", or "NaN", is spread over its own half by a multiplication. */
    private static void halves(MemorySegment s, int n, int infinity) {
        int toSign = (0x7fff - infinity) * 0x10001;
        for (int i = 0; i < n >> 1; i++) {
            int x = s.get(JAVA_INT_UNALIGNED, 4L * i);
            int negative = ((x & 0x80008000) >>> 15) * 0xffff;
            int nan = (((x & 0x7fff7fff) + toSign & 0x80008000) >>> 15) * 0xffff;
            s.set(JAVA_INT_UNALIGNED, 4L * i, x & (~negative | nan));
        }
        if ((n & 1) != 0) {
            long last = 2L * (n - 1);
            int x = s.get(JAVA_SHORT, last);
            s.set(JAVA_SHORT, last, x < 0 && (x & 0x7fff) <= infinity ? 0 : (short) x);
        }
    }
}
