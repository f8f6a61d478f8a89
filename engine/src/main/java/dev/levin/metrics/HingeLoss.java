package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;

/**
 * Mean hinge loss max(0, 1 - margin), of probabilities: logits go through the sigmoid or softmax first, as in torchmetrics. Binary and
 * multi-class.
 */
public final class HingeLoss extends AccumulatedMetric<Tensor> implements PredictionMetric<Tensor> {
    /** What the margin of several classes is. */
    public enum Mode {
        /** Score of the target less the best other score (Crammer and Singer 2001). */
        CRAMMER_SINGER,
        /** Each class against the rest: one loss for each. */
        ONE_VS_ALL
    }

    private final Task task;
    private final boolean squared;
    private final Mode mode;
    private final State measures;
    private final State total;

    public HingeLoss(Task task) {
        this(task, false, Mode.CRAMMER_SINGER);
    }

    public HingeLoss(Task task, boolean squared, Mode mode) {
        if (task.kind() == Task.Kind.MULTILABEL) {
            throw new IllegalArgumentException("hinge loss is defined for binary and multi-class tasks, not for labels; use one metric for each label");
        }
        this.task = task;
        this.squared = squared;
        this.mode = mode;
        boolean each = task.kind() == Task.Kind.MULTICLASS && mode == Mode.ONE_VS_ALL;
        this.measures = each ? sum("measures", task.classes()) : sum("measures");
        this.total = sum("total");
    }

    /** As {@link CalibrationError#update}. */
    @Override
    public void update(Tensor predictions, Tensor targets) {
        follow(predictions);
        Tensor valid = Inputs.valid(task, targets.flatten());
        Tensor target = Inputs.indices(targets.flatten(), valid);
        Tensor margin;
        if (task.kind() == Task.Kind.BINARY) {
            Inputs.sameShape(predictions, targets);
            Tensor p = Inputs.probabilities(predictions.detach().flatten(), valid, -1);
            margin = target.ne(0L).where(p, p.neg());
        } else {
            Inputs.scores(task, predictions, targets);
            Tensor p = Inputs.probabilities(Inputs.columns(predictions.detach()), valid == null ? null : valid.unsqueeze(1), 1);
            Tensor hot = target.unsqueeze(1).eq(Tensor.arange(task.classes()));
            margin = mode == Mode.ONE_VS_ALL ? hot.where(p, p.neg())
                    : p.gather(1, target.unsqueeze(1)).squeeze(1).sub(p.maskedFill(hot, Double.NEGATIVE_INFINITY).amax(1, false));
        }
        Tensor loss = margin.to(DType.F64).rsub(1.0).clampMin(0.0);
        Tensor weight = Inputs.weights(valid, target.shape());
        Tensor each = (squared ? loss.square() : loss).mul(loss.dim() == 2 ? weight.unsqueeze(1) : weight);
        add(measures, each.sum(0));
        add(total, weight.sum());
    }

    /** A scalar, or [C] for one against all. */
    @Override
    public Tensor compute() {
        return measures.div(total);
    }
}
