package dev.levin.callbacks.resume;

import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Trainer;

/** Ends a run at the start of the batch after so many steps, without any saving. */
final class HaltAfter implements Callback {
    private final int steps;

    HaltAfter(int steps) {
        this.steps = steps;
    }

    @Override
    public void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int index) {
        if (trainer.globalStep() == steps) {
            throw new ResumeRun.Killed();
        }
    }
}
