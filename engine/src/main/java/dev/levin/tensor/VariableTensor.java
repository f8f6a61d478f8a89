package dev.levin.tensor;

import dev.levin.graph.Buffer;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.graph.Nodes;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/**
 * A tensor that names state: reading it gives the variable's value at that point of the program, and it can be
 * {@linkplain #set assigned}. {@link Parameter} is trained; {@link State} is everything else.
 */
public abstract sealed class VariableTensor extends Tensor permits Parameter, State {
    private static final int NODES_BEFORE_FLUSH = 10_000;

    private final Variable variable;

    VariableTensor(String name, Variable.Kind kind, Tensor initial, Device device) {
        super(null);
        variable = new Variable(name, kind, initial.dtype(), initial.shape(), device);
        Node value = initial.detach().node();
        variable.initial(value);
        Context.current().addUnread(variable);
    }

    /** State of zeros: no value has to be computed for it. */
    VariableTensor(String name, Variable.Kind kind, DType dtype, Shape shape, Device device) {
        super(null);
        variable = new Variable(name, kind, dtype, shape, device);
        Context.current().trace().forbidRepeat();
    }

    /** The elements on the host, read straight from the state when nothing is pending for it. */
    @Override
    public final HostArray toHost() {
        if (node().op() != Op.VARIABLE) {
            return super.toHost();
        }
        Buffer stored = Engine.stored(variable);
        return stored == null ? HostArray.allocate(dtype(), numel()) : stored.toHost();
    }

    @Override
    public final Node node() {
        return Context.current().trace().read(variable);
    }

    public final Variable variable() {
        return variable;
    }

    /** The dotted path of the state, such as {@code net.0.weight}. */
    public final String name() {
        return variable.name();
    }

    @Override
    public final DType dtype() {
        return variable.dtype();
    }

    @Override
    public final Shape shape() {
        return variable.shape();
    }

    @Override
    public final Device device() {
        return variable.device();
    }

    /** Assigns a value of the same shape and dtype; later reads in the program see it. */
    public final void set(Tensor value) {
        Trace trace = Context.current().trace();
        trace.assign(variable, value.detach().node());
        if (!trace.isStep() && trace.made() > NODES_BEFORE_FLUSH) {
            Engine.flush();
        }
    }

    /** Holds the state in another dtype from now on; its value is converted. */
    public final void convertTo(DType target) {
        if (target == dtype()) {
            return;
        }
        Engine.flush();
        if (variable.buffer() != null) {
            HostArray from = variable.buffer().toHost();
            HostArray to = HostArray.allocate(target, from.length());
            for (int i = 0; i < from.length(); i++) {
                if (target.isFloat()) {
                    to.setDouble(i, from.getDouble(i));
                } else {
                    to.setLong(i, from.getLong(i));
                }
            }
            variable.retype(target, new Buffer.Host(to), null);
        } else {
            variable.retype(target, null, variable.initial() == null ? null : Nodes.cast(variable.initial(), target));
        }
    }

    /** Moves the state to a device; it is copied when next used. */
    public final void moveTo(Device target) {
        if (!target.equals(variable.device())) {
            Engine.flush();
            variable.moveTo(target);
        }
    }

    @Override
    public boolean isGradRequired() {
        return variable.requiresGrad();
    }
}
