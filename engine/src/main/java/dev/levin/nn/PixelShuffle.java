package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** [N, C * r * r, H, W] to [N, C, H * r, W * r] (Shi et al. 2016). */
public final class PixelShuffle extends BuiltIn {
    private final int upscaleFactor;

    public PixelShuffle(int upscaleFactor) {
        this.upscaleFactor = upscaleFactor;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.pixelShuffle(x, upscaleFactor);
    }

    @Override
    protected String describe() {
        return "upscale_factor=" + upscaleFactor;
    }
}
