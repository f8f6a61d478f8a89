package dev.levin.trainer.fabric;

import dev.levin.nn.Layer;
import dev.levin.precision.Precision;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.function.BiConsumer;

/**
 * A model under a Fabric: inputs are converted to the working dtype, {@code forward} runs with the precision's casts, and
 * 16-bit outputs of mixed precision come back as F32. Parameters and state-dict keys are the model's own.
 *
 * @param <M> the model's type
 */
public final class FabricLayer<M extends Layer> extends Layer {
    private final transient M inner;
    private final transient Precision precision;

    FabricLayer(M inner, Precision precision) {
        this.inner = inner;
        this.precision = precision;
    }

    /** The model itself. */
    public M module() {
        return inner;
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        inner.stateDict().forEach(visitor);
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor y = precision.forward(() -> inner.forward(precision.convertInput(x)));
        return precision.dtype() == DType.F32 && y.dtype().isHalf() ? y.to(DType.F32) : y;
    }

    /** Runs any method of the model with the precision's casts, as {@link #forward} does: {@code model.run(m -> m.decode(z))}. */
    public <R> R run(java.util.function.Function<M, R> method) {
        return precision.forward(() -> method.apply(inner));
    }

    @Override
    public FabricLayer<M> train(boolean on) {
        super.train(on);
        inner.train(on);
        return this;
    }

    @Override
    public FabricLayer<M> train() {
        return train(true);
    }

    @Override
    public FabricLayer<M> eval() {
        return train(false);
    }

    @Override
    protected String describe() {
        return inner.toString();
    }
}
