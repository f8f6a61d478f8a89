package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** Adam (Kingma and Ba 2015), optionally AMSGrad (Reddi et al. 2018); weight decay is added to the gradient. */
public class Adam extends Optimizer {
    private final boolean amsgrad;
    private final boolean maximize;
    private Tensor stepSize;
    private Tensor rootCorrection;

    public Adam(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 0.999, 1e-8, 0, false, false);
    }

    public Adam(List<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weightDecay, boolean amsgrad,
            boolean maximize) {
        super(groups, Options.of("lr", lr, "beta1", beta1, "beta2", beta2, "eps", eps, "weight_decay", weightDecay));
        this.amsgrad = amsgrad;
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "eps", "weight_decay");
        Options.rate(g, "beta1", "beta2");
    }

    @Override
    protected boolean repeats() {
        // what a subclass adds is not known here
        return getClass() == Adam.class;
    }

    @Override
    protected void update(ParamGroup group) {
        Tensor t = countSteps(group);
        stepSize = option(group, "lr", DType.F64).div(option(group, "beta1", DType.F64).pow(t).rsub(1.0));
        rootCorrection = option(group, "beta2", DType.F64).pow(t).rsub(1.0).sqrt();
        super.update(group);
    }

    /** Whether weight decay shrinks the parameter itself (AdamW) instead of entering the gradient. */
    boolean decoupled() {
        return false;
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        DType t = p.dtype();
        Tensor ascent = maximize ? grad.neg() : grad;
        Tensor g = decoupled() ? ascent : decayed(group, p, ascent);
        Tensor value = decoupled() ? shrunk(group, p) : p;
        State m = state(p, "exp_avg");
        State v = state(p, "exp_avg_sq");
        Tensor beta2 = option(group, "beta2", t);
        Tensor m1 = m.add(g.sub(m).mul(option(group, "beta1", t).rsub(1.0)));
        Tensor v1 = v.mul(beta2).add(g.mul(g).mul(beta2.rsub(1.0)));
        assign(m, m1);
        assign(v, v1);
        Tensor second = v1;
        if (amsgrad) {
            State max = state(p, "max_exp_avg_sq");
            second = max.maximum(v1);
            assign(max, second);
        }
        Tensor denominator = second.sqrt().div(entry(rootCorrection, group, p)).add(option(group, "eps", t));
        assign(p, value.sub(m1.mul(entry(stepSize, group, p)).div(denominator)));
    }
}
