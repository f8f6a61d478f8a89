package dev.levin.metrics;

/** {@link FBeta} with beta 1; macro-averaged unless told otherwise. */
public final class F1 extends FBeta {
    public F1(int numClasses) {
        this(numClasses, Average.MACRO);
    }

    public F1(int numClasses, Average average) {
        super(numClasses, 1, average);
    }
}
