package dev.levin.tensor;

import dev.levin.graph.Context;
import dev.levin.graph.Trace;
import java.util.Collection;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One compiled step: everything the body does to tensors becomes one program.
 *
 * <p>What the body returns (a tensor, or a collection, map or array of tensors), keeps, or assigns to variables
 * survives; every other tensor made inside is gone afterwards and says so when read. Steps do not nest: an inner step
 * is part of the outer one.
 */
public final class Step {
    private Step() {
    }

    /**
     * @param name what reports and warnings call the step, such as {@code train}
     */
    public static <T> T run(String name, Supplier<T> body) {
        Context c = Context.current();
        if (c.trace().isStep()) {
            return body.get();
        }
        Engine.flush(c.defaultTrace());
        Trace trace = Trace.step(name);
        c.enter(trace);
        try {
            T result = body.get();
            keep(result);
            Engine.flush(trace);
            return result;
        } finally {
            c.enter(null);
            trace.expire();
        }
    }

    public static void run(String name, Runnable body) {
        run(name, () -> {
            body.run();
            return null;
        });
    }

    private static void keep(Object result) {
        switch (result) {
            case null -> { }
            case Tensor t -> t.keep();
            case Map<?, ?> m -> m.values().forEach(Step::keep);
            case Collection<?> list -> list.forEach(Step::keep);
            case Object[] array -> {
                for (Object o : array) {
                    keep(o);
                }
            }
            default -> { }
        }
    }
}
