package dev.levin.trainer;

/**
 * One wish about a logged value; {@link LightningModule#log} takes any number of them.
 *
 * {@snippet :
 * log("val_loss", loss, Log.onProgressBar());
 * log("loss", loss, Log.onStep(), Log.onEpoch());      // loss_step and loss_epoch
 * log("hits", hits, Log.onEpoch(), Log.reduce(Reduce.SUM));
 * }
 *
 * Without {@link #onStep} and {@link #onEpoch} the hook decides: by step in training, by epoch elsewhere.
 */
public sealed interface Log {
    /** Which switch a {@link Switch} sets. */
    enum Option { PROGRESS_BAR, LOGGER, ON_STEP, ON_EPOCH, LOADER_NAME, SYNC_DIST, RANK_ZERO_ONLY }

    /** A switch set on or off. */
    record Switch(Option option, boolean on) implements Log {}

    /** How values of an epoch are combined. */
    record By(Reduce reduce) implements Log {}

    /** The weight of this value in an epoch's mean. */
    record Weight(int batchSize) implements Log {
        public Weight {
            if (batchSize < 1) {
                throw new IllegalArgumentException("a logged value's batch size must be at least 1, not " + batchSize);
            }
        }
    }

    /** Show the value in the progress bar. */
    static Log onProgressBar() {
        return new Switch(Option.PROGRESS_BAR, true);
    }

    /** Report the value of each step. */
    static Log onStep() {
        return onStep(true);
    }

    static Log onStep(boolean on) {
        return new Switch(Option.ON_STEP, on);
    }

    /** Report the value gathered over the epoch. */
    static Log onEpoch() {
        return onEpoch(true);
    }

    static Log onEpoch(boolean on) {
        return new Switch(Option.ON_EPOCH, on);
    }

    /** Send the value to loggers, which is the default, and warn when there is none. */
    static Log toLogger() {
        return new Switch(Option.LOGGER, true);
    }

    /** Keep the value from loggers; callbacks can still monitor it. */
    static Log noLogger() {
        return new Switch(Option.LOGGER, false);
    }

    /** How the values of an epoch become one; {@link Reduce#MEAN} by default. */
    static Log reduce(Reduce reduce) {
        return new By(reduce);
    }

    static Log reduce(String reduce) {
        return new By(Reduce.parse(reduce));
    }

    /** The weight of this value in the epoch's mean, where it can't be read off the batch. */
    static Log batchSize(int size) {
        return new Weight(size);
    }

    /** With several evaluation loaders: leave the loader's name out of the key; keys must then differ by themselves. */
    static Log noLoaderName() {
        return new Switch(Option.LOADER_NAME, false);
    }

    /** Reduce over all processes. */
    static Log syncDist() {
        return new Switch(Option.SYNC_DIST, true);
    }

    /** Only the process of rank zero logs this. */
    static Log rankZeroOnly() {
        return new Switch(Option.RANK_ZERO_ONLY, true);
    }
}
