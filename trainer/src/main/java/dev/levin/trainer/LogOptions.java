package dev.levin.trainer;

import java.util.LinkedHashMap;
import java.util.Map;

/** The wishes of one {@code log} call put together; null where the call said nothing. */
record LogOptions(boolean progressBar, Boolean logger, Boolean onStep, Boolean onEpoch, Reduce reduce, Integer batchSize,
                  boolean loaderName, boolean syncDist, boolean rankZeroOnly) {

    static final LogOptions NONE = new LogOptions(false, null, null, null, Reduce.MEAN, null, true, false, false);

    static LogOptions of(Log... wishes) {
        LogOptions o = NONE;
        for (Log w : wishes) {
            o = switch (w) {
                case Log.Switch s -> o.with(s.option(), s.on());
                case Log.By by -> new LogOptions(o.progressBar, o.logger, o.onStep, o.onEpoch, by.reduce(), o.batchSize, o.loaderName,
                        o.syncDist, o.rankZeroOnly);
                case Log.Weight n -> new LogOptions(o.progressBar, o.logger, o.onStep, o.onEpoch, o.reduce, n.batchSize(), o.loaderName,
                        o.syncDist, o.rankZeroOnly);
            };
        }
        return o;
    }

    private LogOptions with(Log.Option option, boolean on) {
        return new LogOptions(option == Log.Option.PROGRESS_BAR ? on : progressBar, option == Log.Option.LOGGER ? (Boolean) on : logger,
                option == Log.Option.ON_STEP ? (Boolean) on : onStep, option == Log.Option.ON_EPOCH ? (Boolean) on : onEpoch, reduce,
                batchSize, option == Log.Option.LOADER_NAME ? on : loaderName, option == Log.Option.SYNC_DIST ? on : syncDist,
                option == Log.Option.RANK_ZERO_ONLY ? on : rankZeroOnly);
    }

    /** With the hook's defaults filled in; {@code batchSize} is left out, since it may differ from call to call. */
    LogOptions resolved(LogRule rule) {
        boolean step = onStep != null ? onStep : rule.step();
        boolean epoch = onEpoch != null ? onEpoch : rule.epoch();
        return new LogOptions(progressBar, logger, step, epoch, reduce, null, loaderName, syncDist, rankZeroOnly);
    }

    boolean forked() {
        return onStep && onEpoch;
    }

    boolean toLogger() {
        return logger == null || logger;
    }

    Map<String, Object> save() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("bar", progressBar);
        m.put("logger", logger);
        m.put("on_step", onStep);
        m.put("on_epoch", onEpoch);
        m.put("reduce", reduce.name());
        m.put("loader_name", loaderName);
        m.put("sync_dist", syncDist);
        m.put("rank_zero_only", rankZeroOnly);
        return m;
    }

    static LogOptions load(Map<String, Object> m) {
        return new LogOptions((Boolean) m.get("bar"), (Boolean) m.get("logger"), (Boolean) m.get("on_step"), (Boolean) m.get("on_epoch"),
                Reduce.valueOf((String) m.get("reduce")), null, (Boolean) m.get("loader_name"), (Boolean) m.get("sync_dist"),
                (Boolean) m.get("rank_zero_only"));
    }
}
