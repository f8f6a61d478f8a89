package dev.levin.strategies;

import java.util.List;
import java.util.Locale;

/** The registry of strategy names. */
public final class Strategies {
    private static final List<String> NAMES = List.of("auto", "single_device");

    private Strategies() {
    }

    /**
     * The strategy of a name for a placement; {@code auto} picks by the number of devices.
     *
     * @throws IllegalArgumentException listing the names, or when the placement has more devices than the strategy can use
     */
    public static Strategy of(String name, Placement placement) {
        String key = name.toLowerCase(Locale.ROOT).trim();
        if (!NAMES.contains(key)) {
            throw new IllegalArgumentException("unknown strategy '" + name + "'; use one of " + NAMES);
        }
        if (placement.worldSize() != 1) {
            throw new IllegalArgumentException("strategy '" + name + "' runs on one device, but devices and num_nodes ask for "
                    + placement.worldSize() + "; use devices=1 and num_nodes=1");
        }
        return new SingleDevice(placement.devices().getFirst());
    }
}
