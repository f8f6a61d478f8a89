package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** Rectified Adam (Liu et al. 2020). */
public final class RAdam extends Optimizer {
    private final boolean decoupledWeightDecay;
    private final boolean maximize;
    private Tensor rectified;
    private Tensor plain;
    private Tensor rootCorrection;

    public RAdam(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 0.999, 1e-8, 0);
    }

    public RAdam(List<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weightDecay) {
        this(groups, lr, beta1, beta2, eps, weightDecay, false, false);
    }

    /** @param decoupledWeightDecay whether parameters shrink by {@code lr * weightDecay} a step, as in {@link AdamW} */
    public RAdam(List<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weightDecay, boolean decoupledWeightDecay,
            boolean maximize) {
        super(groups, Options.of("lr", lr, "beta1", beta1, "beta2", beta2, "eps", eps, "weight_decay", weightDecay));
        this.decoupledWeightDecay = decoupledWeightDecay;
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
        Tensor beta2 = option(group, "beta2", DType.F64);
        Tensor correction2 = beta2.pow(t).rsub(1.0);
        Tensor limit = beta2.rsub(1.0).rdiv(2.0).sub(1.0);
        Tensor rho = limit.sub(t.mul(2.0).mul(beta2.pow(t)).div(correction2));
        Tensor factor = rho.sub(4.0).mul(rho.sub(2.0)).mul(limit).div(limit.sub(4.0).mul(limit.sub(2.0)).mul(rho));
        Tensor tractable = rho.gt(5.0);
        Tensor step = lr.div(beta1.pow(t).rsub(1.0));
        Tensor none = Tensor.zerosLike(step);
        rootCorrection = correction2.sqrt();
        rectified = tractable.where(step.mul(tractable.where(factor, Tensor.onesLike(factor)).sqrt()), none);
        plain = tractable.where(none, step);
        super.update(group);
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        DType t = p.dtype();
        Tensor ascent = maximize ? grad.neg() : grad;
        Tensor g = decoupledWeightDecay ? ascent : decayed(group, p, ascent);
        Tensor start = decoupledWeightDecay ? shrunk(group, p) : p;
        Tensor beta2 = option(group, "beta2", t);
        State m = state(p, "exp_avg");
        Tensor m1 = m.add(g.sub(m).mul(option(group, "beta1", t).rsub(1.0)));
        assign(m, m1);
        State v = state(p, "exp_avg_sq");
        Tensor v1 = v.mul(beta2).add(g.mul(g).mul(beta2.rsub(1.0)));
        assign(v, v1);
        Tensor adaptive = entry(rootCorrection, group, p).div(v1.sqrt().add(option(group, "eps", t)));
        assign(p, start.sub(m1.mul(adaptive.mul(entry(rectified, group, p)).add(entry(plain, group, p)))));
    }
}
