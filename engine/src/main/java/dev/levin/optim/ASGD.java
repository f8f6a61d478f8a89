package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** Averaged stochastic gradient descent (Polyak and Juditsky 1992); the average is the state {@code ax}. */
public final class ASGD extends Optimizer {
    private final boolean maximize;
    private Tensor eta;
    private Tensor mu;

    public ASGD(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 1e-4, 0.75, 1e6, 0, false);
    }

    public ASGD(List<ParamGroup> groups, double lr, double lambd, double alpha, double t0, double weightDecay, boolean maximize) {
        super(groups, Options.of("lr", lr, "lambd", lambd, "alpha", alpha, "t0", t0, "weight_decay", weightDecay));
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "weight_decay");
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group) {
        Tensor before = countSteps(group).sub(1.0);
        Tensor lr = option(group, "lr", DType.F64);
        // PyTorch keeps both as F32 tensors, whatever the parameters are.
        eta = lr.div(before.mul(lr).mul(option(group, "lambd", DType.F64)).add(1.0).pow(option(group, "alpha", DType.F64)))
                .to(DType.F32).to(DType.F64);
        mu = before.sub(option(group, "t0", DType.F64)).clampMin(1).reciprocal().to(DType.F32).to(DType.F64);
        super.update(group);
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        Tensor g = decayed(group, p, maximize ? grad.neg() : grad);
        Tensor step = entry(eta, group, p);
        Tensor next = p.mul(step.mul(option(group, "lambd", p.dtype())).rsub(1.0)).sub(g.mul(step));
        State average = state(p, "ax");
        assign(average, average.add(next.sub(average).mul(entry(mu, group, p))));
        assign(p, next);
    }
}
