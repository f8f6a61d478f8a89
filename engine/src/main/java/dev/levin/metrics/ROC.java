package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * True over false positive rate for falling thresholds; a curve for each class, or a single one for binary tasks and
 * {@link Average#MICRO}. Rates over no samples are 0.
 */
public final class ROC extends CurveMetric<List<ROC.Curve>> {
    /** All [T]; without given thresholds the curve starts with (0, 0) at threshold 1. */
    public record Curve(Tensor fpr, Tensor tpr, Tensor thresholds) {
    }

    public ROC(Task task) {
        this(task, 0);
    }

    /** @param thresholds how many evenly spaced thresholds; 0 to keep all scores */
    public ROC(Task task, int thresholds) {
        this(task, thresholds(thresholds));
    }

    /** @param thresholds ascending, [T]; null to keep all scores */
    public ROC(Task task, Tensor thresholds) {
        super(task, Average.NONE, thresholds);
    }

    /** Computes at once where all scores are kept, since the number of points depends on them. */
    @Override
    public List<Curve> compute() {
        List<Curve> curves = new ArrayList<>();
        if (binned()) {
            Tensor tpr = Inputs.ratio(tp(), tp().add(fn())).flip(0);
            Tensor fpr = Inputs.ratio(fp(), fp().add(tn())).flip(0);
            for (int c = 0; c < tpr.size(1); c++) {
                curves.add(new Curve(fpr.select(1, c), tpr.select(1, c), thresholds().flip(0)));
            }
            return curves;
        }
        for (Ranked r : curves()) {
            curves.add(new Curve(rate(r.fps(), r.negatives()), rate(r.tps(), r.positives()), behind(1, r.scores())));
        }
        return curves;
    }

    private static Tensor rate(Tensor counts, Tensor all) {
        return behind(0, Inputs.ratio(counts, all.expandAs(counts)));
    }

    private static Tensor behind(double first, Tensor rest) {
        return Tensor.cat(List.of(Tensor.fullLike(rest.narrow(0, 0, 1), first), rest), 0);
    }
}
