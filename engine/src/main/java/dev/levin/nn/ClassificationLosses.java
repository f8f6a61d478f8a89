package dev.levin.nn;

import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;

/** Losses of class scores. */
abstract class ClassificationLosses extends RegressionLosses {
    /** Targets with this index do not count. */
    public static final int IGNORE_INDEX = -100;
    private static final Object[] CROSS_ENTROPY = {"cross_entropy"};

    /** Mean cross entropy of logits: see {@link #crossEntropy(Tensor, Tensor, Tensor, int, Reduction, double)}. */
    public static Tensor crossEntropy(Tensor input, Tensor target) {
        return crossEntropy(input, target, null, IGNORE_INDEX, Reduction.MEAN, 0);
    }

    public static Tensor crossEntropy(Tensor input, Tensor target, Reduction reduction) {
        return crossEntropy(input, target, null, IGNORE_INDEX, reduction, 0);
    }

    /**
     * Cross entropy of logits [N, C], [C] or [N, C, ...] against class indices (an integer dtype, no axis C) or class
     * probabilities (a float dtype, the shape of the input).
     *
     * @param weight [C], or null for equal weights; a mean over indices is weighted
     * @param ignoreIndex target index that does not count
     * @param labelSmoothing part of every target that is spread evenly over the classes
     */
    public static Tensor crossEntropy(Tensor input, Tensor target, Tensor weight, int ignoreIndex, Reduction reduction,
            double labelSmoothing) {
        Args.needProbability("label smoothing", labelSmoothing);
        int axis = classAxis("cross_entropy", input);
        return Args.repeated(CROSS_ENTROPY, new long[] {ignoreIndex, reduction.ordinal(), Double.doubleToRawLongBits(labelSmoothing)},
                () -> crossEntropy(input, target, weight, axis, ignoreIndex, reduction, labelSmoothing), input, target, weight);
    }

    private static Tensor crossEntropy(Tensor input, Tensor target, Tensor weight, int axis, int ignoreIndex, Reduction reduction,
            double labelSmoothing) {
        Tensor logp = prediction(input).logSoftmax(axis);
        Tensor w = weight == null ? null : weight.to(logp.dtype());
        if (target.dtype().isFloat() && target.shape().equals(input.shape())) {
            return probabilities(input, logp, Args.precise(target), w, axis, reduction, labelSmoothing);
        }
        Picked p = pick("cross_entropy", logp, target, w, axis, ignoreIndex);
        Tensor loss = p.loss;
        if (labelSmoothing > 0) {
            Tensor spread = (w == null ? logp : logp.mul(classWeights(w, logp, axis))).sum(axis).neg();
            loss = loss.mul(1 - labelSmoothing)
                    .add(p.ignored.where(constant(spread, 0), spread).mul(labelSmoothing / input.size(axis)));
        }
        return reduce(loss, p, input, reduction);
    }

    private static Tensor probabilities(Tensor input, Tensor logp, Tensor target, Tensor w, int axis, Reduction reduction,
            double labelSmoothing) {
        Tensor t = labelSmoothing > 0 ? target.mul(1 - labelSmoothing).add(labelSmoothing / input.size(axis)) : target;
        Tensor product = logp.mul(t);
        Tensor loss = (w == null ? product : product.mul(classWeights(w, logp, axis))).sum(axis).neg();
        return result(loss, input, reduction);
    }

    /** Mean negative log likelihood of log probabilities. */
    public static Tensor nll(Tensor input, Tensor target) {
        return nll(input, target, null, IGNORE_INDEX, Reduction.MEAN);
    }

    /** As cross entropy with class indices, of log probabilities. */
    public static Tensor nll(Tensor input, Tensor target, Tensor weight, int ignoreIndex, Reduction reduction) {
        Tensor logp = prediction(input);
        Picked p = pick("nll", logp, target, weight == null ? null : weight.to(logp.dtype()), classAxis("nll", input), ignoreIndex);
        return reduce(p.loss, p, input, reduction);
    }

    /** -weight * logp of the target class, 0 where ignored; the weights that a mean divides by. */
    private record Picked(Tensor loss, Tensor weights, Tensor ignored) {
    }

    private static int classAxis(String what, Tensor input) {
        if (input.dim() == 0) {
            throw new IllegalArgumentException(what + " needs scores [N, C], [C] or [N, C, ...], not a scalar" + Args.at());
        }
        return input.dim() == 1 ? 0 : 1;
    }

    private static Tensor classWeights(Tensor w, Tensor logp, int axis) {
        return axis == 0 ? w : Args.channels(w, logp.dim());
    }

    private static Picked pick(String what, Tensor logp, Tensor target, Tensor weight, int axis, int ignoreIndex) {
        Shape expected = logp.shape().drop(axis);
        if (!target.shape().equals(expected) || target.dtype().isFloat() || target.dtype().isBool()) {
            throw new IllegalArgumentException(what + ": scores " + logp.shape() + " need integer class indices of shape " + expected
                    + (what.startsWith("cross") ? " or float class probabilities of shape " + logp.shape() : "") + ", not "
                    + target.dtype() + target.shape() + Args.at());
        }
        if (weight != null && (weight.dim() != 1 || weight.size(0) != logp.size(axis))) {
            throw new IllegalArgumentException(what + ": weight must be [" + logp.size(axis) + "], one per class, not " + weight.shape());
        }
        Tensor index = target.to(DType.I64);
        Tensor ignored = index.eq((long) ignoreIndex);
        Tensor safe = ignored.where(Tensor.scalar(0, DType.F64).to(DType.I64), index);
        Tensor nll = logp.gather(axis, safe.unsqueeze(axis)).squeeze(axis).neg();
        Tensor zero = constant(nll, 0);
        if (weight == null) {
            return new Picked(ignored.where(zero, nll), ignored.where(zero, constant(nll, 1)), ignored);
        }
        Tensor each = ignored.where(zero, weight.take(safe));
        return new Picked(ignored.where(zero, nll.mul(each)), each, ignored);
    }

    private static Tensor reduce(Tensor loss, Picked p, Tensor input, Reduction reduction) {
        Tensor reduced = reduction == Reduction.MEAN ? loss.sum().div(p.weights.broadcastTo(loss.shape()).sum())
                : reduction.apply(loss);
        return Args.restore(reduced, input);
    }

    // ---- binary -------------------------------------------------------------------------------------------------------

    /** Mean binary cross entropy of probabilities. */
    public static Tensor bce(Tensor input, Tensor target) {
        return bce(input, target, null, Reduction.MEAN);
    }

    /** Logs are limited to -100, so that a probability of exactly 0 or 1 gives a finite loss. */
    public static Tensor bce(Tensor input, Tensor target, Tensor weight, Reduction reduction) {
        Tensor p = prediction(input);
        Tensor t = target("bce", target, input);
        Tensor value = logLimited(p).mul(t).add(logLimited(p.rsub(1.0)).mul(t.rsub(1.0))).neg();
        Tensor loss = custom(value, (out, in, g) -> new Tensor[] {
            g.mul(in[0].sub(in[1])).div(in[0].rsub(1.0).mul(in[0]).clampMin(1e-12)),
            g.mul(logLimited(in[0].rsub(1.0)).sub(logLimited(in[0])))}, p, t);
        return result(weight == null ? loss : loss.mul(weight), input, reduction);
    }

    private static Tensor logLimited(Tensor p) {
        return p.log().clampMin(-100);
    }

    /** Mean binary cross entropy of logits. */
    public static Tensor bceWithLogits(Tensor input, Tensor target) {
        return bceWithLogits(input, target, null, Reduction.MEAN, null);
    }

    /**
     * @param weight broadcast to the input, or null
     * @param posWeight factor of the positive term, broadcast to the input, or null
     */
    public static Tensor bceWithLogits(Tensor input, Tensor target, Tensor weight, Reduction reduction, Tensor posWeight) {
        Tensor x = prediction(input);
        Tensor t = target("bce_with_logits", target, input);
        Tensor log = Functional.logsigmoid(x);
        Tensor scaled = posWeight == null ? log : log.mul(posWeight.sub(1.0).mul(t).add(1.0));
        Tensor loss = t.rsub(1.0).mul(x).sub(scaled);
        return result(weight == null ? loss : loss.mul(weight), input, reduction);
    }

    /** Mean of log(1 + e^(-target * input)) with targets 1 and -1. */
    public static Tensor softMargin(Tensor input, Tensor target) {
        return softMargin(input, target, Reduction.MEAN);
    }

    public static Tensor softMargin(Tensor input, Tensor target, Reduction reduction) {
        Tensor x = prediction(input);
        return result(Functional.logsigmoid(target("soft_margin", target, input).mul(x)).neg(), input, reduction);
    }

    /** One-against-all binary cross entropy of logits [N, C], averaged over classes. */
    public static Tensor multilabelSoftMargin(Tensor input, Tensor target) {
        return multilabelSoftMargin(input, target, null, Reduction.MEAN);
    }

    public static Tensor multilabelSoftMargin(Tensor input, Tensor target, Tensor weight, Reduction reduction) {
        Tensor x = prediction(input);
        Tensor t = target("multilabel_soft_margin", target, input);
        Tensor loss = t.mul(Functional.logsigmoid(x)).add(t.rsub(1.0).mul(Functional.logsigmoid(x.neg()))).neg();
        return result((weight == null ? loss : loss.mul(weight)).mean(-1), input, reduction);
    }
}
