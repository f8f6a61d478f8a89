package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.List;

/** Lion: the sign of an interpolated momentum (Chen et al. 2023), with decoupled weight decay. */
public final class Lion extends Optimizer {

    public Lion(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 0.99, 0);
    }

    public Lion(List<ParamGroup> groups, double lr, double beta1, double beta2, double weightDecay) {
        super(groups, Options.of("lr", lr, "beta1", beta1, "beta2", beta2, "weight_decay", weightDecay));
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "weight_decay");
        Options.rate(g, "beta1", "beta2");
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        var t = p.dtype();
        Tensor lr = option(group, "lr", t);
        State m = state(p, "exp_avg");
        Tensor beta1 = option(group, "beta1", t);
        Tensor beta2 = option(group, "beta2", t);
        Tensor direction = m.mul(beta1).add(grad.mul(beta1.rsub(1.0))).sign();
        assign(m, m.mul(beta2).add(grad.mul(beta2.rsub(1.0))));
        assign(p, p.mul(option(group, "weight_decay", t).mul(lr).rsub(1.0)).sub(direction.mul(lr)));
    }
}
