package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * What metrics over all decision thresholds share. Without thresholds all scores are kept and the curve has a point for each different one;
 * with thresholds only four counts for each are kept, and the state has a fixed size. Scores are kept in F32.
 *
 * @param <R> what it computes
 */
abstract class CurveMetric<R> extends AccumulatedMetric<R> implements PredictionMetric<R> {
    private final Task task;
    private final Average average;
    private final int columns;
    private final Tensor thresholds;
    private final State tp;
    private final State fp;
    private final State tn;
    private final State fn;
    private final Rows scores;
    private final Rows positives;
    private final Rows valid;

    /** @param thresholds ascending, [T]; null to keep all scores */
    CurveMetric(Task task, Average byDefault, Tensor thresholds) {
        this.task = task;
        this.average = task.averageOr(byDefault);
        this.columns = average == Average.MICRO ? 1 : task.classes();
        this.thresholds = thresholds;
        if (thresholds == null) {
            scores = rows(DType.F32, columns);
            positives = rows(DType.BOOL, columns);
            valid = task.ignoreIndex() == null ? null : rows(DType.BOOL, columns);
            tp = null;
            fp = null;
            tn = null;
            fn = null;
        } else {
            if (thresholds.dim() != 1 || thresholds.size(0) < 1) {
                throw new IllegalArgumentException("thresholds must be a vector of at least one value in [0, 1], not " + thresholds.shape());
            }
            int t = thresholds.size(0);
            tp = sum("tp", t, columns);
            fp = sum("fp", t, columns);
            tn = sum("tn", t, columns);
            fn = sum("fn", t, columns);
            scores = null;
            positives = null;
            valid = null;
        }
    }

    /** Evenly spaced thresholds from 0 to 1; null for 0. */
    static Tensor thresholds(int count) {
        if (count == 0) {
            return null;
        }
        if (count < 2) {
            throw new IllegalArgumentException("there must be at least 2 thresholds (or 0 to keep all scores), not " + count);
        }
        return Inputs.grid(count);
    }

    /**
     * @param predictions probabilities or logits (if any value is outside [0, 1]); binary: of the targets' shape; multi-class: [N, C, ...];
     *     multi-label: [N, L, ...]
     * @param targets binary: 0 and 1; multi-class: class numbers [N, ...]; multi-label: 0 and 1, [N, L, ...]
     */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        if (!predictions.dtype().isFloat()) {
            throw new IllegalArgumentException("a curve needs float scores, not " + predictions.dtype());
        }
        follow(predictions);
        Tensor p = predictions.detach();
        Tensor t = targets.to(DType.I64);
        Tensor ok = Inputs.valid(task, targets);
        switch (task.kind()) {
            case BINARY -> {
                Inputs.sameShape(p, t);
                Tensor mask = ok == null ? null : ok.reshape(-1, 1);
                take(Inputs.probabilities(p.reshape(-1, 1), mask, -1), t.reshape(-1, 1).eq(1L), mask);
            }
            case MULTICLASS -> {
                Inputs.scores(task, p, t);
                Tensor mask = ok == null ? null : ok.reshape(-1, 1);
                Tensor hot = t.reshape(-1, 1).eq(Tensor.arange(task.classes()));
                take(Inputs.probabilities(Inputs.columns(p), mask, 1), hot, mask == null ? null : mask.expandAs(hot));
            }
            case MULTILABEL -> {
                Inputs.sameShape(task, p, t);
                take(Inputs.probabilities(Inputs.columns(p), null, -1), Inputs.columns(t).eq(1L), ok == null ? null : Inputs.columns(ok));
            }
        }
    }

    private void take(Tensor p, Tensor positive, Tensor mask) {
        Tensor counted = mask == null ? Tensor.ones(p.shape(), DType.BOOL) : mask;
        Tensor score = p.reshape(-1, columns);
        Tensor yes = positive.logicalAnd(counted).reshape(-1, columns);
        Tensor ok = counted.reshape(-1, columns);
        if (thresholds == null) {
            scores.add(score);
            positives.add(yes);
            if (valid != null) {
                valid.add(ok);
            }
            return;
        }
        Tensor above = score.unsqueeze(0).ge(thresholds.reshape(-1, 1, 1));
        Tensor below = above.logicalNot();
        Tensor no = yes.logicalNot().logicalAnd(ok);
        add(tp, above.logicalAnd(yes).to(DType.F64).sum(1));
        add(fp, above.logicalAnd(no).to(DType.F64).sum(1));
        add(fn, below.logicalAnd(yes).to(DType.F64).sum(1));
        add(tn, below.logicalAnd(no).to(DType.F64).sum(1));
    }

    final Task task() {
        return task;
    }

    final Average average() {
        return average;
    }

    final boolean binned() {
        return thresholds != null;
    }

    final Tensor thresholds() {
        return thresholds;
    }

    // ---- with thresholds: counts [T, C] -------------------------------------------------------------------------------

    final Tensor tp() {
        return tp;
    }

    final Tensor fp() {
        return fp;
    }

    final Tensor tn() {
        return tn;
    }

    final Tensor fn() {
        return fn;
    }

    // ---- without: all scores ------------------------------------------------------------------------------------------

    /**
     * Running counts in the order of falling scores, [M, C]: of positives, of negatives, and whether a row is the last of its score.
     * Rows that do not count change no count.
     */
    record Ranked(Tensor scores, Tensor tps, Tensor fps, Tensor last) {
        /** Counts of the last row that ended a score, so that rows in between change nothing. */
        Tensor settled(Tensor counts) {
            return last.where(counts, Tensor.zerosLike(counts)).cummax(0).values();
        }

        Tensor positives() {
            return tps.select(0, -1);
        }

        Tensor negatives() {
            return fps.select(0, -1);
        }
    }

    final Ranked ranked() {
        Tensor yes = positives.some();
        Tensor no = yes.logicalNot();
        return ranked(scores.some(), yes, valid == null ? no : no.logicalAnd(valid.all()));
    }

    private static Ranked ranked(Tensor p, Tensor yes, Tensor no) {
        Tensor order = p.argsort(0, true);
        Tensor sorted = p.gather(0, order);
        Tensor tps = yes.to(DType.F64).gather(0, order).cumsum(0);
        Tensor fps = no.to(DType.F64).gather(0, order).cumsum(0);
        int rows = p.size(0);
        Tensor end = Tensor.ones(p.shape().with(0, 1), DType.BOOL);
        Tensor last = Tensor.cat(List.of(sorted.narrow(0, 1, rows - 1).ne(sorted.narrow(0, 0, rows - 1)), end), 0);
        return new Ranked(sorted, tps, fps, last);
    }

    /** One ranking of a single column for each class, without rows that do not count, and only with the last row of each score. */
    final List<Ranked> curves() {
        Tensor all = scores.some();
        List<Ranked> result = new ArrayList<>();
        for (int c = 0; c < columns; c++) {
            Tensor p = all.narrow(1, c, 1);
            Tensor yes = positives.all().narrow(1, c, 1);
            if (valid != null) {
                Tensor ok = valid.all().narrow(1, c, 1);
                p = p.maskedSelect(ok).unsqueeze(1);
                yes = yes.maskedSelect(ok).unsqueeze(1);
            }
            Ranked r = ranked(p, yes, yes.logicalNot());
            result.add(new Ranked(r.scores.maskedSelect(r.last), r.tps.maskedSelect(r.last), r.fps.maskedSelect(r.last), null));
        }
        return result;
    }

    /** Whether every target that counts is 0, [C]: torchmetrics then takes the recall of absent classes for 1 instead of NaN. */
    final Tensor allTargetsAreZero() {
        Tensor yes = positives.some();
        if (task.kind() == Task.Kind.MULTICLASS && average != Average.MICRO) {
            Tensor first = yes.select(1, 0);
            return (valid == null ? first : first.logicalOr(valid.all().select(1, 0).logicalNot())).all().expand(columns);
        }
        return yes.any(0).logicalNot();
    }

    // ---- averages -----------------------------------------------------------------------------------------------------

    /** Classes whose value is NaN do not count. */
    final Tensor reduce(Tensor perClass, Tensor positivesOfClass) {
        if (columns == 1) {
            return perClass.reshape();
        }
        return switch (average) {
            case NONE -> perClass;
            case WEIGHTED -> {
                Tensor there = perClass.isNaN().logicalNot();
                Tensor weight = there.where(positivesOfClass, Tensor.zerosLike(positivesOfClass));
                yield Inputs.ratio(weight, weight.sum().expandAs(weight)).mul(perClass.nanToNum()).sum();
            }
            default -> perClass.nanmean();
        };
    }
}
