package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;

/** Adam with Nesterov momentum (Dozat 2016). */
public final class NAdam extends Optimizer {
    private final boolean decoupledWeightDecay;
    private final boolean maximize;
    private Tensor gradientRates;
    private Tensor momentumRates;
    private Tensor rootCorrection;

    public NAdam(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 0.999, 1e-8, 0, 4e-3);
    }

    public NAdam(List<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weightDecay, double momentumDecay) {
        this(groups, lr, beta1, beta2, eps, weightDecay, momentumDecay, false, false);
    }

    /** @param decoupledWeightDecay whether parameters shrink by {@code lr * weightDecay} a step, as in {@link AdamW} */
    public NAdam(List<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weightDecay, double momentumDecay,
            boolean decoupledWeightDecay, boolean maximize) {
        super(groups, Options.of("lr", lr, "beta1", beta1, "beta2", beta2, "eps", eps, "weight_decay", weightDecay, "momentum_decay", momentumDecay));
        this.decoupledWeightDecay = decoupledWeightDecay;
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "eps", "weight_decay", "momentum_decay");
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
        Tensor decay = option(group, "momentum_decay", DType.F64);
        State product = perParameter(group, "mu_product", 1);
        Tensor mu = momentum(beta1, t.mul(decay));
        Tensor muNext = momentum(beta1, t.add(1.0).mul(decay));
        // PyTorch keeps the product as an F32 tensor, whatever the parameters are.
        Tensor product32 = product.to(DType.F32).mul(mu.to(DType.F32));
        Tensor product1 = product32.to(DType.F64);
        assignCounted(group, product, product1);
        gradientRates = lr.mul(mu.rsub(1.0)).div(product1.rsub(1.0));
        // PyTorch 1.13 has mu twice in the product that looks ahead, and so do the trajectories this is checked against.
        Tensor productNext = product32.mul(mu.to(DType.F32)).mul(muNext.to(DType.F32)).to(DType.F64);
        momentumRates = lr.mul(muNext).div(productNext.rsub(1.0));
        rootCorrection = option(group, "beta2", DType.F64).pow(t).rsub(1.0).sqrt();
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
        Tensor denominator = v1.sqrt().div(entry(rootCorrection, group, p)).add(option(group, "eps", t));
        assign(p, start.sub(g.mul(entry(gradientRates, group, p)).div(denominator)).sub(m1.mul(entry(momentumRates, group, p)).div(denominator)));
    }

    private static Tensor momentum(Tensor beta1, Tensor exponent) {
        return beta1.mul(exponent.rpow(0.96).mul(0.5).rsub(1.0));
    }
}
