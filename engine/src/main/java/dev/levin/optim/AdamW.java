package dev.levin.optim;

import dev.levin.tensor.Parameter;
import java.util.List;

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019): parameters shrink by {@code lr * weightDecay} a step. */
public final class AdamW extends Adam {

    public AdamW(List<Parameter> parameters, double lr) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 0.999, 1e-8, 1e-2, false, false);
    }

    public AdamW(List<Parameter> parameters, double lr, double weightDecay) {
        this(List.of(ParamGroup.of(parameters)), lr, 0.9, 0.999, 1e-8, weightDecay, false, false);
    }

    public AdamW(List<ParamGroup> groups, double lr, double beta1, double beta2, double eps, double weightDecay, boolean amsgrad,
            boolean maximize) {
        super(groups, lr, beta1, beta2, eps, weightDecay, amsgrad, maximize);
    }

    @Override
    protected boolean repeats() {
        return true;
    }

    @Override
    boolean decoupled() {
        return true;
    }
}
