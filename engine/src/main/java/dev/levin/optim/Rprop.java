package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.List;

/** Resilient backpropagation (Riedmiller and Braun 1993): step sizes from the signs of gradients; for full batches. */
public final class Rprop extends Optimizer {
    private final boolean maximize;

    public Rprop(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.5, 1.2, 1e-6, 50, false);
    }

    public Rprop(List<ParamGroup> groups, double lr, double etaMinus, double etaPlus, double minStep, double maxStep, boolean maximize) {
        super(groups, Options.of("lr", lr, "eta_minus", etaMinus, "eta_plus", etaPlus, "step_min", minStep, "step_max", maxStep));
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "step_min");
        if (!(g.get("eta_minus") > 0 && g.get("eta_minus") < 1 && g.get("eta_plus") > 1)) {
            throw new IllegalArgumentException("Rprop needs 0 < etaMinus < 1 < etaPlus, not " + g.get("eta_minus") + " and " + g.get("eta_plus"));
        }
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        var t = p.dtype();
        Tensor g = maximize ? grad.neg() : grad;
        State previous = state(p, "prev");
        State size = state(p, "step_size", () -> Tensor.full(p.shape(), group.lr(), t));
        Tensor sign = g.mul(previous).sign();
        Tensor one = Tensor.onesLike(g);
        Tensor factor = sign.gt(0.0).where(option(group, "eta_plus", t), sign.lt(0.0).where(option(group, "eta_minus", t), one));
        Tensor size1 = size.mul(factor).maximum(option(group, "step_min", t)).minimum(option(group, "step_max", t));
        Tensor used = sign.lt(0.0).where(Tensor.zerosLike(g), g);
        assign(size, size1);
        assign(previous, used);
        assign(p, p.sub(used.sign().mul(size1)));
    }
}
