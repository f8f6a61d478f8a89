package dev.levin.tensor;

import dev.levin.graph.Context;

/** Scopes in which gradients are or are not followed; close them with try-with-resources. */
public final class Grad implements AutoCloseable {
    private final boolean before;

    private Grad(boolean on) {
        Context c = Context.current();
        before = c.gradEnabled();
        c.setGradEnabled(on);
    }

    /** Tensors made until the scope closes do not require gradients. */
    public static Grad off() {
        return new Grad(false);
    }

    /** Follows gradients again inside an {@link #off} scope. */
    public static Grad on() {
        return new Grad(true);
    }

    public static boolean isOn() {
        return Context.current().gradEnabled();
    }

    @Override
    public void close() {
        Context.current().setGradEnabled(before);
    }
}
