package dev.levin.nn;

import dev.levin.tensor.Tensor;
import java.util.Arrays;

/** Mean of as many windows of [N, C, D, H, W] as the output has elements. */
public final class AdaptiveAvgPool3d extends BuiltIn {
    private final int[] outputSize;

    /** One extent for all axes or one per axis; -1 keeps the input's. */
    public AdaptiveAvgPool3d(int... outputSize) {
        this.outputSize = Args.perAxis("output_size", outputSize, 3, -1).clone();
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.adaptiveAvgPool(3, x, outputSize);
    }

    @Override
    protected String describe() {
        return "output_size=" + (Arrays.stream(outputSize).distinct().count() == 1 ? Integer.toString(outputSize[0]) : Text.tuple(outputSize));
    }
}
