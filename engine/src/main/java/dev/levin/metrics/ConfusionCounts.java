package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/** Counts of (target, prediction) pairs, F64: [2, 2], [C, C], or [L, 2, 2] for labels. */
abstract class ConfusionCounts extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    private final Task task;
    private final int side;
    private final State counts;

    ConfusionCounts(Task task) {
        this.task = task;
        this.side = task.kind() == Task.Kind.MULTICLASS ? task.classes() : 2;
        this.counts = task.kind() == Task.Kind.MULTILABEL ? sum("counts", task.classes(), 2, 2) : sum("counts", side, side);
    }

    /** Rows of a matrix. */
    public final int classes() {
        return side;
    }

    /** As {@link StatScores#update}. */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        follow(predictions);
        Tensor scores = predictions.detach();
        Tensor label = task.kind() == Task.Kind.MULTICLASS ? Inputs.labels(task, scores, targets)
                : Inputs.positive(task, scores, targets).to(DType.I64);
        Tensor valid = Inputs.valid(task, targets);
        Tensor target = Inputs.indices(targets, valid);
        Tensor pair = target.mul((long) side).add(label);
        if (task.kind() == Task.Kind.MULTILABEL) {
            pair = Inputs.columns(pair).add(Tensor.arange(task.classes()).mul(4L));
            valid = valid == null ? null : Inputs.columns(valid);
        }
        Tensor flat = Tensor.zeros(counts.shape(), DType.F64).flatten();
        pair = pair.flatten();
        add(counts, flat.indexAdd(0, pair, Inputs.weights(valid == null ? null : valid.flatten(), pair.shape())).reshape(counts.shape()));
    }

    final Tensor counts() {
        return counts;
    }
}
