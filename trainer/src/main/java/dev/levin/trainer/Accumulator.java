package dev.levin.trainer;

import dev.levin.graph.Buffer;
import dev.levin.graph.Context;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.tensor.State;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/**
 * Gathers one metric over an epoch: tensors into a scalar on the device, as part of the step that logs them; plain numbers
 * on the host; weights always on the host, since batch sizes are known there.
 */
final class Accumulator {
    private final String name;
    private final Reduce reduce;
    private double host;
    private double weight;
    private State device;

    Accumulator(String name, Reduce reduce) {
        this.name = name;
        this.reduce = reduce;
        this.host = reduce.identity();
    }

    void add(double value, int batchSize) {
        host = reduce.combine(host, reduce == Reduce.MEAN ? value * batchSize : value);
        weight += batchSize;
    }

    /** @param value a scalar, F32 or F64 */
    void add(Tensor value, int batchSize, Device where) {
        if (device == null || device.dtype() != value.dtype()) {
            device = make(value.dtype(), where);
        }
        device.set(switch (reduce) {
            case MEAN -> device.add(batchSize == 1 ? value : value.mul((double) batchSize));
            case SUM -> device.add(value);
            case MIN -> device.minimum(value);
            case MAX -> device.maximum(value);
        });
        weight += batchSize;
    }

    /** Made outside the step that is being recorded, so that the first step's program is that of all others. */
    private State make(DType dtype, Device where) {
        if (device != null) {
            host = reduce.combine(host, read(device));
        }
        Context c = Context.current();
        Trace trace = c.trace();
        c.enter(null);
        try {
            State s = new State("metric." + name, Variable.Kind.METRIC, Tensor.zeros(Shape.scalar(), dtype));
            s.variable().moveTo(where);
            fill(s, reduce.identity());
            return s;
        } finally {
            c.enter(trace.isStep() ? trace : null);
        }
    }

    private static void fill(State s, double value) {
        HostArray a = HostArray.allocate(s.dtype(), 1);
        a.setDouble(0, value);
        s.variable().store(new Buffer.Host(a));
    }

    /** The stored value; anything pending must have been flushed. */
    static double read(State s) {
        Buffer b = s.variable().buffer();
        return b == null ? s.item() : b.toHost().getDouble(0);
    }

    double result() {
        double total = device == null ? host : reduce.combine(host, read(device));
        return reduce == Reduce.MEAN ? total / weight : total;
    }

    void reset() {
        host = reduce.identity();
        weight = 0;
        if (device != null) {
            fill(device, reduce.identity());
        }
    }

    /** {host part, weight, device part, 0 no device part | 1 F32 | 2 F64}; a device part is exact in a double. */
    double[] save() {
        return new double[] {host, weight, device == null ? 0 : read(device), device == null ? 0 : device.dtype() == DType.F64 ? 2 : 1};
    }

    void load(double[] saved, Device where) {
        host = saved[0];
        weight = saved[1];
        if (saved[3] != 0) {
            device = make(saved[3] == 2 ? DType.F64 : DType.F32, where);
            fill(device, saved[2]);
        }
    }
}
