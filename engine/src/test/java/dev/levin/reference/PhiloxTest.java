package dev.levin.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.levin.graph.Nodes;
import dev.levin.type.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PhiloxTest {
    private static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
        int[] c = {c0, c1, c2, c3};
        Philox.block(c, k0, k1);
        return c;
    }

    /** The known answers published with Random123 (kat_vectors, philox 4x32 10). */
    @Test
    void agreesWithThePublishedKnownAnswers() {
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0, 0, 0, 0));
        assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1, -1, -1, -1));
        assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
                block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    @Test
    void aDrawUsesTheCounterWordsAsDocumented() {
        long seed = 0x299f31d0_a4093822L;
        long step = 0x85a308d3_03707344L;
        int[] words = (int[]) Run.value(Nodes.randomBits(Run.i64(seed, step), 0x13198a2e, Shape.of(2, 3))).array();
        int[] expected = Arrays.copyOf(block(0, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0), 6);
        System.arraycopy(block(1, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0), 0, expected, 4, 2);
        assertArrayEquals(expected, words);
    }

    @Test
    void aLongerDrawBeginsWithTheShorterOne() {
        int[] longer = (int[]) Philox.words(7, 9, 3, 1003).array();
        assertArrayEquals((int[]) Philox.words(7, 9, 3, 10).array(), Arrays.copyOf(longer, 10));
    }
}
