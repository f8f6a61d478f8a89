package dev.levin.trainer;

import dev.levin.tensor.Tensor;
import org.slf4j.LoggerFactory;

/**
 * Notices a loss that is not finite, without making the device wait: the loss of the last batch is looked at only when
 * metrics are read anyway. Says so once.
 */
final class LossWatch {
    private record Seen(Tensor loss, int batch, long step) {}

    private final Trainer trainer;
    private Tensor loss;
    private int batch;
    private long step;
    private Seen due;
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

    /** The last loss is to be looked at, once the device has the next batch. */
    void check() {
        if (loss != null && !said) {
            due = new Seen(loss, batch, step);
        }
        loss = null;
    }

    /** The device has work, or there is none: looks at what is due. */
    void settle() {
        if (due == null) {
            return;
        }
        Seen s = due;
        due = null;
        double v = s.loss.item();
        if (!Double.isFinite(v)) {
            said = true;
            trainer.nonFiniteLoss(s.step);
            LoggerFactory.getLogger(Trainer.class).warn("the training loss is {} (epoch {}, batch {}, step {}). Weights that became NaN do not recover: "
                    + "lower the learning rate, set gradient_clip_val, check the inputs for NaN, or use precision 32-true; "
                    + "detect_anomaly=true stops at the first step where this happens and names the parameter",
                    v, trainer.currentEpoch(), s.batch, s.step);
        }
    }
}
