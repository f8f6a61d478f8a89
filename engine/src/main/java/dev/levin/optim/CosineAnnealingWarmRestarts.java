package dev.levin.optim;

/** Cosine annealing with restarts (SGDR, Loshchilov and Hutter 2017); periods grow by {@code tMult}. */
public final class CosineAnnealingWarmRestarts extends Scheduler {
    private final int t0;
    private final int tMult;
    private final double etaMin;

    public CosineAnnealingWarmRestarts(Optimizer optimizer, int t0) {
        this(optimizer, t0, 1, 0);
    }

    public CosineAnnealingWarmRestarts(Optimizer optimizer, int t0, int tMult, double etaMin) {
        super(optimizer);
        if (t0 < 1 || tMult < 1) {
            throw new IllegalArgumentException("t0 and tMult must be at least 1, not " + t0 + " and " + tMult);
        }
        this.t0 = t0;
        this.tMult = tMult;
        this.etaMin = etaMin;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return at(group, epoch);
    }

    /** Sets the rates of a fractional epoch, such as {@code epoch + batch / batches}. */
    public void stepAt(double epoch) {
        restart((long) Math.floor(epoch));
        for (int i = 0; i < baseLrs().size(); i++) {
            optimizer().paramGroups().get(i).setLr(at(i, epoch));
        }
    }

    private double at(int group, double epoch) {
        double period = t0;
        double inside = epoch;
        if (tMult == 1) {
            inside = epoch % t0;
        } else if (epoch >= t0) {
            int n = (int) (Math.log(epoch / t0 * (tMult - 1) + 1) / Math.log(tMult) + 1e-12);
            inside = epoch - t0 * (Math.pow(tMult, n) - 1) / (tMult - 1);
            period = t0 * Math.pow(tMult, n);
        }
        return etaMin + (baseLr(group) - etaMin) * (1 + Math.cos(Math.PI * inside / period)) / 2;
    }
}
