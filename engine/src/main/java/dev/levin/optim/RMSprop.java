package dev.levin.optim;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import java.util.List;

/** RMSprop (Hinton's lecture 6e); centred after Graves 2013. */
public final class RMSprop extends Optimizer {
    private final boolean centered;
    private final boolean maximize;

    public RMSprop(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.99, 1e-8, 0, 0, false, false);
    }

    public RMSprop(List<ParamGroup> groups, double lr, double alpha, double eps, double weightDecay, double momentum, boolean centered,
            boolean maximize) {
        super(groups, Options.of("lr", lr, "alpha", alpha, "eps", eps, "weight_decay", weightDecay, "momentum", momentum));
        this.centered = centered;
        this.maximize = maximize;
    }

    @Override
    protected void check(ParamGroup g) {
        Options.notNegative(g, "lr", "alpha", "eps", "weight_decay", "momentum");
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    protected void update(ParamGroup group, Parameter p, Tensor grad) {
        var t = p.dtype();
        Tensor g = decayed(group, p, maximize ? grad.neg() : grad);
        Tensor alpha = option(group, "alpha", t);
        State square = state(p, "square_avg");
        Tensor square1 = square.mul(alpha).add(g.mul(g).mul(alpha.rsub(1.0)));
        assign(square, square1);
        Tensor variance = square1;
        if (centered) {
            State mean = state(p, "grad_avg");
            Tensor mean1 = mean.mul(alpha).add(g.mul(alpha.rsub(1.0)));
            assign(mean, mean1);
            variance = square1.sub(mean1.mul(mean1));
        }
        Tensor update = g.div(variance.sqrt().add(option(group, "eps", t)));
        if (group.get("momentum") > 0) {
            State buffer = state(p, "momentum_buffer");
            update = buffer.mul(option(group, "momentum", t)).add(update);
            assign(buffer, update);
        }
        assign(p, p.sub(update.mul(option(group, "lr", t))));
    }
}
