package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.List;

/** Adadelta (Zeiler 2012). */
public final class Adadelta extends Optimizer {
    private final boolean maximize;

    public Adadelta(List<Parameter> parameters) {
        this(parameters, 1.0);
    }

    public Adadelta(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 1e-6, 0, false);
    }

    public Adadelta(List<ParamGroup> groups, double lr, double rho, double eps, double weightDecay, boolean maximize) {
        super(groups, Options.of("lr", lr, "rho", rho, "eps", eps, "weight_decay", weightDecay));
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "eps", "weight_decay");
        if (!(g.get("rho") >= 0 && g.get("rho") <= 1)) {
            throw new IllegalArgumentException("invalid rho " + g.get("rho") + "; use 0 <= rho <= 1");
        }
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        var t = p.dtype();
        Tensor g = decayed(group, p, maximize ? grad.neg() : grad);
        Tensor rho = option(group, "rho", t);
        Tensor eps = option(group, "eps", t);
        State square = state(p, "square_avg");
        State acc = state(p, "acc_delta");
        Tensor square1 = square.mul(rho).add(g.mul(g).mul(rho.rsub(1.0)));
        Tensor delta = acc.add(eps).sqrt().div(square1.add(eps).sqrt()).mul(g);
        assign(square, square1);
        assign(acc, acc.mul(rho).add(delta.mul(delta).mul(rho.rsub(1.0))));
        assign(p, p.sub(delta.mul(option(group, "lr", t))));
    }
}
