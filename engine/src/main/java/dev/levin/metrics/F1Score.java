package dev.levin.metrics;

/** {@link FBetaScore} with beta 1: the harmonic mean of precision and recall. */
public final class F1Score extends FBetaScore {
    public F1Score(int numClasses, Average average) {
        this(Task.multiclass(numClasses).average(average));
    }

    public F1Score(Task task) {
        super(task, 1);
    }
}
