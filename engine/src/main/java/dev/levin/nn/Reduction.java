package dev.levin.nn;

import dev.levin.tensor.Tensor;

/** How a loss combines its elements. */
public enum Reduction {
    NONE, MEAN, SUM,
    /** The sum over the extent of the first axis. */
    BATCH_MEAN;

    Tensor apply(Tensor loss) {
        return switch (this) {
            case NONE -> loss;
            case MEAN -> loss.mean();
            case SUM -> loss.sum();
            case BATCH_MEAN -> loss.sum().div((double) (loss.dim() == 0 ? 1 : loss.size(0)));
        };
    }
}
