package dev.levin.tensor;

import dev.levin.type.HostArray;
import java.util.function.LongToDoubleFunction;
import org.apache.commons.numbers.gamma.LogGamma;
import org.apache.commons.numbers.gamma.RegularizedBeta;
import org.apache.commons.numbers.gamma.RegularizedGamma;

/**
 * Discrete distributions by inversion, on the host: the number of steps depends on the data. The search starts at the
 * mode, so it takes about as many steps as the distribution is wide.
 */
final class Counts {
    private Counts() {
    }

    static Tensor poisson(Tensor uniform, Tensor rates) {
        HostArray u = uniform.toHost();
        HostArray r = rates.toHost();
        HostArray out = HostArray.allocate(rates.dtype(), u.length());
        for (int i = 0; i < u.length(); i++) {
            double rate = r.getDouble(i);
            if (!(rate >= 0)) {
                throw new IllegalArgumentException("poisson needs rates that are not negative, not " + rate);
            }
            if (rate > 0) {
                long mode = (long) rate;
                double mass = Math.exp(mode * Math.log(rate) - rate - LogGamma.value(mode + 1.0));
                double below = RegularizedGamma.Q.value(mode + 1.0, rate);
                out.setDouble(i, invert(u.getDouble(i), mode, mass, below, k -> rate / k, Long.MAX_VALUE));
            }
        }
        return Tensor.of(out, rates.shape());
    }

    static Tensor binomial(Tensor uniform, Tensor count, Tensor probability) {
        HostArray u = uniform.toHost();
        HostArray c = count.toHost();
        HostArray p = probability.toHost();
        HostArray out = HostArray.allocate(probability.dtype(), u.length());
        for (int i = 0; i < u.length(); i++) {
            long n = (long) c.getDouble(i);
            double q = p.getDouble(i);
            if (n < 0 || !(q >= 0 && q <= 1)) {
                throw new IllegalArgumentException("binomial needs a count that is not negative and a probability from 0 to 1, not "
                        + n + " and " + q);
            }
            if (q == 1 || n == 0 || q == 0) {
                out.setDouble(i, q == 1 ? n : 0);
                continue;
            }
            long mode = Math.min(n, (long) ((n + 1) * q));
            double mass = Math.exp(LogGamma.value(n + 1.0) - LogGamma.value(mode + 1.0) - LogGamma.value(n - mode + 1.0)
                    + mode * Math.log(q) + (n - mode) * Math.log1p(-q));
            double below = mode == n ? 1 : RegularizedBeta.value(1 - q, n - mode, mode + 1.0);
            double odds = q / (1 - q);
            out.setDouble(i, invert(u.getDouble(i), mode, mass, below, k -> odds * (n - k + 1) / k, n));
        }
        return Tensor.of(out, uniform.shape());
    }

    /**
     * The smallest k with P(K <= k) > u.
     *
     * @param mass probability of the mode, {@code below} that of it and less
     * @param ratio P(K = k) / P(K = k - 1)
     */
    private static long invert(double u, long mode, double mass, double below, LongToDoubleFunction ratio, long most) {
        long k = mode;
        double p = mass;
        double sum = below;
        if (u < sum) {
            while (k > 0 && u < sum - p) {
                sum -= p;
                p /= ratio.applyAsDouble(k);
                k--;
            }
            return k;
        }
        while (k < most && u >= sum && p > 0) {
            k++;
            p *= ratio.applyAsDouble(k);
            sum += p;
        }
        return k;
    }
}
