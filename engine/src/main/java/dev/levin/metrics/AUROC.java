package dev.levin.metrics;

import dev.levin.tensor.Tensor;
import java.util.List;

/**
 * Area under the curve of true over false positive rate; 0 for a class that has no positive or no negative samples, as in torchmetrics.
 * Macro-averaged unless told otherwise; {@link Average#MICRO} for labels only.
 */
public final class AUROC extends CurveMetric<Tensor> {
    private final double maxFpr;

    public AUROC(Task task) {
        this(task, 0);
    }

    /** @param thresholds how many evenly spaced thresholds; 0 to keep all scores */
    public AUROC(Task task, int thresholds) {
        this(task, thresholds(thresholds), 1);
    }

    /**
     * @param thresholds ascending, [T]; null to keep all scores
     * @param maxFpr binary tasks: only the area up to this false positive rate, scaled to [0.5, 1] (McClish 1989); 1 for all
     */
    public AUROC(Task task, Tensor thresholds, double maxFpr) {
        super(task, Average.MACRO, thresholds);
        if (!(maxFpr > 0 && maxFpr <= 1) || maxFpr < 1 && task.kind() != Task.Kind.BINARY) {
            throw new IllegalArgumentException("maxFpr must be in (0, 1], and 1 unless the task is binary, not " + maxFpr);
        }
        if (task.kind() == Task.Kind.MULTICLASS && average() == Average.MICRO) {
            throw new IllegalArgumentException("AUROC of a multi-class task has no micro average; use MACRO, WEIGHTED or NONE");
        }
        this.maxFpr = maxFpr;
    }

    /** A scalar, or [C] without averaging. */
    @Override
    public Tensor compute() {
        if (binned()) {
            Tensor tpr = Inputs.ratio(tp(), tp().add(fn())).flip(0);
            Tensor fpr = Inputs.ratio(fp(), fp().add(tn())).flip(0);
            return reduce(area(fpr, tpr), tp().add(fn()).select(0, 0));
        }
        Ranked r = ranked();
        Tensor fps = r.settled(r.fps());
        Tensor tps = r.settled(r.tps());
        Tensor start = Tensor.zeros(fps.shape().with(0, 1), fps.dtype());
        Tensor fpr = Inputs.ratio(Tensor.cat(List.of(start, fps), 0), r.negatives());
        Tensor tpr = Inputs.ratio(Tensor.cat(List.of(start, tps), 0), r.positives());
        return reduce(area(fpr, tpr), r.positives());
    }

    /** Trapezoids between rows, [C]. */
    private Tensor area(Tensor x, Tensor y) {
        int n = x.size(0) - 1;
        Tensor x0 = x.narrow(0, 0, n);
        Tensor x1 = x.narrow(0, 1, n);
        Tensor y0 = y.narrow(0, 0, n);
        Tensor y1 = y.narrow(0, 1, n);
        Tensor whole = x1.sub(x0).mul(y0.add(y1)).mul(0.5).sum(0);
        if (maxFpr == 1) {
            return whole;
        }
        Tensor width = x1.clampMax(maxFpr).sub(x0.clampMax(maxFpr));
        Tensor end = y0.add(y1.sub(y0).mul(Inputs.ratio(width, x1.sub(x0), 1)));
        Tensor part = width.mul(y0.add(end)).mul(0.5).sum(0);
        double least = 0.5 * maxFpr * maxFpr;
        Tensor scaled = part.sub(least).div(maxFpr - least).add(1.0).mul(0.5);
        Tensor flat = x.sum(0).eq(0.0).logicalOr(y.sum(0).eq(0.0));
        return flat.where(whole, scaled);
    }
}
