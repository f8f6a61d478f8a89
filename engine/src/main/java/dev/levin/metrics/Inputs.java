package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Brings predictions and targets into the form that metrics count; all without looking at values. */
final class Inputs {
    private Inputs() {
    }

    /** a / b, {@code otherwise} where b is 0. */
    static Tensor ratio(Tensor a, Tensor b, double otherwise) {
        Tensor none = b.eq(0.0);
        return none.where(Tensor.fullLike(a.add(b), otherwise), a.div(none.where(Tensor.onesLike(b), b)));
    }

    static Tensor ratio(Tensor a, Tensor b) {
        return ratio(a, b, 0);
    }

    /**
     * Logits as probabilities: if any value that counts is outside [0, 1], all go through the sigmoid, or the softmax over an axis.
     *
     * @param valid which values count, broadcast; null for all
     * @param softmaxAxis -1 for the sigmoid
     */
    static Tensor probabilities(Tensor p, Tensor valid, int softmaxAxis) {
        Tensor fine = p.ge(0.0).logicalAnd(p.le(1.0));
        if (valid != null) {
            fine = fine.logicalOr(valid.logicalNot());
        }
        return fine.all().where(p, softmaxAxis < 0 ? p.sigmoid() : p.softmax(softmaxAxis));
    }

    /** Which targets count; null for all. */
    static Tensor valid(Task task, Tensor targets) {
        return task.ignoreIndex() == null ? null : targets.to(DType.I64).ne(task.ignoreIndex());
    }

    /** 1 for what counts and 0 for the rest, F64. */
    static Tensor weights(Tensor valid, Shape shape) {
        return valid == null ? Tensor.ones(shape, DType.F64) : valid.to(DType.F64);
    }

    /** Class numbers with 0 where the target does not count, so that they can index. */
    static Tensor indices(Tensor targets, Tensor valid) {
        Tensor t = targets.to(DType.I64);
        return valid == null ? t : valid.where(t, Tensor.zerosLike(t));
    }

    /** Whether predictions of a binary or multi-label task say yes; BOOL of their shape. */
    static Tensor positive(Task task, Tensor predictions, Tensor targets) {
        sameShape(task, predictions, targets);
        return predictions.dtype().isFloat() ? probabilities(predictions, null, -1).gt(task.threshold()) : predictions.ne(0L);
    }

    /** Predicted classes; with top-k the target itself where it is among the k largest scores. */
    static Tensor labels(Task task, Tensor predictions, Tensor targets) {
        if (predictions.dim() == targets.dim()) {
            if (!predictions.shape().equals(targets.shape()) || predictions.dtype().isFloat() || task.topK() > 1) {
                throw new IllegalArgumentException("predictions must be scores [N, " + task.classes() + ", ...] or (with topK 1) class numbers of the "
                        + "targets' shape " + targets.shape() + ", not " + predictions.dtype() + predictions.shape());
            }
            return predictions.to(DType.I64);
        }
        scores(task, predictions, targets);
        if (task.topK() == 1) {
            return predictions.argmax(1);
        }
        Tensor best = predictions.topk(task.topK(), 1, true).indices();
        Tensor target = targets.to(DType.I64);
        return best.eq(target.unsqueeze(1)).any(1).where(target, best.select(1, 0));
    }

    /** Checks that predictions are scores [N, C, ...] for targets [N, ...]. */
    static void scores(Task task, Tensor predictions, Tensor targets) {
        boolean fits = predictions.dim() == targets.dim() + 1 && predictions.dim() > 1 && predictions.dtype().isFloat()
                && predictions.size(1) == task.classes() && predictions.shape().drop(1).equals(targets.shape());
        if (!fits) {
            throw new IllegalArgumentException("predictions must be float scores [N, " + task.classes() + ", ...] for targets [N, ...] of shape "
                    + targets.shape() + ", not " + predictions.dtype() + predictions.shape());
        }
    }

    static void sameShape(Task task, Tensor predictions, Tensor targets) {
        sameShape(predictions, targets);
        if (task.kind() == Task.Kind.MULTILABEL && (predictions.dim() < 2 || predictions.size(1) != task.classes())) {
            throw new IllegalArgumentException("predictions and targets must be [N, " + task.classes() + ", ...], not " + predictions.shape());
        }
    }

    /** Shapes must be equal, so that [N] against [N, 1] is not broadcast by accident. */
    static void sameShape(Tensor predictions, Tensor targets) {
        if (!predictions.shape().equals(targets.shape())) {
            throw new IllegalArgumentException("predictions " + predictions.shape() + " and targets " + targets.shape()
                    + " must have equal shapes; use squeeze(-1) or unsqueeze(-1)");
        }
    }

    /** {@code n} evenly spaced numbers from 0 to 1, rounded as PyTorch rounds them: scores are often on such a number. */
    static Tensor grid(int n) {
        float step = 1f / (n - 1);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = i < n / 2 ? step * i : 1 - step * (n - 1 - i);
        }
        return Tensor.of(values);
    }

    /** [N, C, ...] as [M, C]. */
    static Tensor columns(Tensor t) {
        return t.movedim(1, -1).reshape(-1, t.size(1));
    }

    /** All axes but 1. */
    static int[] axesButLabels(Tensor t) {
        return IntStream.range(0, t.dim()).filter(i -> i != 1).toArray();
    }

    /** [N, outputs] in F64; with one output everything is one column. */
    static Tensor outputs(Tensor t, int numOutputs) {
        Tensor wide = t.detach().to(DType.F64);
        if (numOutputs == 1) {
            return wide.reshape(-1, 1);
        }
        if (t.dim() != 2 || t.size(1) != numOutputs) {
            throw new IllegalArgumentException("a metric of " + numOutputs + " outputs takes [N, " + numOutputs + "], not "
                    + Arrays.toString(t.shape().dims()) + "; pass the number of outputs to its constructor");
        }
        return wide;
    }
}
