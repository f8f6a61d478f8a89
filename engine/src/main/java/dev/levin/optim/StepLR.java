package dev.levin.optim;

/** Multiplies the learning rate by {@code gamma} every {@code stepSize} steps. */
public final class StepLR extends Scheduler {
    private final int stepSize;
    private final double gamma;

    public StepLR(Optimizer optimizer, int stepSize) {
        this(optimizer, stepSize, 0.1);
    }

    public StepLR(Optimizer optimizer, int stepSize, double gamma) {
        super(optimizer);
        if (stepSize < 1) {
            throw new IllegalArgumentException("stepSize must be at least 1, not " + stepSize);
        }
        this.stepSize = stepSize;
        this.gamma = gamma;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return epoch > 0 && epoch % stepSize == 0 ? current * gamma : current;
    }

    @Override
    protected double lrAt(int group, long epoch) {
        return baseLr(group) * Math.pow(gamma, epoch / stepSize);
    }
}
