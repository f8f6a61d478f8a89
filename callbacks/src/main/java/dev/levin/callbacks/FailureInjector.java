package dev.levin.callbacks;

import dev.levin.trainer.Callback;
import dev.levin.trainer.Hook;
import dev.levin.trainer.Trainer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Makes runs fail where a test wants them to: to see what survives. */
public final class FailureInjector {
    private FailureInjector() {
    }

    /**
     * A callback that throws in a hook.
     *
     * @param occurrence which call of the hook fails, counted from one; over all runs of the callback
     */
    public static Callback at(Hook hook, int occurrence, Supplier<? extends RuntimeException> failure) {
        return doing(hook, occurrence, trainer -> {
            throw failure.get();
        });
    }

    /** A callback that asks the run to stop, as a signal does. */
    public static Callback interruptAt(Hook hook, int occurrence) {
        return doing(hook, occurrence, trainer -> trainer.interrupt("interrupted by a test in " + hook.method()));
    }

    /** A callback that does something at one call of a hook. */
    public static Callback doing(Hook hook, int occurrence, Consumer<Trainer> action) {
        if (occurrence < 1) {
            throw new IllegalArgumentException("calls of a hook are counted from 1, got " + occurrence);
        }
        int[] calls = {0};
        return new LambdaCallback().onAny(hook, trainer -> {
            if (++calls[0] == occurrence) {
                action.accept(trainer);
            }
        });
    }
}
