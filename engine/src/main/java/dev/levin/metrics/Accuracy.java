package dev.levin.metrics;

import dev.levin.tensor.Tensor;

/**
 * Share of right predictions; with top-k, of targets among the k most likely classes. Averaged over classes it is the mean of their
 * recalls. Micro-averaged unless told otherwise.
 */
public final class Accuracy extends StatScores {
    public Accuracy(int numClasses) {
        this(Task.multiclass(numClasses));
    }

    public Accuracy(int numClasses, Average average, int topK) {
        this(Task.multiclass(numClasses).average(average).topK(topK));
    }

    public Accuracy(Task task) {
        super(task);
    }

    @Override
    boolean topKLeavesOutUnseen() {
        return true;
    }

    @Override
    Tensor score(Counts c) {
        if (task().kind() == Task.Kind.MULTICLASS) {
            return Inputs.ratio(c.tp(), c.tp().add(c.fn()));
        }
        return Inputs.ratio(c.tp().add(c.tn()), c.tp().add(c.tn()).add(c.fp()).add(c.fn()));
    }
}
