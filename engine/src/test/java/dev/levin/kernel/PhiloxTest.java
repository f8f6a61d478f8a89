package dev.levin.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(CudaToo.class)
class PhiloxTest {
    /** Known-answer vectors of Philox4x32-10 published with Random123. */
    @Test
    void matchesKnownAnswers() {
        known(new int[] {0, 0, 0, 0}, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        known(new int[] {-1, -1, -1, -1}, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        known(new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0,
                0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    private static void known(int[] counter, int key0, int key1, int... want) {
        Philox.block(counter, key0, key1);
        assertArrayEquals(want, counter);
    }

    /** The reference interpreter numbers draws; every device must agree with it. */
    @Test
    void drawsAreNumberedAsInTheReference() {
        long seed = 0x123456789abcdefL;
        long step = 0x7654321012345L;
        HostArray want = dev.levin.reference.Philox.words(seed, step, 9, 103);
        int[] got = new int[103];
        Philox.fill(seed, step, 9, 0, got, 0, 103);
        for (int i = 0; i < got.length; i++) {
            assertEquals(want.getLong(i), got[i]);
            assertEquals(want.getLong(i), Philox.bits(seed, step, 9, i));
        }
    }

    @Test
    void kernelsSeeTheSameBitsInAnyLayout() {
        HostArray state = Check.of(DType.I64, 0, 0);
        state.setLong(0, 0x123456789abcdefL);
        state.setLong(1, 77);
        int n = 1003;
        var k = new KernelBuilder(n);
        int r = k.random(k.buffer(DType.I64), 5, new IndexMap(0, List.of(Term.of(0, 1))));
        k.store(k.buffer(DType.I32), Access.affine(0, 1), r);
        HostArray flat = Check.check(k.build(), 0, state, Check.zeros(DType.I32, n))[1];
        // the same numbers seen transposed: element (i, j) of [17, 59] is number 59 i + j, visited with i innermost
        var t = new KernelBuilder(59, 17);
        int q = t.random(t.buffer(DType.I64), 5, new IndexMap(0, List.of(Term.of(0, 1), Term.of(1, 59))));
        t.store(t.buffer(DType.I32), Access.affine(0, 17, 1), q);
        HostArray turned = Check.check(t.build(), 0, state, Check.zeros(DType.I32, n))[1];
        for (int i = 0; i < 17; i++) {
            for (int j = 0; j < 59; j++) {
                assertEquals(flat.getLong(59 * i + j), turned.getLong(17 * j + i));
            }
        }
    }

    @Test
    void dropoutKeepsAboutItsShare() {
        int n = 100_000;
        var k = new KernelBuilder(n);
        int bits = k.random(k.buffer(DType.I64), 1, new IndexMap(0, List.of(Term.of(0, 1))));
        int positive = k.compute(ScalarOp.AND, bits, k.constant(DType.I32, Integer.MAX_VALUE));
        int u = k.compute(ScalarOp.MUL, k.cast(DType.F32, positive), k.constant(DType.F32, 0x1p-31));
        int keep = k.compute(ScalarOp.LT, u, k.uniform(DType.F32, 0));
        int x = k.load(k.buffer(DType.F32), Access.affine(0, 1));
        int y = k.compute(ScalarOp.WHERE, keep, x, k.constant(DType.F32, 0));
        k.store(k.buffer(DType.F32), Access.affine(0, 1), y);
        HostArray ones = Check.zeros(DType.F32, n);
        for (int i = 0; i < n; i++) {
            ones.setDouble(i, 1);
        }
        HostArray out = Check.run(Check.KERNELS.compile(k.build()), 1, new double[] {0.75}, Check.of(DType.I64, 42, 3), ones, Check.zeros(DType.F32, n))[2];
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += out.getDouble(i);
        }
        assertEquals(0.75, sum / n, 0.005);
    }
}
