package dev.levin.trainer;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The only place from which hooks are called: the order of callbacks and module, the name of the running hook (which is what
 * {@code log} goes by), and the profiler's actions.
 *
 * <p>Which callbacks override which hook is found once per run; a hook nobody overrides is an empty array.
 */
final class HookRunner {
    private static final Callback[] NOBODY = {};

    private final Map<Hook, Callback[]> early = new EnumMap<>(Hook.class);
    private final Map<Hook, Callback[]> late = new EnumMap<>(Hook.class);
    private final Map<Object, Map<Hook, String>> actions = new IdentityHashMap<>();
    private List<Callback> callbacks = List.of();
    private Profiler profiler;
    private Object module;
    private Hook current;

    /** Takes the callbacks of a run, in their final order. */
    void resolve(List<Callback> ordered, LightningModule<?> model, Profiler measuring) {
        callbacks = List.copyOf(ordered);
        module = model;
        profiler = measuring;
        actions.clear();
        for (Hook h : Hook.values()) {
            List<Callback> before = new ArrayList<>();
            List<Callback> after = new ArrayList<>();
            for (Callback c : callbacks) {
                if (h.isOverriddenBy(c)) {
                    (isLate(h, c.order()) ? after : before).add(c);
                }
            }
            early.put(h, before.isEmpty() ? NOBODY : before.toArray(NOBODY));
            late.put(h, after.isEmpty() ? NOBODY : after.toArray(NOBODY));
        }
    }

    /** Savers come after the module where the module may still change what is saved; monitors where it may log. */
    private static boolean isLate(Hook hook, Callback.Order order) {
        return switch (hook) {
            case ON_TRAIN_EPOCH_END -> order == Callback.Order.MONITOR || order == Callback.Order.CHECKPOINT;
            case ON_TRAIN_BATCH_END, ON_VALIDATION_END -> order == Callback.Order.CHECKPOINT;
            default -> false;
        };
    }

    List<Callback> callbacks() {
        return callbacks;
    }

    /** The hook that runs, innermost; null outside. */
    Hook current() {
        return current;
    }

    /** Callbacks, then the module, then the late callbacks. */
    void run(Hook hook, Consumer<Callback> callback, Runnable ofModule) {
        run(hook, callback, ofModule, null);
    }

    /** @param between runs after the module and before the late callbacks */
    void run(Hook hook, Consumer<Callback> callback, Runnable ofModule, Runnable between) {
        each(early.get(hook), hook, callback);
        call(hook, ofModule);
        if (between != null) {
            between.run();
        }
        each(late.get(hook), hook, callback);
    }

    /** Callbacks only. */
    void callbacks(Hook hook, Consumer<Callback> callback) {
        each(early.get(hook), hook, callback);
        each(late.get(hook), hook, callback);
    }

    private void each(Callback[] overriding, Hook hook, Consumer<Callback> call) {
        if (overriding.length == 0) {
            return;
        }
        Hook before = current;
        current = hook;
        try {
            for (Callback c : overriding) {
                if (profiler == null) {
                    call.accept(c);
                } else {
                    try (Profiler.Action _ = profiler.start(action(c, hook))) {
                        call.accept(c);
                    }
                }
            }
        } finally {
            current = before;
        }
    }

    /** A hook of the module or data module. */
    void call(Hook hook, Runnable body) {
        Hook before = current;
        current = hook;
        try {
            if (profiler == null) {
                body.run();
            } else {
                try (Profiler.Action _ = profiler.start(action(module, hook))) {
                    body.run();
                }
            }
        } finally {
            current = before;
        }
    }

    /** A hook of the module or data module that gives something. */
    <T> T call(Hook hook, Supplier<T> body) {
        Hook before = current;
        current = hook;
        try {
            if (profiler == null) {
                return body.get();
            }
            try (Profiler.Action _ = profiler.start(action(module, hook))) {
                return body.get();
            }
        } finally {
            current = before;
        }
    }

    /** A piece of the loops, for the profiler. */
    <T> T measure(String action, Supplier<T> body) {
        if (profiler == null) {
            return body.get();
        }
        try (Profiler.Action _ = profiler.start(action)) {
            return body.get();
        }
    }

    private String action(Object owner, Hook hook) {
        return actions.computeIfAbsent(owner, o -> new EnumMap<>(Hook.class)).computeIfAbsent(hook, h -> owner instanceof Callback c
                ? "[Callback]" + c.stateKey() + "." + h.method()
                : "[LightningModule]" + owner.getClass().getSimpleName() + "." + h.method());
    }
}
