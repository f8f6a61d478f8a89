package dev.levin.optim;

/** Multiplies the learning rate by {@code gamma} every step. */
public final class ExponentialLR extends Scheduler {
    private final double gamma;

    public ExponentialLR(Optimizer optimizer, double gamma) {
        super(optimizer);
        this.gamma = gamma;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return epoch == 0 ? current : current * gamma;
    }

    @Override
    protected double lrAt(int group, long epoch) {
        return baseLr(group) * Math.pow(gamma, epoch);
    }
}
