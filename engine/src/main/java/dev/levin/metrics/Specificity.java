package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/** Share of what is not of a class that is not taken for it; micro-averaged unless told otherwise. */
public final class Specificity extends StatScores {
    public Specificity(int numClasses, Average average) {
        this(Task.multiclass(numClasses).average(average));
    }

    public Specificity(Task task) {
        super(task);
    }

    @Override
    Tensor score(Counts c) {
        return Inputs.ratio(c.tn(), c.tn().add(c.fp()));
    }
}
