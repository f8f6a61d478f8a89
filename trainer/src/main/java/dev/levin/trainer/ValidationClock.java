package dev.levin.trainer;

/** Decides after which batches validation runs. */
final class ValidationClock {
    private final TrainerOptions options;
    private final Trainer trainer;
    private boolean enabled;
    private boolean lengthKnown;
    private int every;
    private long lastEnd;

    ValidationClock(TrainerOptions options, Trainer trainer) {
        this.options = options;
        this.trainer = trainer;
    }

    /** Takes the training loader of an epoch and checks the interval against its length. */
    void batches(BatchSource train, boolean validationEnabled) {
        enabled = validationEnabled;
        lengthKnown = train.batches() != Integer.MAX_VALUE;
        every = Integer.MAX_VALUE;
        switch (options.valCheck) {
            case ValCheck.Time _ -> { }
            case ValCheck.Batches b -> {
                every = b.n();
                if (enabled && lengthKnown && every > train.batches() && options.checkValEveryNEpoch != null) {
                    throw new IllegalArgumentException("val_check_interval=" + every + " is larger than the " + train.batches()
                            + " training batches of an epoch, so validation would never run; use at most that many, a fraction, or "
                            + "check_val_every_n_epoch=null to count batches across epochs. To switch validation off, set limit_val_batches=0");
                }
            }
            case ValCheck.Fraction f -> {
                if (f.value() == 1) {
                    // The end of the epoch is found by looking ahead, whatever length a loader declares.
                    every = Integer.MAX_VALUE;
                } else if (lengthKnown) {
                    every = Math.max(1, (int) (train.batches() * f.value()));
                } else {
                    throw new MisconfigurationException("val_check_interval=" + f.value() + " is a fraction, but the training loader has no length; use "
                            + "a number of batches, or 1.0 for the end of the epoch");
                }
            }
        }
    }

    /** A validation ended, or training starts. */
    void restart() {
        if (options.valCheck instanceof ValCheck.Time) {
            lastEnd = trainer.nanoTime();
        }
    }

    /** @param stopping training is about to stop early: validation runs once more */
    boolean isDue(FitProgress p, boolean stopping) {
        if (!enabled) {
            return false;
        }
        Integer n = options.checkValEveryNEpoch;
        if (n != null && (p.epoch + 1) % n != 0) {
            return false;
        }
        if (stopping) {
            return true;
        }
        if (options.valCheck instanceof ValCheck.Time t) {
            return trainer.nanoTime() - lastEnd >= t.every().toNanos();
        }
        if (every == Integer.MAX_VALUE) {
            return p.lastBatch;
        }
        long done = n == null ? p.totalBatches : p.batch;
        return done % every == 0;
    }
}
