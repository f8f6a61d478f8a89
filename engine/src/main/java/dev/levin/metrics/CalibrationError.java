package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/**
 * How far confidence is from accuracy, over bins of confidence (Guo et al. 2017). Multi-class: confidence is the largest probability;
 * binary: the probability of class 1, compared with how often it is the target.
 */
public final class CalibrationError extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    /** How the gaps of the bins become one number. */
    public enum Norm {
        /** Expected calibration error: mean over samples. */
        L1,
        /** Root of the mean square. */
        L2,
        /** The largest. */
        MAX
    }

    private final Task task;
    private final Norm norm;
    private final Tensor boundaries;
    private final State count;
    private final State confidence;
    private final State right;

    /** 15 bins and the expected error. */
    public CalibrationError(Task task) {
        this(task, 15, Norm.L1);
    }

    public CalibrationError(Task task, int bins, Norm norm) {
        if (bins < 1) {
            throw new IllegalArgumentException("there must be at least one bin, not " + bins);
        }
        if (task.kind() == Task.Kind.MULTILABEL) {
            throw new IllegalArgumentException("calibration error is defined for binary and multi-class tasks, not for labels; use one metric for each label");
        }
        this.task = task;
        this.norm = norm;
        this.boundaries = Inputs.grid(bins + 1);
        this.count = sum("count", bins + 1);
        this.confidence = sum("confidence", bins + 1);
        this.right = sum("right", bins + 1);
    }

    /**
     * @param predictions probabilities or logits (if any value is outside [0, 1]): [N, C, ...], or binary: of the targets' shape
     * @param targets class numbers, or 0 and 1
     */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        follow(predictions);
        Tensor p = predictions.detach();
        Tensor target = targets.to(DType.I64).flatten();
        Tensor valid = Inputs.valid(task, target);
        Tensor sure;
        Tensor hit;
        if (task.kind() == Task.Kind.BINARY) {
            Inputs.sameShape(p, targets);
            sure = Inputs.probabilities(p.flatten(), valid, -1);
            hit = target;
        } else {
            Inputs.scores(task, p, targets);
            var best = Inputs.probabilities(Inputs.columns(p), valid == null ? null : valid.unsqueeze(1), 1).max(1, false);
            sure = best.values();
            hit = best.indices().eq(target);
        }
        Tensor weight = Inputs.weights(valid, target.shape());
        Tensor bin = sure.to(DType.F32).bucketize(boundaries, true).sub(1L).clampMin(0L);
        Tensor none = Tensor.zeros(count.shape(), DType.F64);
        Tensor zero = Tensor.zerosLike(weight);
        Tensor counts = weight.gt(0.0);
        add(count, none.indexAdd(0, bin, weight));
        add(confidence, none.indexAdd(0, bin, counts.where(sure.to(DType.F64), zero)));
        add(right, none.indexAdd(0, bin, counts.where(hit.to(DType.F64), zero)));
    }

    @Override
    public Tensor compute() {
        Tensor gap = Inputs.ratio(right, count).sub(Inputs.ratio(confidence, count)).abs();
        Tensor share = count.div(count.sum());
        return switch (norm) {
            case L1 -> gap.mul(share).sum();
            case L2 -> gap.square().mul(share).sum().sqrt();
            case MAX -> gap.max();
        };
    }
}
