package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** Adamax: Adam in the infinity norm (Kingma and Ba 2015). */
public final class Adamax extends Optimizer {
    private final boolean maximize;
    private Tensor rates;

    public Adamax(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 0.999, 1e-8, 0, false);
    }

    public Adamax(List<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weightDecay, boolean maximize) {
        super(groups, Options.of("lr", lr, "beta1", beta1, "beta2", beta2, "eps", eps, "weight_decay", weightDecay));
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "eps", "weight_decay");
        Options.rate(g, "beta1", "beta2");
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group) {
        Tensor t = countSteps(group);
        Tensor lr = option(group, "lr", DType.F64);
        Tensor beta1 = option(group, "beta1", DType.F64);
        rates = lr.div(beta1.pow(t).rsub(1.0));
        super.update(group);
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        DType t = p.dtype();
        Tensor g = decayed(group, p, maximize ? grad.neg() : grad);
        Tensor beta2 = option(group, "beta2", t);
        State m = state(p, "exp_avg");
        Tensor m1 = m.add(g.sub(m).mul(option(group, "beta1", t).rsub(1.0)));
        assign(m, m1);
        State u = state(p, "exp_inf");
        Tensor u1 = u.mul(beta2).maximum(g.abs().add(option(group, "eps", t)));
        assign(u, u1);
        assign(p, p.sub(m1.mul(entry(rates, group, p)).div(u1)));
    }
}
