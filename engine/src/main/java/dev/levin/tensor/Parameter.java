package dev.levin.tensor;

import dev.levin.device.Backends;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;

/** Trainable state. Gradients of backward passes add up in {@link #grad} until {@link #zeroGrad}. */
public final class Parameter extends VariableTensor {
    static {
        // Who has parameters is about to run a program.
        Backends.prepare();
    }

    private State grad;
    private boolean hasGrad;

    public Parameter(String name, Tensor initial) {
        super(name, Variable.Kind.PARAMETER, initial, initial.device());
        if (!dtype().isFloat()) {
            throw new IllegalArgumentException("parameter " + name + " must have a float dtype, not " + dtype());
        }
        variable().requiresGrad(true);
        variable().gradientTarget(this::accumulate);
    }

    private void accumulate(Node gradient) {
        Node g = Nodes.cast(gradient, dtype());
        if (grad == null || !grad.device().equals(device()) || grad.dtype() != dtype()) {
            grad = new State(name() + ".grad", Variable.Kind.GRADIENT, dtype(), shape(), device());
            hasGrad = false;
        }
        Trace trace = Context.current().trace();
        trace.assign(grad.variable(), hasGrad ? Nodes.add(trace.read(grad.variable()), g) : g);
        hasGrad = true;
    }

    /** The gradient gathered since the last {@link #zeroGrad}, or null. */
    @Override
    public Tensor grad() {
        return hasGrad ? grad : null;
    }

    /** Replaces the gradient (clipping, unscaling); null forgets it. */
    @Override
    public void setGrad(Tensor value) {
        if (value == null) {
            zeroGrad();
        } else {
            hasGrad = false;
            accumulate(value.detach().node());
        }
    }

    /** Forgets the gradient; one that was computed in this step and not used is then never stored. */
    public void zeroGrad() {
        if (hasGrad) {
            Context.current().trace().unassign(grad.variable());
            hasGrad = false;
        }
    }

    /** Freezes ({@code false}) or trains the parameter. */
    @Override
    public Parameter requiresGrad(boolean on) {
        variable().requiresGrad(on);
        return this;
    }
}
