package dev.levin.callbacks;

import dev.levin.trainer.Callback;
import dev.levin.trainer.spi.DefaultCallbackProvider;
import java.time.Duration;

/** The callbacks a Trainer adds by itself when this module is on the path. */
public final class CallbacksProvider implements DefaultCallbackProvider {
    @Override
    public Callback checkpoint() {
        return new ModelCheckpoint();
    }

    @Override
    public Callback progressBar() {
        return ProgressBars.auto();
    }

    @Override
    public Callback modelSummary() {
        return new ModelSummary();
    }

    @Override
    public Callback timer(Duration limit) {
        return new Timer(limit);
    }
}
