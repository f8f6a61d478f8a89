package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.Arrays;

/** Maximum of as many windows of [N, C, H, W] as the output has elements. */
public final class AdaptiveMaxPool2d extends BuiltIn {
    private final int[] outputSize;

    /** One extent for all axes or one per axis; -1 keeps the input's. */
    public AdaptiveMaxPool2d(int... outputSize) {
        this.outputSize = Args.perAxis("output_size", outputSize, 2, -1).clone();
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.adaptiveMaxPool(2, x, outputSize).output();
    }

    /** The maxima and where they were. */
    public Functional.Pooled forwardWithIndices(Tensor x) {
        return within(() -> Functional.adaptiveMaxPool(2, x, outputSize));
    }

    @Override
    protected String describe() {
        return "output_size=" + (Arrays.stream(outputSize).distinct().count() == 1 ? Integer.toString(outputSize[0]) : Text.tuple(outputSize));
    }
}
