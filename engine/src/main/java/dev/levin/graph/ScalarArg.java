package dev.levin.graph;

/**
 * A host number that a program reads at run time: learning rate, step counter, gradient scale.
 *
 * <p>Changing it never makes a new plan. Its identity is the object, never the value: two arguments that happen to be
 * equal stay two. A step reads the value it had when the step was closed.
 */
public final class ScalarArg {
    private final String name;
    private double value;

    public ScalarArg(String name, double value) {
        this.name = name;
        this.value = value;
    }

    public String name() {
        return name;
    }

    public double value() {
        return value;
    }

    public void set(double newValue) {
        value = newValue;
    }

    @Override
    public String toString() {
        return name + "=" + value;
    }
}
