package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Precision over recall for rising thresholds, ending in (1, 0); a curve for each class, or a single one for binary tasks and
 * {@link Average#MICRO}.
 *
 * <p>Where there are no positive samples recall is NaN, or 1 if all targets are 0; with given thresholds 0 / 0 is NaN.
 */
public final class PrecisionRecallCurve extends CurveMetric<List<PrecisionRecallCurve.Curve>> {
    /** Precision and recall are [T + 1], thresholds [T]. */
    public record Curve(Tensor precision, Tensor recall, Tensor thresholds) {
    }

    public PrecisionRecallCurve(Task task) {
        this(task, 0);
    }

    /** @param thresholds how many evenly spaced thresholds; 0 to keep all scores */
    public PrecisionRecallCurve(Task task, int thresholds) {
        this(task, thresholds(thresholds));
    }

    /** @param thresholds ascending, [T]; null to keep all scores */
    public PrecisionRecallCurve(Task task, Tensor thresholds) {
        super(task, Average.NONE, thresholds);
    }

    /** Computes at once where all scores are kept, since the number of points depends on them. */
    @Override
    public List<Curve> compute() {
        List<Curve> curves = new ArrayList<>();
        if (binned()) {
            Tensor precision = Inputs.ratio(tp(), tp().add(fp()), Double.NaN);
            Tensor recall = Inputs.ratio(tp(), tp().add(fn()), Double.NaN);
            for (int c = 0; c < precision.size(1); c++) {
                curves.add(new Curve(then(precision.select(1, c), 1), then(recall.select(1, c), 0), thresholds()));
            }
            return curves;
        }
        Tensor allZero = allTargetsAreZero();
        for (Ranked r : curves()) {
            Tensor found = Inputs.ratio(r.tps(), r.positives().expandAs(r.tps()), Double.NaN);
            Tensor recall = allZero.select(0, curves.size()).where(Tensor.onesLike(found), found);
            curves.add(new Curve(then(r.tps().div(r.tps().add(r.fps())).flip(0), 1), then(recall.flip(0), 0), r.scores().flip(0)));
        }
        return curves;
    }

    private static Tensor then(Tensor values, double last) {
        return Tensor.cat(List.of(values, Tensor.full(Shape.of(1), last, values.dtype())), 0);
    }
}
