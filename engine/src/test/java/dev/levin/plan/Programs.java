package dev.levin.plan;

import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Context;
import dev.levin.graph.Program;
import dev.levin.graph.Trace;
import dev.levin.tensor.Tensor;
import java.util.function.Function;
import java.util.function.Supplier;

/** The program that a step would run, without running it. */
public final class Programs {
    private Programs() {
    }

    public static Canonicalizer.Result trace(Supplier<Tensor> body) {
        return inside(body, r -> r);
    }

    /** Hands the program to {@code then} before the step is over. */
    public static <T> T inside(Supplier<Tensor> body, Function<Canonicalizer.Result, T> then) {
        Context c = Context.current();
        Trace trace = new Trace("test", true);
        c.enter(trace);
        try {
            Tensor result = body.get();
            if (result != null) {
                result.keep();
            }
            return then.apply(Canonicalizer.canonicalize(trace.kept(), trace.assigns()));
        } finally {
            c.enter(null);
            trace.expire();
        }
    }

    public static Program of(Supplier<Tensor> body) {
        return trace(body).program();
    }
}
