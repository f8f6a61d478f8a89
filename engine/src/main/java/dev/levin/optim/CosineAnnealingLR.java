package dev.levin.optim;

/** Half a cosine from the base rate to {@code etaMin} over {@code tMax} steps, and back (SGDR without restarts, 2017). */
public final class CosineAnnealingLR extends Scheduler {
    private final int tMax;
    private final double etaMin;

    public CosineAnnealingLR(Optimizer optimizer, int tMax) {
        this(optimizer, tMax, 0);
    }

    public CosineAnnealingLR(Optimizer optimizer, int tMax, double etaMin) {
        super(optimizer);
        if (tMax < 1) {
            throw new IllegalArgumentException("tMax must be at least 1, not " + tMax);
        }
        this.tMax = tMax;
        this.etaMin = etaMin;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        if (epoch == 0) {
            return current;
        }
        if ((epoch - 1 - tMax) % (2L * tMax) == 0) {
            return current + (baseLr(group) - etaMin) * (1 - Math.cos(Math.PI / tMax)) / 2;
        }
        return (1 + Math.cos(Math.PI * epoch / tMax)) / (1 + Math.cos(Math.PI * (epoch - 1) / tMax)) * (current - etaMin) + etaMin;
    }

    @Override
    protected double lrAt(int group, long epoch) {
        return etaMin + (baseLr(group) - etaMin) * (1 + Math.cos(Math.PI * epoch / tMax)) / 2;
    }
}
