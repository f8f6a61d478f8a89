package dev.levin.device.cuda.memory;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The bytes this process may take from a GPU, by owner. */
public final class Budget {
    /** Fraction of the device's free memory at the start, or bytes if above 1. */
    public static final String LIMIT_PROPERTY = "levin.cuda.memory";

    private final long limit;
    private final Map<String, Long> used = new LinkedHashMap<>();
    private Supplier<String> holders = () -> "";

    public Budget(long limit) {
        this.limit = limit;
    }

    /** The limit that {@code -Dlevin.cuda.memory} asks for: 0.9 of what is free unless told otherwise. */
    public static Budget of(long free) {
        String text = System.getProperty(LIMIT_PROPERTY, "0.9");
        double v;
        try {
            v = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("-D" + LIMIT_PROPERTY + "=" + text + " must be a fraction of the free memory or a number of bytes", e);
        }
        if (!(v > 0)) {
            throw new IllegalArgumentException("-D" + LIMIT_PROPERTY + "=" + text + " must be positive");
        }
        return new Budget(v <= 1 ? (long) (v * free) : (long) v);
    }

    /** @param table who holds how much, for the message when memory runs out */
    public void holders(Supplier<String> table) {
        holders = table;
    }

    /** @throws OutOfDeviceMemory if that is more than there is */
    public void take(String owner, long bytes) {
        if (total() + bytes > limit) {
            throw outOfMemory(owner, bytes, null);
        }
        used.merge(owner, bytes, Long::sum);
    }

    public void give(String owner, long bytes) {
        used.merge(owner, -bytes, Long::sum);
    }

    public long total() {
        long sum = 0;
        for (long v : used.values()) {
            sum += v;
        }
        return sum;
    }

    public long limit() {
        return limit;
    }

    public Map<String, Long> byOwner() {
        return Map.copyOf(used);
    }

    OutOfDeviceMemory outOfMemory(String owner, long bytes, Throwable cause) {
        StringBuilder s = new StringBuilder("out of GPU memory: " + owner + " asked for " + size(bytes) + "; " + size(total()) + " of " + size(limit)
                + " are in use\n");
        used.forEach((k, v) -> s.append(String.format("  %-14s %s%n", k, size(v))));
        s.append(holders.get());
        s.append("use a smaller batch, gradient accumulation or 16-bit precision; -D").append(LIMIT_PROPERTY).append(" raises the limit");
        return new OutOfDeviceMemory(s.toString(), cause);
    }

    public static String size(long bytes) {
        return bytes < 10 << 10 ? bytes + " B" : bytes < 10L << 20 ? (bytes >> 10) + " KiB" : bytes < 10L << 30 ? (bytes >> 20) + " MiB"
                : String.format("%.1f GiB", bytes / (double) (1 << 30));
    }
}
