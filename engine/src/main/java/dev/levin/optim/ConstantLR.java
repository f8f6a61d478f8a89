package dev.levin.optim;

/** Multiplies the learning rate by {@code factor} for the first {@code totalIters} steps. */
public final class ConstantLR extends Scheduler {
    private final double factor;
    private final int totalIters;

    public ConstantLR(Optimizer optimizer) {
        this(optimizer, 1.0 / 3, 5);
    }

    public ConstantLR(Optimizer optimizer, double factor, int totalIters) {
        super(optimizer);
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException("the constant factor must be in (0, 1], not " + factor);
        }
        this.factor = factor;
        this.totalIters = totalIters;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return epoch == 0 ? current * factor : epoch == totalIters ? current / factor : current;
    }

    @Override
    protected double lrAt(int group, long epoch) {
        return baseLr(group) * (epoch >= totalIters ? 1 : factor);
    }
}
