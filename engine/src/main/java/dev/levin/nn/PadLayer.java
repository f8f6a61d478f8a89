package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** What the padding layers share. */
abstract class PadLayer extends BuiltIn {
    private final int[] padding;
    private final PaddingMode mode;
    private final double value;

    PadLayer(int axes, int[] padding, PaddingMode mode, double value) {
        this.padding = Args.perAxis("padding", padding, 2 * axes, Integer.MIN_VALUE);
        this.mode = mode;
        this.value = value;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.pad(x, padding, mode, value);
    }

    @Override
    protected String describe() {
        return Text.tuple(padding) + (value != 0 ? ", value=" + Text.number(value) : "");
    }
}
