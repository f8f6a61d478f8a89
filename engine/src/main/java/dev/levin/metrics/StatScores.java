package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/**
 * True and false positives and negatives of each class, as F64, and the averaging of scores made from them. Division by zero gives 0
 * unless the task says 1; macro averages leave out classes of a multi-class task that neither occurred nor were predicted.
 */
public abstract class StatScores extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    private final Task task;
    private final Average average;
    private final State tp;
    private final State fp;
    private final State tn;
    private final State fn;

    /** The counts of each class, or of all together. */
    record Counts(Tensor tp, Tensor fp, Tensor tn, Tensor fn) {
        Counts sum() {
            return new Counts(tp.sum(), fp.sum(), tn.sum(), fn.sum());
        }
    }

    StatScores(Task task) {
        this.task = task;
        this.average = task.averageOr(Average.MICRO);
        int size = together() ? 1 : task.classes();
        tp = sum("tp", size);
        fp = sum("fp", size);
        tn = sum("tn", size);
        fn = sum("fn", size);
    }

    private boolean together() {
        return task.kind() == Task.Kind.MULTICLASS && average == Average.MICRO;
    }

    final Task task() {
        return task;
    }

    /**
     * @param predictions binary and multi-label: probabilities, logits (if any value is outside [0, 1]), or 0 and 1, of the targets' shape;
     *     multi-class: scores [N, C, ...] or class numbers [N, ...]
     * @param targets binary: 0 and 1; multi-label: 0 and 1, [N, L, ...]; multi-class: class numbers [N, ...]
     */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        follow(predictions);
        if (task.kind() == Task.Kind.MULTICLASS) {
            updateClasses(predictions.detach(), targets);
        } else {
            updateLabels(predictions.detach(), targets);
        }
    }

    private void updateLabels(Tensor predictions, Tensor targets) {
        Tensor yes = Inputs.positive(task, predictions, targets);
        Tensor t = targets.to(DType.I64);
        Tensor valid = Inputs.valid(task, targets);
        Tensor one = t.eq(1L);
        Tensor zero = t.eq(0L);
        if (valid != null) {
            one = one.logicalAnd(valid);
            zero = zero.logicalAnd(valid);
        }
        Tensor no = yes.logicalNot();
        add(tp, count(one.logicalAnd(yes)));
        add(fn, count(one.logicalAnd(no)));
        add(fp, count(zero.logicalAnd(yes)));
        add(tn, count(zero.logicalAnd(no)));
    }

    private Tensor count(Tensor hits) {
        Tensor ones = hits.to(DType.F64);
        return task.kind() == Task.Kind.BINARY ? ones.sum().reshape(1) : ones.sum(Inputs.axesButLabels(hits), false);
    }

    private void updateClasses(Tensor predictions, Tensor targets) {
        Tensor label = Inputs.labels(task, predictions, targets).flatten();
        Tensor valid = Inputs.valid(task, targets.flatten());
        Tensor target = Inputs.indices(targets.flatten(), valid);
        Tensor weight = Inputs.weights(valid, target.shape());
        Tensor hit = label.eq(target).to(DType.F64).mul(weight);
        Tensor all = weight.sum().reshape(1);
        Tensor right;
        Tensor support;
        Tensor predicted;
        if (together()) {
            right = hit.sum().reshape(1);
            support = all;
            predicted = all;
            all = all.mul((double) task.classes());
        } else {
            Tensor none = Tensor.zeros(tp.shape(), DType.F64);
            right = none.indexAdd(0, target, hit);
            support = none.indexAdd(0, target, weight);
            predicted = none.indexAdd(0, label, weight);
        }
        add(tp, right);
        add(fp, predicted.sub(right));
        add(fn, support.sub(right));
        add(tn, all.sub(predicted).sub(support).add(right));
    }

    /** The score of each class, or of all together. */
    abstract Tensor score(Counts c);

    /** Whether classes that were predicted but never occurred count in macro averages although top-k is on. */
    boolean topKLeavesOutUnseen() {
        return false;
    }

    /** A scalar, or [C] without averaging. */
    @Override
    public final Tensor compute() {
        Counts c = new Counts(tp, fp, tn, fn);
        if (task.kind() == Task.Kind.BINARY || average == Average.MICRO) {
            return score(c.sum());
        }
        Tensor scores = score(c);
        return switch (average) {
            case NONE -> scores;
            case WEIGHTED -> weighted(scores, tp.add(fn));
            default -> weighted(scores, counted());
        };
    }

    private Tensor counted() {
        if (task.kind() == Task.Kind.MULTILABEL) {
            return Tensor.onesLike(tp);
        }
        Tensor seen = tp.add(fn);
        return (task.topK() > 1 && topKLeavesOutUnseen() ? seen : seen.add(fp)).gt(0.0).to(DType.F64);
    }

    private static Tensor weighted(Tensor scores, Tensor weights) {
        return Inputs.ratio(scores.mul(weights).sum(), weights.sum());
    }
}
