package dev.levin.precision;

import dev.levin.graph.Autocast;
import dev.levin.graph.Context;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Parameters in F32, matrix products and convolutions in 16 bits: {@code bf16-mixed}, and {@code 16-mixed} with a
 * {@link LossScaler}. On devices without 16-bit arithmetic the values are rounded to 16 bits and computed in F32.
 */
public final class MixedPrecision implements Precision {
    private final Autocast policy;
    private final LossScaler scaler;

    /**
     * @param lower BF16 or F16
     * @param scaler null for none; BF16 has the range of F32 and takes none
     */
    public MixedPrecision(DType lower, LossScaler scaler) {
        if (scaler != null && lower != DType.F16) {
            throw new IllegalArgumentException("a loss scaler goes with 16-mixed only; " + lower + " has the range of F32 and needs none");
        }
        this.policy = new Autocast(lower);
        this.scaler = scaler;
    }

    @Override
    public String name() {
        return policy.lower() == DType.F16 ? "16-mixed" : "bf16-mixed";
    }

    /** Null for {@code bf16-mixed}. */
    public LossScaler scaler() {
        return scaler;
    }

    @Override
    public <T> T forward(Supplier<T> step) {
        Context c = Context.current();
        Autocast before = c.autocast();
        c.setAutocast(policy);
        try {
            return step.get();
        } finally {
            c.setAutocast(before);
        }
    }

    @Override
    public Tensor scale(Tensor loss) {
        return scaler == null ? loss : scaler.scale(loss);
    }

    @Override
    public Tensor unscale(List<Parameter> parameters) {
        return scaler == null ? null : scaler.unscale(parameters);
    }

    @Override
    public void update(Tensor finite) {
        if (scaler != null) {
            scaler.update(finite);
        }
    }

    @Override
    public Map<String, Object> stateDict() {
        return scaler == null ? Map.of() : scaler.stateDict();
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        if (scaler != null) {
            scaler.loadStateDict(state);
        }
    }

    @Override
    public String toString() {
        return name();
    }
}
