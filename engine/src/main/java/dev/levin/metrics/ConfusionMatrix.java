package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** Counts of (target, prediction) pairs: row = target, column = prediction, F64 [C, C]. */
public class ConfusionMatrix extends AccumulatedMetric {
    private final int classes;
    private final State counts;

    public ConfusionMatrix(int numClasses) {
        if (numClasses < 2) {
            throw new IllegalArgumentException("a classification metric needs at least 2 classes, not " + numClasses);
        }
        classes = numClasses;
        counts = state("counts", Tensor.zeros(Shape.of(numClasses, numClasses), DType.F64), Merge.SUM);
    }

    public final int classes() {
        return classes;
    }

    /**
     * @param predictions logits or probabilities [N, C, ...], or class numbers [N, ...]
     * @param targets class numbers [N, ...]
     */
    public void update(Tensor predictions, Tensor targets) {
        Tensor labels = labels(predictions, targets, classes);
        Tensor pairs = targets.to(DType.I64).flatten().mul((long) classes).add(labels.flatten());
        Tensor flat = counts.reshape(classes * classes);
        counts.set(flat.indexAdd(0, pairs, Tensor.ones(pairs.shape(), DType.F64)).reshape(classes, classes));
    }

    /** Class numbers: the largest logit where there is a class axis, else the predictions themselves. */
    static Tensor labels(Tensor predictions, Tensor targets, int classes) {
        if (predictions.dim() == targets.dim() + 1) {
            if (predictions.size(1) != classes) {
                throw new IllegalArgumentException("predictions " + predictions.shape() + " should have " + classes + " classes on axis 1");
            }
            return predictions.detach().argmax(1);
        }
        if (!predictions.shape().equals(targets.shape()) || predictions.dtype().isFloat()) {
            throw new IllegalArgumentException("predictions must be logits [N, " + classes + ", ...] or class numbers of the targets' shape "
                    + targets.shape() + ", not " + predictions.dtype() + predictions.shape());
        }
        return predictions.detach().to(DType.I64);
    }

    /** The counts; [C, C]. */
    public Tensor matrix() {
        return counts.mul(1.0);
    }

    /** Share of the diagonal. */
    @Override
    public Tensor compute() {
        return ratio(truePositives().sum(), counts.sum());
    }

    final Tensor truePositives() {
        return counts.mul(Tensor.eye(classes).to(DType.F64)).sum(1);
    }

    final Tensor support() {
        return counts.sum(1);
    }

    final Tensor predicted() {
        return counts.sum(0);
    }

    /** a / b, 0 where b is 0. */
    static Tensor ratio(Tensor a, Tensor b) {
        Tensor none = b.eq(0.0);
        return none.where(Tensor.zerosLike(a), a.div(none.where(Tensor.onesLike(b), b)));
    }

    /** Per-class scores as one number; classes that neither occurred nor were predicted do not count. */
    final Tensor average(Tensor perClass, Average how) {
        if (how == Average.WEIGHTED) {
            return ratio(perClass.mul(support()).sum(), support().sum());
        }
        Tensor seen = support().add(predicted()).gt(0.0).to(DType.F64);
        return ratio(perClass.mul(seen).sum(), seen.sum());
    }
}
