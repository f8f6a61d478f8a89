package dev.levin.optim;

import java.util.Arrays;

/** Multiplies the learning rate by {@code gamma} at each milestone; one listed twice counts twice. */
public final class MultiStepLR extends Scheduler {
    private final int[] milestones;
    private final double gamma;

    public MultiStepLR(Optimizer optimizer, int[] milestones, double gamma) {
        super(optimizer);
        this.milestones = milestones.clone();
        this.gamma = gamma;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return current * Math.pow(gamma, Arrays.stream(milestones).filter(m -> m == epoch && epoch > 0).count());
    }

    @Override
    protected double lrAt(int group, long epoch) {
        return baseLr(group) * Math.pow(gamma, Arrays.stream(milestones).filter(m -> m <= epoch).count());
    }
}
