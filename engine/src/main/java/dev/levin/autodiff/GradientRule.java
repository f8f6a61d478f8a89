package dev.levin.autodiff;

import dev.levin.graph.Node;

/** Vector-Jacobian product of one op. */
@FunctionalInterface
interface GradientRule {
    /**
     * @param n the forward node
     * @param g gradient of the loss by its output, same shape and dtype
     * @return gradients by its inputs, in order; null where there is none
     */
    Node[] apply(Node n, Node g);
}
