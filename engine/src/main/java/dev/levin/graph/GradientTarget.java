package dev.levin.graph;

/** Receives the gradient of a leaf during a backward pass. */
@FunctionalInterface
public interface GradientTarget {
    /** Adds a gradient of the leaf's shape and dtype to what has been received before. */
    void accumulate(Node gradient);
}
