package dev.levin.trainer;

import java.util.List;

/** Checks of flags against each other, and what one flag makes of the others; before anything is built. */
final class OptionChecks {
    private OptionChecks() {
    }

    static void check(TrainerOptions o) {
        if (o.barebones) {
            barebones(o);
        }
        if (o.checkValEveryNEpoch == null && o.valCheck != ValCheck.EPOCH && o.valCheck instanceof ValCheck.Fraction f) {
            throw new MisconfigurationException("val_check_interval=" + f.value() + " is a fraction of an epoch, but check_val_every_n_epoch=null counts "
                    + "batches across epochs; use a number of batches or a time");
        }
        if (o.precision != null && o.precisionName != null) {
            throw new MisconfigurationException("precision was given both as '" + o.precisionName + "' and as an object; give one");
        }
        if (o.minSteps != null && o.minEpochs == null) {
            o.minEpochs = 1;
        }
        if (o.fastDevRun > 0) {
            fastDevRun(o);
        }
        if (!o.overfit.isZero()) {
            o.limitTrain = o.overfit;
            o.limitVal = o.overfit;
        }
    }

    private static void fastDevRun(TrainerOptions o) {
        int n = o.fastDevRun;
        o.maxSteps = n;
        o.maxEpochs = 1;
        o.sanitySteps = 0;
        o.valCheck = ValCheck.EPOCH;
        o.checkValEveryNEpoch = 1;
        o.limitTrain = new Limit(false, n);
        o.limitVal = new Limit(false, n);
        o.limitTest = new Limit(false, n);
        o.limitPredict = new Limit(false, n);
    }

    private static void barebones(TrainerOptions o) {
        contradicts("enable_checkpointing", Boolean.TRUE.equals(o.checkpointing));
        contradicts("logger", Boolean.TRUE.equals(o.logger) || o.loggers != null && !o.loggers.isEmpty());
        contradicts("enable_progress_bar", Boolean.TRUE.equals(o.progressBar));
        contradicts("enable_model_summary", Boolean.TRUE.equals(o.modelSummary));
        contradicts("fast_dev_run", o.fastDevRun > 0);
        contradicts("detect_anomaly", o.detectAnomaly);
        contradicts("profiler", o.profiler != null);
        o.checkpointing = false;
        o.logger = false;
        o.loggers = List.of();
        o.progressBar = false;
        o.modelSummary = false;
        o.sanitySteps = 0;
        o.logEveryNSteps = 0;
    }

    private static void contradicts(String flag, boolean set) {
        if (set) {
            throw new MisconfigurationException("barebones=true switches " + flag + " off, but " + flag + " was asked for; leave one of them out");
        }
    }
}
