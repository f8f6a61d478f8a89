package dev.levin.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lowers the learning rate when a watched value stops improving. */
public final class ReduceLROnPlateau extends Scheduler {
    /** Options and their usual values. */
    public record Options(boolean max, double factor, int patience, double threshold, boolean absoluteThreshold, int cooldown,
            double minLr, double eps) {
        public static Options defaults() {
            return new Options(false, 0.1, 10, 1e-4, false, 0, 0, 1e-8);
        }

        /** The value should grow. */
        public Options maximizing() {
            return new Options(true, factor, patience, threshold, absoluteThreshold, cooldown, minLr, eps);
        }

        public Options withPatience(int checks) {
            return new Options(max, factor, checks, threshold, absoluteThreshold, cooldown, minLr, eps);
        }

        public Options withFactor(double f) {
            return new Options(max, f, patience, threshold, absoluteThreshold, cooldown, minLr, eps);
        }
    }

    private final Options options;
    private final List<Double> minLrs;
    private double best;
    private int badChecks;
    private int cooldownLeft;
    private long checks;

    public ReduceLROnPlateau(Optimizer optimizer) {
        this(optimizer, Options.defaults());
    }

    public ReduceLROnPlateau(Optimizer optimizer, Options options) {
        this(optimizer, options, Collections.nCopies(optimizer.paramGroups().size(), options.minLr));
    }

    /** @param minLrs one lower bound for each parameter group, instead of that of the options */
    public ReduceLROnPlateau(Optimizer optimizer, Options options, List<Double> minLrs) {
        super(optimizer);
        this.minLrs = Factors.onePerGroup(optimizer, minLrs);
        if (!(options.factor > 0 && options.factor < 1)) {
            throw new IllegalArgumentException("the factor must be in (0, 1), not " + options.factor);
        }
        this.options = options;
        this.best = options.max ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return current;
    }

    @Override
    public boolean needsMetric() {
        return true;
    }

    @Override
    public void step() {
        throw new IllegalStateException("ReduceLROnPlateau needs the value to watch: call step(metric), or give the trainer a monitor");
    }

    @Override
    public void step(double metric) {
        checks++;
        if (isBetter(metric)) {
            best = metric;
            badChecks = 0;
        } else {
            badChecks++;
        }
        if (cooldownLeft > 0) {
            cooldownLeft--;
            badChecks = 0;
        }
        if (badChecks > options.patience) {
            for (int i = 0; i < minLrs.size(); i++) {
                ParamGroup g = optimizer().paramGroups().get(i);
                double lower = Math.max(g.lr() * options.factor, minLrs.get(i));
                if (g.lr() - lower > options.eps) {
                    g.setLr(lower);
                }
            }
            cooldownLeft = options.cooldown;
            badChecks = 0;
        }
    }

    private boolean isBetter(double v) {
        if (options.absoluteThreshold) {
            return options.max ? v > best + options.threshold : v < best - options.threshold;
        }
        return options.max ? v > best * (Double.isInfinite(best) ? 1 : 1 + options.threshold)
                : v < best * (Double.isInfinite(best) ? 1 : 1 - options.threshold);
    }

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>(super.stateDict());
        m.put("best", best);
        m.put("num_bad_epochs", badChecks);
        m.put("cooldown_counter", cooldownLeft);
        m.put("checks", checks);
        return m;
    }

    @Override
    public void loadStateDict(Map<String, Object> saved) {
        super.loadStateDict(saved);
        best = ((Number) saved.get("best")).doubleValue();
        badChecks = ((Number) saved.get("num_bad_epochs")).intValue();
        cooldownLeft = ((Number) saved.get("cooldown_counter")).intValue();
        checks = ((Number) saved.get("checks")).longValue();
    }
}
