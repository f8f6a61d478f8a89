package dev.levin.callbacks;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.function.Predicate;

/** Histograms of the gradients that a step used (unscaled and clipped), as {@code gradients/layer.weight}. */
public final class GradientHistograms extends TensorHistograms {
    /** @param everyNSteps optimizer steps from one drawing to the next */
    public GradientHistograms(int everyNSteps) {
        super(everyNSteps, "gradients/");
    }

    /** Draws gradients of parameters with these names only. */
    public GradientHistograms names(Predicate<String> wanted) {
        only(wanted);
        return this;
    }

    @Override
    Tensor of(Parameter p) {
        return p.grad();
    }
}
