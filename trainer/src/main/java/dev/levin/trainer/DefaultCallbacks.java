package dev.levin.trainer;

import dev.levin.trainer.spi.DefaultCallbackProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/** The callbacks a Trainer has: the user's, and the defaults that the flags ask for. */
final class DefaultCallbacks {
    private DefaultCallbacks() {
    }

    static List<Callback> of(TrainerOptions o) {
        List<Callback> all = new ArrayList<>();
        for (Supplier<? extends Callback> s : o.callbacks) {
            all.add(s.get());
        }
        refuse(all, CheckpointCallback.class, o.checkpointing, "enable_checkpointing");
        refuse(all, ProgressBar.class, o.progressBar, "enable_progress_bar");
        long bars = all.stream().filter(ProgressBar.class::isInstance).count();
        if (bars > 1) {
            throw new MisconfigurationException("there are " + bars + " progress bars among the callbacks; a Trainer shows one");
        }
        Optional<DefaultCallbackProvider> defaults = DefaultCallbackProvider.find();
        boolean ownTimer = all.stream().anyMatch(TimeLimit.class::isInstance);
        if (o.maxTime != null && ownTimer) {
            LoggerFactory.getLogger(Trainer.class).info("max_time={} is ignored: the callbacks hold a timer of their own", o.maxTime);
        }
        if (o.maxTime != null && !ownTimer) {
            Callback timer = defaults.map(d -> d.timer(o.maxTime)).orElse(null);
            if (timer == null) {
                throw new MisconfigurationException("max_time=" + o.maxTime + " needs the Timer callback, and levin-callbacks is not on the class path");
            }
            all.add(timer);
        }
        defaults.ifPresent(d -> {
            add(all, ProgressBar.class, o.progressBar, d::progressBar);
            add(all, SummaryPrinter.class, o.modelSummary, d::modelSummary);
            if (o.fastDevRun == 0) {
                add(all, CheckpointCallback.class, o.checkpointing, d::checkpoint);
            }
        });
        return all;
    }

    private static void refuse(List<Callback> all, Class<? extends Callback> kind, Boolean flag, String name) {
        if (Boolean.FALSE.equals(flag)) {
            all.stream().filter(kind::isInstance).findFirst().ifPresent(c -> {
                throw new MisconfigurationException(name + "=false, but the callbacks hold a " + c.getClass().getSimpleName()
                        + "; remove it, or drop the flag");
            });
        }
    }

    private static void add(List<Callback> all, Class<? extends Callback> kind, Boolean flag, Supplier<Callback> make) {
        if (!Boolean.FALSE.equals(flag) && all.stream().noneMatch(kind::isInstance)) {
            Callback c = make.get();
            if (c != null) {
                all.add(c);
            }
        }
    }
}
