package dev.levin.precision;

import dev.levin.type.DType;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The names of precisions, as a table. */
final class PrecisionNames {
    private static final Logger LOG = LoggerFactory.getLogger(Precision.class);
    private static final Map<String, Supplier<Precision>> FULL = new LinkedHashMap<>();
    private static final Map<String, String> SHORT = Map.of("64", "64-true", "32", "32-true", "16", "16-mixed", "bf16", "bf16-mixed");

    static {
        FULL.put("32-true", () -> new TruePrecision("32-true", DType.F32));
        FULL.put("64-true", () -> new TruePrecision("64-true", DType.F64));
        FULL.put("16-mixed", () -> new MixedPrecision(DType.F16, new LossScaler()));
        FULL.put("bf16-mixed", () -> new MixedPrecision(DType.BF16, null));
        FULL.put("16-true", () -> new TruePrecision("16-true", DType.F16));
        FULL.put("bf16-true", () -> new TruePrecision("bf16-true", DType.BF16));
    }

    private PrecisionNames() {
    }

    static Precision parse(String name) {
        String key = name.toLowerCase(Locale.ROOT).trim();
        String full = SHORT.getOrDefault(key, key);
        Supplier<Precision> made = FULL.get(full);
        if (made == null) {
            throw new IllegalArgumentException("unknown precision '" + name + "'; use one of " + FULL.keySet()
                    + " (short forms: " + new java.util.TreeMap<>(SHORT) + ")");
        }
        if (key.equals("16") || key.equals("bf16")) {
            LOG.warn("precision '{}' is taken as '{}'; write the full name to say so", name, full);
        }
        return made.get();
    }
}
