package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Cohen's kappa: agreement beyond chance (Cohen 1960); binary and multi-class. NaN where chance alone explains everything. */
public final class CohenKappa extends ConfusionCounts {
    /** How much a disagreement weighs. */
    public enum Weights {
        /** Each the same. */
        NONE,
        /** By the distance of the classes. */
        LINEAR,
        /** By its square. */
        QUADRATIC
    }

    private final Weights weights;

    public CohenKappa(int numClasses) {
        this(Task.multiclass(numClasses), Weights.NONE);
    }

    public CohenKappa(Task task, Weights weights) {
        super(task);
        if (task.kind() == Task.Kind.MULTILABEL) {
            throw new IllegalArgumentException("Cohen's kappa is defined for binary and multi-class tasks, not for labels; use one metric for each label");
        }
        this.weights = weights;
    }

    @Override
    public Tensor compute() {
        Tensor c = counts();
        Tensor expected = c.sum(1, true).mul(c.sum(0, true)).div(c.sum());
        Tensor i = Tensor.arange(classes()).to(DType.F64);
        Tensor distance = i.unsqueeze(1).sub(i);
        Tensor weight = switch (weights) {
            case NONE -> distance.ne(0.0).to(DType.F64);
            case LINEAR -> distance.abs();
            case QUADRATIC -> distance.square();
        };
        return weight.mul(c).sum().div(weight.mul(expected).sum()).rsub(1.0);
    }
}
