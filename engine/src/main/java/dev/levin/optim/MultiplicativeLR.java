package dev.levin.optim;

import java.util.List;
import java.util.function.LongToDoubleFunction;

/** Multiplies the learning rate every step by a function of the step number. */
public final class MultiplicativeLR extends Scheduler {
    private final List<LongToDoubleFunction> factors;

    public MultiplicativeLR(Optimizer optimizer, LongToDoubleFunction factor) {
        this(optimizer, java.util.Collections.nCopies(optimizer.paramGroups().size(), factor));
    }

    public MultiplicativeLR(Optimizer optimizer, List<LongToDoubleFunction> factors) {
        super(optimizer);
        this.factors = Factors.onePerGroup(optimizer, factors);
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return epoch == 0 ? current : current * factors.get(group).applyAsDouble(epoch);
    }
}
