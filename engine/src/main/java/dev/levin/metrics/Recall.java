package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Share of the samples of a class that are found; micro-averaged unless told otherwise. */
public final class Recall extends StatScores {
    public Recall(int numClasses, Average average) {
        this(Task.multiclass(numClasses).average(average));
    }

    public Recall(Task task) {
        super(task);
    }

    @Override
    boolean topKLeavesOutUnseen() {
        return true;
    }

    @Override
    Tensor score(Counts c) {
        return Inputs.ratio(c.tp(), c.tp().add(c.fn()), task().zeroDivision());
    }
}
