package dev.levin.trainer;

import dev.levin.tensor.Tensor;
import org.slf4j.LoggerFactory;

/**
 * Notices a loss that is not finite, without making the device wait: the loss of the last batch is looked at only when
 * metrics are read anyway. Says so once.
 */
final class LossWatch {
    private final Trainer trainer;
    private Tensor loss;
    private int batch;
    private long step;
    private boolean said;

    LossWatch(Trainer trainer) {
        this.trainer = trainer;
    }

    void offer(Object value, int batchIndex) {
        if (value instanceof Tensor t) {
            loss = t;
            batch = batchIndex;
            step = trainer.globalStep();
            if (trainer.options().detectAnomaly) {
                AnomalyCheck.check(trainer, t, batchIndex);
            }
        }
    }

    void check() {
        if (loss == null || said) {
            return;
        }
        double v = loss.item();
        loss = null;
        if (!Double.isFinite(v)) {
            said = true;
            trainer.nonFiniteLoss(step);
            LoggerFactory.getLogger(Trainer.class).warn("the training loss is {} (epoch {}, batch {}, step {}). Weights that became NaN do not recover: "
                    + "lower the learning rate, set gradient_clip_val, check the inputs for NaN, or use precision 32-true; "
                    + "detect_anomaly=true stops at the first step where this happens and names the parameter",
                    v, trainer.currentEpoch(), batch, step);
        }
    }
}
