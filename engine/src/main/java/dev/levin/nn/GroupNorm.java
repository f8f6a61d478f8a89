package dev.levin.nn;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;

/** Normalises groups of channels of [N, C, ...] (Wu and He 2018). */
public final class GroupNorm extends BuiltIn {
    /** [numChannels], or null */
    public final Parameter weight;
    /** [numChannels], or null */
    public final Parameter bias;
    private final int numGroups;
    private final int numChannels;
    private final double eps;

    public GroupNorm(int numGroups, int numChannels) {
        this(numGroups, numChannels, 1e-5, true);
    }

    public GroupNorm(int numGroups, int numChannels, double eps, boolean affine) {
        if (numGroups < 1 || numChannels % numGroups != 0) {
            throw new IllegalArgumentException("GroupNorm: " + numChannels + " channels can't be divided into " + numGroups + " groups");
        }
        this.numGroups = numGroups;
        this.numChannels = numChannels;
        this.eps = eps;
        weight = affine ? parameter(Init.ones(), numChannels) : null;
        bias = affine ? parameter(Init.zeros(), numChannels) : null;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.groupNorm(x, numGroups, weight, bias, eps);
    }

    @Override
    protected String describe() {
        return numGroups + ", " + numChannels + ", eps=" + Text.number(eps) + ", affine=" + Text.bool(weight != null);
    }
}
