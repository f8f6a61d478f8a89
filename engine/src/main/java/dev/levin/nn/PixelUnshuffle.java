package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** [N, C, H * r, W * r] to [N, C * r * r, H, W]. */
public final class PixelUnshuffle extends BuiltIn {
    private final int downscaleFactor;

    public PixelUnshuffle(int downscaleFactor) {
        this.downscaleFactor = downscaleFactor;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.pixelUnshuffle(x, downscaleFactor);
    }

    @Override
    protected String describe() {
        return "downscale_factor=" + downscaleFactor;
    }
}
