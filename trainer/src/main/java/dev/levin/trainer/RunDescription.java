package dev.levin.trainer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What loggers are told about a run at its start. */
final class RunDescription {
    private RunDescription() {
    }

    static boolean takesGraph(Logger logger) {
        return Hook.isOverridden(logger, "logGraph", Logger.class) && logger.wantsGraph();
    }

    /** @throws IllegalStateException if module and data module have one name with two values */
    static Map<String, Object> hyperParameters(LightningModule<?> module, DataModule<?> data) {
        Map<String, Object> all = new LinkedHashMap<>(module.hparams().values());
        if (data != null) {
            data.hparams().values().forEach((k, v) -> {
                if (all.containsKey(k) && !Objects.equals(all.get(k), v)) {
                    throw new IllegalStateException("the hyper-parameter '" + k + "' is " + all.get(k) + " in " + module.getClass().getSimpleName() + " and "
                            + v + " in " + data.getClass().getSimpleName() + "; rename one of them, or make them equal");
                }
                all.put(k, v);
            });
        }
        return all;
    }
}
