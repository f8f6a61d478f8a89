package dev.levin.optim;

import java.util.Collections;
import java.util.List;

/** The 1cycle policy (Smith and Topin 2018): up to {@code maxLr}, down far below; momentum moves the other way. */
public final class OneCycleLR extends Scheduler {
    /** Shape of each phase. */
    public enum Anneal { COS, LINEAR }

    /** Options and their usual values; see {@link #defaults()}. */
    public record Options(double pctStart, Anneal anneal, boolean cycleMomentum, double baseMomentum, double maxMomentum,
            double divFactor, double finalDivFactor, boolean threePhase) {
        public static Options defaults() {
            return new Options(0.3, Anneal.COS, true, 0.85, 0.95, 25, 1e4, false);
        }

        public Options linear() {
            return new Options(pctStart, Anneal.LINEAR, cycleMomentum, baseMomentum, maxMomentum, divFactor, finalDivFactor, threePhase);
        }
    }

    private final List<Double> maxLrs;
    private final int totalSteps;
    private final Options options;

    public OneCycleLR(Optimizer optimizer, double maxLr, int totalSteps) {
        this(optimizer, Collections.nCopies(optimizer.paramGroups().size(), maxLr), totalSteps, Options.defaults());
    }

    public OneCycleLR(Optimizer optimizer, List<Double> maxLrs, int totalSteps, Options options) {
        super(optimizer);
        if (totalSteps < 1) {
            throw new IllegalArgumentException("totalSteps must be at least 1, not " + totalSteps);
        }
        if (!(options.pctStart >= 0 && options.pctStart <= 1)) {
            throw new IllegalArgumentException("pctStart must be in [0, 1], not " + options.pctStart);
        }
        this.maxLrs = Factors.onePerGroup(optimizer, maxLrs);
        this.totalSteps = totalSteps;
        this.options = options;
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        if (epoch > totalSteps) {
            throw new IllegalStateException("the one-cycle schedule has " + totalSteps + " steps and was asked for step " + epoch
                    + "; give it the number of optimizer steps of the whole run");
        }
        double max = maxLrs.get(group);
        double initial = max / options.divFactor;
        return curve(epoch, initial, max, initial, initial / options.finalDivFactor);
    }

    /** Value at a step of: start to peak, then (three phases: to back, then) to end. */
    private double curve(long step, double start, double peak, double back, double end) {
        double up = options.pctStart * totalSteps - 1;
        double last = totalSteps - 1;
        if (step <= up || up >= last) {
            return blend(start, peak, step / up);
        }
        if (!options.threePhase) {
            return blend(peak, end, (step - up) / (last - up));
        }
        double down = 2 * options.pctStart * totalSteps - 2;
        return step <= down ? blend(peak, back, (step - up) / (down - up)) : blend(back, end, (step - down) / (last - down));
    }

    private double blend(double from, double to, double part) {
        return options.anneal == Anneal.COS ? to + (from - to) / 2 * (1 + Math.cos(Math.PI * part)) : (to - from) * part + from;
    }

    @Override
    protected void applied(long epoch) {
        if (options.cycleMomentum) {
            double m = curve(epoch, options.maxMomentum, options.baseMomentum, options.maxMomentum, options.maxMomentum);
            optimizer().paramGroups().forEach(g -> g.set(g.has("beta1") ? "beta1" : "momentum", m));
        }
    }
}
