package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** F-measure: the weighted harmonic mean of precision and recall (van Rijsbergen 1979). */
public class FBeta extends ConfusionMatrix {
    private final double beta;
    private final Average average;

    public FBeta(int numClasses, double beta, Average average) {
        super(numClasses);
        if (!(beta > 0)) {
            throw new IllegalArgumentException("beta must be positive, not " + beta);
        }
        this.beta = beta;
        this.average = average;
    }

    @Override
    public Tensor compute() {
        if (average == Average.MICRO) {
            return super.compute();
        }
        double b2 = beta * beta;
        return average(ratio(truePositives().mul(1 + b2), support().mul(b2).add(predicted())), average);
    }
}
