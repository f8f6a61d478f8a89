package dev.levin.optim;

/** Moves the factor of the learning rate from {@code startFactor} to {@code endFactor} over {@code totalIters} steps: a warm-up. */
public final class LinearLR extends Scheduler {
    private final double startFactor;
    private final double endFactor;
    private final int totalIters;

    public LinearLR(Optimizer optimizer) {
        this(optimizer, 1.0 / 3, 1, 5);
    }

    public LinearLR(Optimizer optimizer, double startFactor, double endFactor, int totalIters) {
        super(optimizer);
        if (!(startFactor > 0 && startFactor <= 1) || !(endFactor >= 0 && endFactor <= 1)) {
            throw new IllegalArgumentException("factors must be in (0, 1] at the start and [0, 1] at the end, not " + startFactor
                    + " and " + endFactor);
        }
        this.startFactor = startFactor;
        this.endFactor = endFactor;
        this.totalIters = totalIters;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        if (epoch == 0) {
            return current * startFactor;
        }
        return epoch > totalIters ? current
                : current * (1 + (endFactor - startFactor) / (totalIters * startFactor + (epoch - 1) * (endFactor - startFactor)));
    }

    @Override
    protected double lrAt(int group, long epoch) {
        return baseLr(group) * (startFactor + (endFactor - startFactor) * Math.min(totalIters, epoch) / totalIters);
    }
}
