package dev.levin.precision;

import dev.levin.graph.Context;
import dev.levin.nn.Module;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import java.util.function.Supplier;

/** Parameters, inputs and computation in one dtype: {@code 64-true}, {@code 32-true}, {@code bf16-true}, {@code 16-true}. */
public final class TruePrecision implements Precision {
    private final String name;
    private final DType dtype;

    TruePrecision(String name, DType dtype) {
        this.name = name;
        this.dtype = dtype;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public void convertModule(Module module) {
        if (dtype != DType.F32) {
            module.to(dtype);
        }
    }

    @Override
    public Tensor convertInput(Tensor input) {
        return dtype == DType.F32 || !input.dtype().isFloat() || input.dtype() == dtype ? input : input.to(dtype);
    }

    @Override
    public <T> T forward(Supplier<T> step) {
        Context c = Context.current();
        DType before = c.defaultDType();
        c.setDefaultDType(dtype);
        try {
            return step.get();
        } finally {
            c.setDefaultDType(before);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
