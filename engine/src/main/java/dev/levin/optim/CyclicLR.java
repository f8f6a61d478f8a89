package dev.levin.optim;

import java.util.Collections;
import java.util.List;

/** Cycles between two rates (Smith 2017); momentum moves the other way. */
public final class CyclicLR extends Scheduler {
    /** How the amplitude changes: not at all, halved every cycle, or by {@code gamma ^ step}. */
    public enum Mode { TRIANGULAR, TRIANGULAR2, EXP_RANGE }

    /** Options and their usual values. */
    public record Options(int stepSizeUp, int stepSizeDown, Mode mode, double gamma, boolean cycleMomentum, double baseMomentum,
            double maxMomentum) {
        public static Options defaults() {
            return new Options(2000, 2000, Mode.TRIANGULAR, 1, true, 0.8, 0.9);
        }
    }

    private final List<Double> lowLrs;
    private final List<Double> highLrs;
    private final Options options;

    public CyclicLR(Optimizer optimizer, double baseLr, double maxLr, Options options) {
        this(optimizer, Collections.nCopies(optimizer.paramGroups().size(), baseLr), Collections.nCopies(optimizer.paramGroups().size(), maxLr), options);
    }

    /** With one pair of rates for each parameter group. */
    public CyclicLR(Optimizer optimizer, List<Double> baseLrs, List<Double> maxLrs, Options options) {
        super(optimizer);
        this.lowLrs = Factors.onePerGroup(optimizer, baseLrs);
        this.highLrs = Factors.onePerGroup(optimizer, maxLrs);
        this.options = options;
        if (options.cycleMomentum && optimizer.paramGroups().stream().anyMatch(g -> !g.has("momentum") && !g.has("beta1"))) {
            throw new IllegalArgumentException("cycling momentum needs an optimizer with momentum; turn cycleMomentum off");
        }
        start();
    }

    private double wave(long epoch) {
        double period = options.stepSizeUp + options.stepSizeDown;
        double cycle = Math.floor(1 + epoch / period);
        double x = 1 + epoch / period - cycle;
        double up = options.stepSizeUp / period;
        double height = x <= up ? x / up : (x - 1) / (up - 1);
        return height * switch (options.mode) {
            case TRIANGULAR -> 1;
            case TRIANGULAR2 -> 1 / Math.pow(2, cycle - 1);
            case EXP_RANGE -> Math.pow(options.gamma, epoch);
        };
    }

    @Override
    protected double next(int group, long epoch, double current) {
        double low = lowLrs.get(group);
        return low + (highLrs.get(group) - low) * wave(epoch);
    }

    @Override
    protected void applied(long epoch) {
        if (options.cycleMomentum) {
            double m = options.maxMomentum - (options.maxMomentum - options.baseMomentum) * wave(epoch);
            optimizer().paramGroups().forEach(g -> g.set(g.has("beta1") ? "beta1" : "momentum", m));
        }
    }
}
