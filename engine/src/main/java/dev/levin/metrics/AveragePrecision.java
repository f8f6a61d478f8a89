package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import java.util.List;

/**
 * Mean of the precisions at each threshold, weighted by the recall gained there. Macro-averaged unless told otherwise;
 * {@link Average#MICRO} for labels only.
 *
 * <p>A class that is never the target gives NaN and is left out of averages, except where torchmetrics says 0: with thresholds, for labels
 * and binary tasks, and if class 0 is the only target there is.
 */
public final class AveragePrecision extends CurveMetric<Tensor> {
    public AveragePrecision(Task task) {
        this(task, 0);
    }

    /** @param thresholds how many evenly spaced thresholds; 0 to keep all scores */
    public AveragePrecision(Task task, int thresholds) {
        this(task, thresholds(thresholds));
    }

    /** @param thresholds ascending, [T]; null to keep all scores */
    public AveragePrecision(Task task, Tensor thresholds) {
        super(task, Average.MACRO, thresholds);
        if (task.kind() == Task.Kind.MULTICLASS && average() == Average.MICRO) {
            throw new IllegalArgumentException("average precision of a multi-class task has no micro average; use MACRO, WEIGHTED or NONE");
        }
    }

    /** A scalar, or [C] without averaging. */
    @Override
    public Tensor compute() {
        if (binned()) {
            Tensor precision = Inputs.ratio(tp(), tp().add(fp()));
            Tensor recall = Inputs.ratio(tp(), tp().add(fn()));
            Tensor after = Tensor.cat(List.of(recall.narrow(0, 1, recall.size(0) - 1), Tensor.zerosLike(recall.narrow(0, 0, 1))), 0);
            return reduce(recall.sub(after).mul(precision).sum(0), tp().add(fn()).select(0, 0));
        }
        Ranked r = ranked();
        Tensor tps = r.settled(r.tps());
        Tensor before = Tensor.cat(List.of(Tensor.zerosLike(tps.narrow(0, 0, 1)), tps.narrow(0, 0, tps.size(0) - 1)), 0);
        Tensor precision = Inputs.ratio(r.tps(), r.tps().add(r.fps()));
        Tensor found = Inputs.ratio(tps.sub(before).mul(precision).sum(0), r.positives());
        Tensor absent = r.positives().eq(0.0).logicalAnd(allTargetsAreZero().logicalNot());
        return reduce(absent.where(Tensor.fullLike(found, Double.NaN), found), r.positives());
    }
}
