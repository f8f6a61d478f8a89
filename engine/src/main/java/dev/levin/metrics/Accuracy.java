package dev.levin.metrics;

import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** Share of right predictions; with {@code topK}, of targets among the k most likely classes. */
public final class Accuracy extends AccumulatedMetric {
    private final int classes;
    private final int topK;
    private final Average average;
    private final State right;
    private final State total;

    public Accuracy(int numClasses) {
        this(numClasses, Average.MICRO, 1);
    }

    public Accuracy(int numClasses, Average average, int topK) {
        if (numClasses < 2 || topK < 1 || topK > numClasses) {
            throw new IllegalArgumentException("accuracy needs at least 2 classes and 1 <= topK <= classes, not " + numClasses + " and " + topK);
        }
        this.classes = numClasses;
        this.topK = topK;
        this.average = average;
        int size = average == Average.MICRO ? 1 : numClasses;
        this.right = state("right", Tensor.zeros(Shape.of(size), DType.F64), Merge.SUM);
        this.total = state("total", Tensor.zeros(Shape.of(size), DType.F64), Merge.SUM);
    }

    /**
     * @param predictions logits or probabilities [N, C, ...], or class numbers [N, ...]
     * @param targets class numbers [N, ...]
     */
    public void update(Tensor predictions, Tensor targets) {
        Tensor hit;
        if (topK == 1) {
            hit = ConfusionMatrix.labels(predictions, targets, classes).eq(targets.to(DType.I64));
        } else {
            Tensor best = predictions.detach().topk(topK, 1, true).indices();
            hit = best.eq(targets.to(DType.I64).unsqueeze(1)).to(DType.I64).sum(1).gt(0);
        }
        Tensor hits = hit.flatten().to(DType.F64);
        if (average == Average.MICRO) {
            add(right, hits.sum().reshape(1));
            add(total, Tensor.full(Shape.of(1), hits.numel(), DType.F64));
        } else {
            Tensor index = targets.to(DType.I64).flatten();
            right.set(right.indexAdd(0, index, hits));
            total.set(total.indexAdd(0, index, Tensor.onesLike(hits)));
        }
    }

    @Override
    public Tensor compute() {
        if (average != Average.MACRO) {
            return ConfusionMatrix.ratio(right.sum(), total.sum());
        }
        Tensor seen = total.gt(0.0).to(DType.F64);
        return ConfusionMatrix.ratio(ConfusionMatrix.ratio(right, total).mul(seen).sum(), seen.sum());
    }
}
