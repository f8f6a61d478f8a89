package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** All values in the order in which they came, one after the other; F32. */
public final class CatMetric extends AccumulatedMetric<Tensor> {
    private final Rows values = rows(DType.F32);

    public void update(Tensor v) {
        values.add(v.flatten());
    }

    public void update(double single) {
        values.add(Tensor.full(Shape.of(1), single, DType.F32));
    }

    /** [N]. */
    @Override
    public Tensor compute() {
        return values.all();
    }
}
