package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/**
 * Counts of (target, prediction) pairs: row = target, column = prediction. I64, or shares in F64 if normalised (0 where there is nothing);
 * [2, 2] for binary tasks, [C, C] for multi-class tasks, [L, 2, 2] for labels.
 */
public final class ConfusionMatrix extends ConfusionCounts {
    /** What a cell is divided by. */
    public enum Normalize {
        NONE,
        /** By its row: how often the class is the target. */
        TRUE,
        /** By its column: how often the class is predicted. */
        PRED,
        /** By everything. */
        ALL
    }

    private final Normalize normalize;

    public ConfusionMatrix(int numClasses) {
        this(Task.multiclass(numClasses), Normalize.NONE);
    }

    public ConfusionMatrix(Task task, Normalize normalize) {
        super(task);
        this.normalize = normalize;
    }

    @Override
    public Tensor compute() {
        Tensor c = counts();
        return switch (normalize) {
            case NONE -> c.to(DType.I64);
            case TRUE -> Inputs.ratio(c, c.sum(-1, true).expandAs(c));
            case PRED -> Inputs.ratio(c, c.sum(-2, true).expandAs(c));
            case ALL -> Inputs.ratio(c, c.sum(new int[] {-2, -1}, true).expandAs(c));
        };
    }
}
