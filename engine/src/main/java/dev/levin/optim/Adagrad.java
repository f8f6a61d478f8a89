package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** Adagrad (Duchi et al. 2011). */
public final class Adagrad extends Optimizer {
    private final double initialAccumulator;
    private final boolean maximize;
    private Tensor rates;

    public Adagrad(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0, 0, 0, 1e-10, false);
    }

    public Adagrad(List<ParamGroup> groups, double lr, double lrDecay, double weightDecay, double initialAccumulatorValue, double eps,
            boolean maximize) {
        super(groups, Options.of("lr", lr, "lr_decay", lrDecay, "weight_decay", weightDecay, "eps", eps));
        if (!(initialAccumulatorValue >= 0)) {
            throw new IllegalArgumentException("initialAccumulatorValue must not be negative: " + initialAccumulatorValue);
        }
        this.initialAccumulator = initialAccumulatorValue;
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "lr_decay", "weight_decay", "eps");
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group) {
        Tensor t = countSteps(group);
        rates = option(group, "lr", DType.F64).div(t.sub(1.0).mul(option(group, "lr_decay", DType.F64)).add(1.0));
        super.update(group);
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        Tensor g = decayed(group, p, maximize ? grad.neg() : grad);
        State sum = state(p, "sum", () -> Tensor.full(p.shape(), initialAccumulator, p.dtype()));
        Tensor sum1 = sum.add(g.mul(g));
        assign(sum, sum1);
        Tensor rate = entry(rates, group, p);
        assign(p, p.sub(g.mul(rate).div(sum1.sqrt().add(option(group, "eps", p.dtype())))));
    }
}
