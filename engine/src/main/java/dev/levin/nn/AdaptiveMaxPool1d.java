package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.Arrays;

/** Maximum of as many windows of [N, C, L] as the output has elements. */
public final class AdaptiveMaxPool1d extends BuiltIn {
    private final int[] outputSize;

    /** One extent for all axes or one per axis; -1 keeps the input's. */
    public AdaptiveMaxPool1d(int... outputSize) {
        this.outputSize = Args.perAxis("output_size", outputSize, 1, -1).clone();
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.adaptiveMaxPool(1, x, outputSize).output();
    }

    /** The maxima and where they were. */
    public Functional.Pooled forwardWithIndices(Tensor x) {
        return within(() -> Functional.adaptiveMaxPool(1, x, outputSize));
    }

    @Override
    protected String describe() {
        return "output_size=" + (Arrays.stream(outputSize).distinct().count() == 1 ? Integer.toString(outputSize[0]) : Text.tuple(outputSize));
    }
}
