package dev.levin.trainer;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Puts the callbacks of a run in order: finders, everyone else as given, checkpoints. */
final class CallbackOrder {
    private CallbackOrder() {
    }

    /** @param configured by the module; each replaces the Trainer's callbacks of its class or a parent class of it */
    static List<Callback> arrange(List<Callback> own, List<Callback> configured) {
        List<Callback> all = new ArrayList<>(own);
        if (configured != null) {
            List<String> replaced = new ArrayList<>();
            all.removeIf(c -> {
                boolean gone = configured.stream().anyMatch(m -> c.getClass().isInstance(m));
                if (gone) {
                    replaced.add(c.getClass().getSimpleName());
                }
                return gone;
            });
            if (!replaced.isEmpty()) {
                LoggerFactory.getLogger(Trainer.class).info("callbacks of the module take the place of the Trainer's: {}", replaced);
            }
            all.addAll(configured);
        }
        List<Callback> ordered = new ArrayList<>();
        all.stream().filter(c -> c.order() == Callback.Order.TUNER).forEach(ordered::add);
        all.stream().filter(c -> c.order() == Callback.Order.NORMAL || c.order() == Callback.Order.MONITOR).forEach(ordered::add);
        all.stream().filter(c -> c.order() == Callback.Order.CHECKPOINT).forEach(ordered::add);
        return ordered;
    }
}
