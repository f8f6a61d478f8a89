package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** Losses of predictions against targets of the same shape. */
abstract class RegressionLosses extends LossSupport {
    /** Mean of (input - target)^2. */
    public static Tensor mse(Tensor input, Tensor target) {
        return mse(input, target, Reduction.MEAN);
    }

    public static Tensor mse(Tensor input, Tensor target, Reduction reduction) {
        Tensor d = prediction(input).sub(target("mse", target, input));
        return result(d.mul(d), input, reduction);
    }

    /** Mean of |input - target|. */
    public static Tensor l1(Tensor input, Tensor target) {
        return l1(input, target, Reduction.MEAN);
    }

    public static Tensor l1(Tensor input, Tensor target, Reduction reduction) {
        return result(prediction(input).sub(target("l1", target, input)).abs(), input, reduction);
    }

    public static Tensor smoothL1(Tensor input, Tensor target) {
        return smoothL1(input, target, Reduction.MEAN, 1);
    }

    /** Squared below {@code beta}, absolute above (Girshick 2015). */
    public static Tensor smoothL1(Tensor input, Tensor target, Reduction reduction, double beta) {
        if (!(beta >= 0)) {
            throw new IllegalArgumentException("smooth_l1 needs a beta that is not negative, not " + beta);
        }
        if (beta == 0) {
            return l1(input, target, reduction);
        }
        Tensor d = prediction(input).sub(target("smooth_l1", target, input));
        Tensor a = d.abs();
        return result(a.lt(beta).where(d.mul(d).mul(0.5 / beta), a.sub(0.5 * beta)), input, reduction);
    }

    public static Tensor huber(Tensor input, Tensor target) {
        return huber(input, target, Reduction.MEAN, 1);
    }

    /** Squared below {@code delta}, absolute times delta above (Huber 1964). */
    public static Tensor huber(Tensor input, Tensor target, Reduction reduction, double delta) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("huber needs a positive delta, not " + delta);
        }
        Tensor d = prediction(input).sub(target("huber", target, input));
        Tensor a = d.abs();
        return result(a.le(delta).where(d.mul(d).mul(0.5), a.sub(0.5 * delta).mul(delta)), input, reduction);
    }

    public static Tensor poissonNll(Tensor input, Tensor target) {
        return poissonNll(input, target, true, false, 1e-8, Reduction.MEAN);
    }

    /**
     * Negative log likelihood of Poisson counts.
     *
     * @param logInput whether the input is the log of the rate
     * @param full whether to add Stirling's approximation of log(target!)
     */
    public static Tensor poissonNll(Tensor input, Tensor target, boolean logInput, boolean full, double eps, Reduction reduction) {
        Tensor x = prediction(input);
        Tensor t = target("poisson_nll", target, input);
        Tensor loss = logInput ? x.exp().sub(t.mul(x)) : x.sub(t.mul(x.add(eps).log()));
        if (full) {
            Tensor large = t.gt(1.0);
            Tensor safe = large.where(t, constant(t, 1));
            Tensor stirling = safe.mul(safe.log()).sub(safe).add(safe.mul(2 * Math.PI).log().mul(0.5));
            loss = loss.add(large.where(stirling, constant(t, 0)));
        }
        return result(loss, input, reduction);
    }

    public static Tensor gaussianNll(Tensor input, Tensor target, Tensor var) {
        return gaussianNll(input, target, var, false, 1e-6, Reduction.MEAN);
    }

    /** Negative log likelihood of a normal distribution with mean {@code input} and variance {@code var}, at least {@code eps}. */
    public static Tensor gaussianNll(Tensor input, Tensor target, Tensor var, boolean full, double eps, Reduction reduction) {
        Tensor x = prediction(input);
        Tensor v = Args.precise(var);
        if (!v.shape().equals(x.shape()) && v.dim() == x.dim() - 1 && v.shape().equals(x.shape().drop(-1))) {
            v = v.unsqueeze(-1);
        }
        // Limited without stopping the gradient, as PyTorch does.
        Tensor limited = v.add(v.clampMin(eps).sub(v).detach());
        Tensor d = x.sub(target("gaussian_nll", target, input));
        Tensor loss = limited.log().add(d.mul(d).div(limited)).mul(0.5);
        return result(full ? loss.add(0.5 * Math.log(2 * Math.PI)) : loss, input, reduction);
    }

    public static Tensor klDiv(Tensor input, Tensor target) {
        return klDiv(input, target, Reduction.MEAN, false);
    }

    /**
     * Kullback-Leibler divergence: target * (log target - input), where {@code input} holds log probabilities.
     * {@link Reduction#BATCH_MEAN} is the divergence itself.
     *
     * @param logTarget whether the target holds log probabilities too
     */
    public static Tensor klDiv(Tensor input, Tensor target, Reduction reduction, boolean logTarget) {
        Tensor x = prediction(input);
        Tensor t = target("kl_div", target, input);
        if (logTarget) {
            return result(t.exp().mul(t.sub(x)), input, reduction);
        }
        Tensor none = t.eq(0.0);
        Tensor safe = none.where(constant(t, 1), t);
        Tensor entropy = none.where(constant(t, 0), safe.mul(safe.log()));
        return result(entropy.sub(t.mul(x)), input, reduction);
    }
}
