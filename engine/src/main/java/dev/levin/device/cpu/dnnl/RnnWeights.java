package dev.levin.device.cpu.dnnl;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.levin.device.cpu.dnnl.RnnSpec.Cell;
import java.lang.foreign.MemorySegment;

/**
 * Brings PyTorch's recurrent parameters into the library's form and gradients back: the library has one bias where PyTorch
 * has two, and its GRU orders the gates z, r, n instead of r, z, n.
 */
final class RnnWeights {
    private final RnnSpec spec;

    RnnWeights(RnnSpec spec) {
        this.spec = spec;
    }

    boolean reordersGates() {
        return spec.cell() == Cell.GRU;
    }

    /** Copies {@code [G H, features]} with the first two of GRU's gates exchanged, in either direction. */
    void exchangeGates(long from, long to, long features) {
        long gate = spec.hidden() * features * 4;
        for (int g = 0; g < 3; g++) {
            int other = g == 0 ? 1 : g == 1 ? 0 : 2;
            MemorySegment.copy(Native.MEMORY, from + g * gate, Native.MEMORY, to + other * gate, gate);
        }
    }

    long biasBytes() {
        return 4 * spec.hidden() * (reordersGates() ? 4 : spec.cell().gates());
    }

    /** The library's bias from PyTorch's two; an address of 0 is a bias of zeros. */
    void joinBiases(long input, long hidden, long to) {
        long h = spec.hidden();
        for (long i = 0; i < spec.cell().gates() * h; i++) {
            float a = get(input, i);
            float b = get(hidden, i);
            if (!reordersGates()) {
                put(to, i, a + b);
            } else if (i < h) {
                put(to, i + h, a + b);
            } else if (i < 2 * h) {
                put(to, i - h, a + b);
            } else {
                put(to, i, a);
                put(to, i + h, b);
            }
        }
    }

    /** The gradients of PyTorch's biases from that of the library's; an address of 0 is not written. */
    void splitBiasGradient(long from, long input, long hidden) {
        long h = spec.hidden();
        for (long i = 0; i < spec.cell().gates() * h; i++) {
            float a;
            float b;
            if (!reordersGates()) {
                a = get(from, i);
                b = a;
            } else if (i < 2 * h) {
                a = get(from, i < h ? i + h : i - h);
                b = a;
            } else {
                a = get(from, i);
                b = get(from, i + h);
            }
            put(input, i, a);
            put(hidden, i, b);
        }
    }

    private static float get(long base, long i) {
        return base == 0 ? 0 : Native.MEMORY.get(JAVA_FLOAT, base + 4 * i);
    }

    private static void put(long base, long i, float v) {
        if (base != 0) {
            Native.MEMORY.set(JAVA_FLOAT, base + 4 * i, v);
        }
    }
}
