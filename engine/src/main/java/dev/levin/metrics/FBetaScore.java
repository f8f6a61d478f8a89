package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** F-measure: the weighted harmonic mean of precision and recall (van Rijsbergen 1979); micro-averaged unless told otherwise. */
public class FBetaScore extends StatScores {
    private final double beta;

    public FBetaScore(int numClasses, double beta, Average average) {
        this(Task.multiclass(numClasses).average(average), beta);
    }

    public FBetaScore(Task task, double beta) {
        super(task);
        if (!(beta > 0)) {
            throw new IllegalArgumentException("beta must be positive, not " + beta);
        }
        this.beta = beta;
    }

    @Override
    final Tensor score(Counts c) {
        double b2 = beta * beta;
        Tensor right = c.tp().mul(1 + b2);
        return Inputs.ratio(right, right.add(c.fn().mul(b2)).add(c.fp()), task().zeroDivision());
    }
}
