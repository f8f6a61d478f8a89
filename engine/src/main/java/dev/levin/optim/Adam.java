package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
        super(groups, defaults(lr, beta1, beta2, eps, weightDecay));
        this.amsgrad = amsgrad;
        this.maximize = maximize;
    }

    private static Map<String, Double> defaults(double lr, double beta1, double beta2, double eps, double weightDecay) {
        Map<String, Double> d = new LinkedHashMap<>();
        d.put("lr", lr);
        d.put("beta1", beta1);
        d.put("beta2", beta2);
        d.put("eps", eps);
        d.put("weight_decay", weightDecay);
        return d;
    }

    @Override
    protected void check(ParamGroup g) {
        super.check(g);
        for (String beta : List.of("beta1", "beta2")) {
            if (!(g.get(beta) >= 0 && g.get(beta) < 1)) {
                throw new IllegalArgumentException("invalid " + beta + " " + g.get(beta) + "; use 0 <= " + beta + " < 1");
            }
        }
        if (!(g.get("eps") >= 0) || !(g.get("weight_decay") >= 0)) {
            throw new IllegalArgumentException("eps and weight decay must not be negative: " + g.options());
        }
    }

    @Override
    protected void update(ParamGroup group) {
        Tensor t = countSteps(group);
        stepSize = option(group, "lr", DType.F64).div(option(group, "beta1", DType.F64).pow(t).rsub(1.0));
        rootCorrection = option(group, "beta2", DType.F64).pow(t).rsub(1.0).sqrt();
        List<Parameter> parameters = group.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            Parameter p = parameters.get(i);
            if (p.grad() != null) {
                update(group, p, p.grad(), i);
            }
        }
    }

    /** Whether weight decay shrinks the parameter itself (AdamW) instead of entering the gradient. */
    boolean decoupled() {
        return false;
    }

    private void update(ParamGroup group, Parameter p, Tensor grad, int index) {
        DType t = p.dtype();
        Tensor g = maximize ? grad.neg() : grad;
        Tensor value = p;
        if (group.get("weight_decay") != 0) {
            Tensor decay = option(group, "weight_decay", t);
            if (decoupled()) {
                value = p.mul(decay.mul(option(group, "lr", t)).rsub(1.0));
            } else {
                g = g.add(p.mul(decay));
            }
        }
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
        Tensor denominator = second.sqrt().div(entry(rootCorrection, index, t)).add(option(group, "eps", t));
        assign(p, value.sub(m1.mul(entry(stepSize, index, t)).div(denominator)));
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        update(group, p, grad, group.parameters().indexOf(p));
    }
}
