package dev.levin.optim;

/** Lets the learning rate fall to 0 as {@code (1 - t / totalIters) ^ power}. */
public final class PolynomialLR extends Scheduler {
    private final int totalIters;
    private final double power;

    public PolynomialLR(Optimizer optimizer, int totalIters, double power) {
        super(optimizer);
        this.totalIters = totalIters;
        this.power = power;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        if (epoch == 0 || epoch > totalIters) {
            return current;
        }
        return current * Math.pow((1 - (double) epoch / totalIters) / (1 - (double) (epoch - 1) / totalIters), power);
    }

    @Override
    protected double lrAt(int group, long epoch) {
        return baseLr(group) * Math.pow(1 - (double) Math.min(totalIters, epoch) / totalIters, power);
    }
}
