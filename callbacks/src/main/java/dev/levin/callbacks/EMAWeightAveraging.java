package dev.levin.callbacks;

/**
 * Keeps an exponential moving average of the weights: {@code average = decay * average + (1 - decay) * current}. Validation,
 * checkpoints and the final model use the average; see {@link WeightAveraging}.
 */
public final class EMAWeightAveraging extends WeightAveraging {
    private int everyNSteps = 1;
    private Long startingAtStep;
    private Integer startingAtEpoch;

    /** Decay 0.999. */
    public EMAWeightAveraging() {
        this(0.999);
    }

    /** @param decay weight of the old average, between 0 and 1 */
    public EMAWeightAveraging(double decay) {
        super(true, (average, current, updates) -> average.lerp(current, 1 - checked(decay)));
        checked(decay);
    }

    private static double checked(double decay) {
        if (!(decay >= 0 && decay <= 1)) {
            throw new IllegalArgumentException("the decay of a moving average is between 0 and 1, got " + decay + "; usual is 0.999");
        }
        return decay;
    }

    /** Updates after every n-th optimizer step; 0 for by epochs only. */
    public EMAWeightAveraging everyNSteps(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("everyNSteps(" + n + "): use 0 (by epochs only) or more");
        }
        everyNSteps = n;
        return this;
    }

    /** Updates after steps from this zero-based one on. */
    public EMAWeightAveraging startingAtStep(long step) {
        startingAtStep = step;
        return this;
    }

    /** Also updates at the end of epochs, from this zero-based one on. */
    public EMAWeightAveraging startingAtEpoch(int epoch) {
        startingAtEpoch = epoch;
        return this;
    }

    @Override
    protected boolean shouldUpdateAfterStep(long step) {
        return everyNSteps > 0 && (startingAtStep == null || step >= startingAtStep) && step % everyNSteps == 0;
    }

    @Override
    protected boolean shouldUpdateAfterEpoch(int epoch) {
        return startingAtEpoch != null && epoch >= startingAtEpoch;
    }
}
