package dev.levin.examples.conformance;

import dev.levin.nn.Module;

/** How a module is made from PyTorch's constructor arguments. */
@FunctionalInterface
interface LayerCall {
    Built build(Args args);

    /** A module, and how the inputs go through it. */
    record Built(Module module, OpCall forward) {
    }
}
