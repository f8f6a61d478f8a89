package dev.levin.callbacks;

import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import java.util.function.Predicate;

/** Histograms of all parameters, as {@code parameters/layer.weight}. */
public final class ParameterHistograms extends TensorHistograms {
    /** @param everyNSteps optimizer steps from one drawing to the next */
    public ParameterHistograms(int everyNSteps) {
        super(everyNSteps, "parameters/");
    }

    /** Draws parameters with these names only. */
    public ParameterHistograms names(Predicate<String> wanted) {
        only(wanted);
        return this;
    }

    @Override
    Tensor of(Parameter p) {
        return p;
    }
}
