package dev.levin.trainer.profiler;

import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Profiler;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Profilers by name. */
public final class Profilers {
    private static final Map<String, Supplier<Profiler>> NAMES = new LinkedHashMap<>();

    static {
        NAMES.put("simple", SimpleProfiler::new);
        NAMES.put("advanced", AdvancedProfiler::new);
        NAMES.put("chrome", ChromeTraceProfiler::new);
    }

    private Profilers() {
    }

    /**
     * A new profiler.
     *
     * @throws MisconfigurationException listing the names
     */
    public static Profiler named(String name) {
        Supplier<Profiler> make = NAMES.get(name);
        if (make == null) {
            throw new MisconfigurationException("there is no profiler '" + name + "'; use one of " + NAMES.keySet() + ", or a Profiler object");
        }
        return make.get();
    }
}
