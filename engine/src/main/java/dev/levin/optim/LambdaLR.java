package dev.levin.optim;

import java.util.List;
import java.util.function.LongToDoubleFunction;

/** The base rate times a function of the step number, one function per group (or one for all). */
public final class LambdaLR extends Scheduler {
    private final List<LongToDoubleFunction> factors;

    public LambdaLR(Optimizer optimizer, LongToDoubleFunction factor) {
        this(optimizer, java.util.Collections.nCopies(optimizer.paramGroups().size(), factor));
    }

    public LambdaLR(Optimizer optimizer, List<LongToDoubleFunction> factors) {
        super(optimizer);
        this.factors = Factors.onePerGroup(optimizer, factors);
        start();
    }

    @Override
    protected double next(int group, long epoch, double current) {
        return baseLr(group) * factors.get(group).applyAsDouble(epoch);
    }
}
