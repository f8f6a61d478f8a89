package dev.levin.graph;

/** A user's gradient for a {@link Op#CUSTOM} node. */
@FunctionalInterface
public interface CustomGradient {
    /**
     * @param output the node's value
     * @param inputs the values the user differentiates by (inputs 1.. of the node)
     * @param gradOutput gradient of the loss by the output, same shape
     * @return one gradient per input, null for none
     */
    Node[] apply(Node output, Node[] inputs, Node gradOutput);

    /** Whether it records the same nodes for the same inputs each time, so that a step that called it need not call it again. */
    default boolean repeats() {
        return false;
    }

    /** A gradient that {@link #repeats}. */
    @FunctionalInterface
    interface Pure extends CustomGradient {
        @Override
        default boolean repeats() {
            return true;
        }
    }
}
