package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Share of the predictions of a class that are right. */
public final class Precision extends ConfusionMatrix {
    private final Average average;

    public Precision(int numClasses, Average average) {
        super(numClasses);
        this.average = average;
    }

    @Override
    public Tensor compute() {
        return average == Average.MICRO ? super.compute() : average(ratio(truePositives(), predicted()), average);
    }
}
