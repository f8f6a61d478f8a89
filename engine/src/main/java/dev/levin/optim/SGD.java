package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.List;

/** Stochastic gradient descent with momentum (Sutskever et al. 2013), PyTorch's formulation. */
public final class SGD extends Optimizer {
    private final boolean nesterov;
    private final boolean maximize;

    public SGD(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0, 0, 0, false, false);
    }

    public SGD(List<Parameter> parameters, double lr, double momentum) {
        this(List.of(ParamGroup.of(parameters)), lr, momentum, 0, 0, false, false);
    }

    public SGD(List<ParamGroup> groups, double lr, double momentum, double dampening, double weightDecay, boolean nesterov,
            boolean maximize) {
        super(groups, Options.of("lr", lr, "momentum", momentum, "dampening", dampening, "weight_decay", weightDecay));
        if (nesterov && (momentum <= 0 || dampening != 0)) {
            throw new IllegalArgumentException("Nesterov momentum needs momentum > 0 and dampening 0, not momentum " + momentum
                    + " and dampening " + dampening);
        }
        this.nesterov = nesterov;
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "momentum", "weight_decay");
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        Tensor g = decayed(group, p, maximize ? grad.neg() : grad);
        if (group.get("momentum") != 0) {
            Tensor momentum = option(group, "momentum", p.dtype());
            // The buffer starts as the first gradient, undampened; without dampening, zeros lead to the same in one program.
            boolean undampened = group.get("dampening") == 0;
            boolean first = !undampened && !hasState(p, "momentum_buffer");
            State buffer = state(p, "momentum_buffer");
            Tensor fresh = undampened ? g : g.mul(option(group, "dampening", p.dtype()).rsub(1.0));
            Tensor next = first ? g : buffer.mul(momentum).add(fresh);
            assign(buffer, next);
            g = nesterov ? g.add(next.mul(momentum)) : next;
        }
        assign(p, p.sub(g.mul(option(group, "lr", p.dtype()))));
    }
}
