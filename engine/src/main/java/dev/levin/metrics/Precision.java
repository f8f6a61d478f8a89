package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Share of the predictions of a class that are right; micro-averaged unless told otherwise. */
public final class Precision extends StatScores {
    public Precision(int numClasses, Average average) {
        this(Task.multiclass(numClasses).average(average));
    }

    public Precision(Task task) {
        super(task);
    }

    @Override
    boolean topKLeavesOutUnseen() {
        return true;
    }

    @Override
    Tensor score(Counts c) {
        return Inputs.ratio(c.tp(), c.tp().add(c.fp()), task().zeroDivision());
    }
}
