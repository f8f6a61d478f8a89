package dev.levin.graph;

/** Looks on while gradients are recorded. */
@FunctionalInterface
public interface GradientObserver {
    /**
     * @param node the function that was differentiated
     * @param gradOutput the gradient that came to it
     * @param gradInputs the gradients it gives its inputs; null where there is none
     */
    void observe(Node node, Node gradOutput, Node[] gradInputs);
}
