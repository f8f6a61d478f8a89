package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Interleaves the channels of groups: [N, C, ...] seen as [N, groups, C / groups, ...], transposed. */
public final class ChannelShuffle extends BuiltIn {
    private final int groups;

    public ChannelShuffle(int groups) {
        this.groups = groups;
    }

    @Override
    Tensor compute(Tensor x) {
        return Functional.channelShuffle(x, groups);
    }

    @Override
    protected String describe() {
        return "groups=" + groups;
    }
}
