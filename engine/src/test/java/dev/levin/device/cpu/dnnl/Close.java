package dev.levin.device.cpu.dnnl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Comparison of library results with double loops. */
final class Close {
    private Close() {
    }

    /** Each element within {@code relative * scale} of the expected one, where the scale is the largest expected value. */
    static void assertClose(double[] expected, double[] actual, double relative, String what) {
        assertEquals(expected.length, actual.length, what);
        double scale = 1e-3;
        for (double e : expected) {
            scale = Math.max(scale, Math.abs(e));
        }
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs(expected[i] - actual[i]);
            assertTrue(error <= relative * scale, what + ": element " + i + " is " + actual[i] + ", expected " + expected[i]);
        }
    }

    static void assertSameBits(NativeArray expected, NativeArray actual, String what) {
        assertEquals(-1, expected.segment.mismatch(actual.segment), what + ": first byte that differs");
    }
}
