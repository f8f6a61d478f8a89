package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.function.BinaryOperator;

/** Losses that ask for a distance between scores or embeddings. */
abstract class MarginLosses extends ClassificationLosses {
    public static Tensor hingeEmbedding(Tensor input, Tensor target) {
        return hingeEmbedding(input, target, 1, Reduction.MEAN);
    }

    /** input where the target is 1, max(0, margin - input) where it is -1. */
    public static Tensor hingeEmbedding(Tensor input, Tensor target, double margin, Reduction reduction) {
        Tensor x = prediction(input);
        Tensor t = target("hinge_embedding", target, input);
        Tensor zero = constant(x, 0);
        Tensor loss = t.eq(1.0).where(x, zero).add(t.eq(-1.0).where(x.rsub(margin).relu(), zero));
        return result(loss, input, reduction);
    }

    public static Tensor marginRanking(Tensor input1, Tensor input2, Tensor target) {
        return marginRanking(input1, input2, target, 0, Reduction.MEAN);
    }

    /** max(0, -target * (input1 - input2) + margin): target 1 wants input1 larger. */
    public static Tensor marginRanking(Tensor input1, Tensor input2, Tensor target, double margin, Reduction reduction) {
        Tensor d = prediction(input1).sub(prediction(input2));
        return result(target.neg().mul(d).add(margin).relu(), input1, reduction);
    }

    public static Tensor cosineEmbedding(Tensor input1, Tensor input2, Tensor target) {
        return cosineEmbedding(input1, input2, target, 0, Reduction.MEAN);
    }

    /** 1 - cos where the target is 1, max(0, cos - margin) where it is -1; vectors along the last axis. */
    public static Tensor cosineEmbedding(Tensor input1, Tensor input2, Tensor target, double margin, Reduction reduction) {
        Tensor a = prediction(input1);
        Tensor b = prediction(input2);
        Tensor magnitude = a.mul(a).sum(-1).add(1e-12).mul(b.mul(b).sum(-1).add(1e-12)).sqrt();
        Tensor cos = a.mul(b).sum(-1).div(magnitude);
        Tensor zero = constant(cos, 0);
        Tensor loss = target.eq(1L).where(cos.rsub(1.0), zero).add(target.eq(-1L).where(cos.sub(margin).relu(), zero));
        return result(loss, input1, reduction);
    }

    public static Tensor tripletMargin(Tensor anchor, Tensor positive, Tensor negative) {
        return tripletMargin(anchor, positive, negative, 1, 2, 1e-6, false, Reduction.MEAN);
    }

    /** max(0, d(anchor, positive) - d(anchor, negative) + margin) with the p-norm distance. */
    public static Tensor tripletMargin(Tensor anchor, Tensor positive, Tensor negative, double margin, double p, double eps,
            boolean swap, Reduction reduction) {
        return tripletMargin(anchor, positive, negative, (a, b) -> Functional.pairwiseDistance(a, b, p, eps, false), margin, swap,
                reduction);
    }

    /**
     * With a distance of one's own.
     *
     * @param swap whether the distance of positive and negative counts where it is the smaller one (Balntas et al. 2016)
     */
    public static Tensor tripletMargin(Tensor anchor, Tensor positive, Tensor negative, BinaryOperator<Tensor> distance, double margin,
            boolean swap, Reduction reduction) {
        Tensor a = prediction(anchor);
        Tensor p = prediction(positive);
        Tensor n = prediction(negative);
        Tensor far = distance.apply(a, n);
        if (swap) {
            far = far.minimum(distance.apply(p, n));
        }
        return result(distance.apply(a, p).sub(far).add(margin).relu(), anchor, reduction);
    }

    public static Tensor multiMargin(Tensor input, Tensor target) {
        return multiMargin(input, target, 1, 1, null, Reduction.MEAN);
    }

    /** Sum over wrong classes of max(0, margin - input[target] + input[i])^p / C: scores [N, C] or [C], indices [N] or []. */
    public static Tensor multiMargin(Tensor input, Tensor target, int p, double margin, Tensor weight, Reduction reduction) {
        if (p != 1 && p != 2) {
            throw new IllegalArgumentException("multi_margin needs p = 1 or 2, not " + p);
        }
        Args.needRank("multi_margin", input, "scores [N, C] or [C]", 1, 2);
        Tensor x = prediction(input);
        Tensor index = target.to(DType.I64).reshape(x.shape().with(-1, 1));
        Tensor wanted = x.gather(-1, index);
        Tensor hinge = x.sub(wanted).add(margin).relu();
        Tensor powered = p == 1 ? hinge : hinge.mul(hinge);
        Tensor others = Tensor.arange(x.size(-1)).ne(index);
        Tensor loss = others.where(powered, constant(x, 0)).sum(-1).div((double) x.size(-1));
        return result(weight == null ? loss : loss.mul(weight.to(x.dtype()).take(target)), input, reduction);
    }

    public static Tensor multilabelMargin(Tensor input, Tensor target) {
        return multilabelMargin(input, target, Reduction.MEAN);
    }

    /**
     * Sum over target classes j and other classes i of max(0, 1 - input[j] + input[i]) / C. A row of targets lists class
     * indices; the first -1 ends it.
     */
    public static Tensor multilabelMargin(Tensor input, Tensor target, Reduction reduction) {
        Args.needRank("multilabel_margin", input, "scores [N, C] or [C]", 1, 2);
        if (!target.shape().equals(input.shape())) {
            throw new IllegalArgumentException("multilabel_margin: scores " + input.shape() + " need a list of classes per row, filled up "
                    + "with -1 to the same shape, not " + target.shape());
        }
        Tensor x = prediction(input);
        Tensor t = target.to(DType.I64);
        int c = x.size(-1);
        Tensor listed = t.ge(0L).to(DType.I64).cumprod(-1).ne(0L);
        Tensor safe = listed.where(t, Tensor.zerosLike(t));
        Tensor hits = Tensor.zeros(x.shape(), DType.I64).scatterAdd(-1, safe, listed.to(DType.I64));
        Tensor wanted = x.gather(-1, safe).unsqueeze(-1);
        Tensor hinge = x.unsqueeze(-2).sub(wanted).add(1.0).relu();
        Tensor counts = listed.unsqueeze(-1).logicalAnd(hits.eq(0L).unsqueeze(-2));
        Tensor loss = counts.where(hinge, constant(x, 0)).sum(new int[] {-2, -1}, false).div((double) c);
        return result(loss, input, reduction);
    }
}
