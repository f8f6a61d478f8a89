package dev.levin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.levin.graph.Variable;
import dev.levin.type.Device;
import org.junit.jupiter.api.Test;

/** Initial values are computed where their variables keep them, and read as if they had always been there. */
class InitialValuesTest {
    private static State state(Tensor initial) {
        return new State("v", Variable.Kind.BUFFER, initial, Device.CPU);
    }

    @Test
    void whatWasReadBeforeItIsStoredIsTheSameValue() {
        Tensor start = Tensor.of(new float[] {1, 2, 3}, 3).mul(2);
        State v = state(start);
        // recorded before the value exists, run after others have made it
        Tensor early = v.add(10);
        assertArrayEquals(new float[] {2, 4, 6}, v.toFloats());
        assertArrayEquals(new float[] {12, 14, 16}, early.toFloats());
        assertArrayEquals(new float[] {2, 4, 6}, start.toFloats());
        assertEquals(0, v.variable().version());
        assertEquals(Device.CPU, v.variable().buffer().device());
    }

    @Test
    void valuesThatReadOtherVariables() {
        State a = state(Tensor.of(new float[] {1, 2}, 2).add(1));
        State b = state(a.mul(3));
        State c = state(b.sub(a));
        assertArrayEquals(new float[] {4, 6}, c.toFloats());
        assertArrayEquals(new float[] {6, 9}, b.toFloats());
        assertArrayEquals(new float[] {2, 3}, a.toFloats());
    }

    @Test
    void variablesThatShareAValueDoNotShareMemory() {
        Generator.global().manualSeed(5);
        Tensor drawn = Tensor.randn(64);
        State a = state(drawn);
        State b = state(drawn);
        float[] first = a.toFloats();
        assertArrayEquals(first, b.toFloats());
        b.set(b.mul(2));
        assertArrayEquals(first, a.toFloats());
        assertArrayEquals(first, drawn.toFloats());
    }

    @Test
    void aStepReadsAndReplacesThem() {
        State v = state(Tensor.of(new float[] {1, 2}, 2).mul(5));
        State unread = state(Tensor.of(new float[] {3}, 1).mul(7));
        Tensor y = Step.run("step", () -> {
            Tensor x = v.add(1);
            v.set(x);
            return x.mul(2);
        });
        assertArrayEquals(new float[] {12, 22}, y.toFloats());
        assertArrayEquals(new float[] {6, 11}, v.toFloats());
        assertEquals(1, v.variable().version());
        assertNotNull(unread.variable().buffer(), "made with the others");
        assertArrayEquals(new float[] {21}, unread.toFloats());
    }
}
