package dev.levin.tensor;

/**
 * A scalar on its way from the device: asked for inside a step, readable once the step has closed. Asking never makes
 * the step wait.
 */
public final class HostValue {
    private final Tensor tensor;

    HostValue(Tensor tensor) {
        this.tensor = tensor;
    }

    /** Whether {@link #get} would return without running the step's program early. */
    public boolean isReady() {
        return tensor.node().isRealised();
    }

    /** The value; waits for the device if need be. */
    public double get() {
        return tensor.item();
    }
}
