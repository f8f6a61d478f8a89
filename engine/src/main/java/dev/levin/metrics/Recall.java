package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Share of the samples of a class that are found. */
public final class Recall extends ConfusionMatrix {
    private final Average average;

    public Recall(int numClasses, Average average) {
        super(numClasses);
        this.average = average;
    }

    @Override
    public Tensor compute() {
        return average == Average.MICRO ? super.compute() : average(ratio(truePositives(), support()), average);
    }
}
