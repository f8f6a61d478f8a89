package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** A single number gathered from values. */
abstract class Aggregate extends AccumulatedMetric<Tensor> {
    private final NanStrategy nan;
    final State value;

    Aggregate(NanStrategy nan, double start, Merge merge) {
        this.nan = nan;
        this.value = state("value", Tensor.full(Shape.scalar(), start, DType.F64), merge);
    }

    /** Takes in each element. */
    public void update(Tensor values) {
        follow(values);
        Tensor v = values.detach().to(DType.F64);
        if (v.numel() > 0) {
            take(v);
        }
    }

    public final void update(double single) {
        update(Tensor.scalar(single, DType.F64));
    }

    abstract void take(Tensor values);

    /** Values with something else in place of NaN, if those are left out. */
    final Tensor without(Tensor values, double instead) {
        return nan == NanStrategy.IGNORE ? values.isNaN().where(Tensor.fullLike(values, instead), values) : values;
    }

    /** Which values count; null for all. */
    final Tensor there(Tensor values) {
        return nan == NanStrategy.IGNORE ? values.isNaN().logicalNot() : null;
    }

    @Override
    public Tensor compute() {
        return value.mul(1.0);
    }
}
