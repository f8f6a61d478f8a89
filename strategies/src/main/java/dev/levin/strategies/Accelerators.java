package dev.levin.strategies;

import dev.levin.device.BackendProvider;
import dev.levin.device.Backends;
import dev.levin.type.Device;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Resolves the flags {@code accelerator}, {@code devices} and {@code num_nodes}: a function from flags to a {@link Placement}. */
public final class Accelerators {
    private Accelerators() {
    }

    /**
     * @param accelerator {@code auto cpu gpu cuda}
     * @param devices {@code auto}; a number; {@code -1} for all; indices such as {@code 0,2}; or {@code [0, 2]}
     * @throws IllegalArgumentException for values that mean nothing
     * @throws IllegalStateException when this machine does not have what was asked for, naming what is missing
     */
    public static Placement resolve(String accelerator, String devices, int nodes) {
        if (nodes < 1) {
            throw new IllegalArgumentException("num_nodes must be at least 1, not " + nodes);
        }
        Device.Kind kind = kind(accelerator);
        return new Placement(kind.name().toLowerCase(Locale.ROOT), devices(devices.trim(), kind), nodes);
    }

    private static Device.Kind kind(String accelerator) {
        return switch (accelerator.toLowerCase(Locale.ROOT).trim()) {
            case "auto" -> whyNotCuda() == null ? Device.Kind.CUDA : Device.Kind.CPU;
            case "cpu" -> Device.Kind.CPU;
            case "cuda", "gpu" -> {
                String missing = whyNotCuda();
                if (missing != null) {
                    throw new IllegalStateException("accelerator '" + accelerator + "' is not available: " + missing
                            + ". Available on this machine: " + available() + "; accelerator 'auto' takes the best of them");
                }
                yield Device.Kind.CUDA;
            }
            default -> throw new IllegalArgumentException("unknown accelerator '" + accelerator + "'; use one of [auto, cpu, cuda, gpu]");
        };
    }

    /** What keeps CUDA from being used here; null if nothing does. */
    public static String whyNotCuda() {
        List<BackendProvider> cuda = Backends.providers().stream().filter(p -> p.kind() == Device.Kind.CUDA).toList();
        if (cuda.isEmpty()) {
            return "the CUDA backend is not on the class path";
        }
        String reason = null;
        for (BackendProvider p : cuda) {
            reason = p.unavailable();
            if (reason == null) {
                return p.count() > 0 ? null : "the driver reports no CUDA device";
            }
        }
        return reason;
    }

    /** Names of the accelerators this machine has. */
    public static List<String> available() {
        return whyNotCuda() == null ? List.of("cpu", "cuda") : List.of("cpu");
    }

    private static int count(Device.Kind kind) {
        return Backends.providers().stream().filter(p -> p.kind() == kind && p.unavailable() == null)
                .mapToInt(BackendProvider::count).max().orElse(kind == Device.Kind.CPU ? 1 : 0);
    }

    private static List<Device> devices(String text, Device.Kind kind) {
        if (kind == Device.Kind.CPU) {
            int n = text.equals("auto") || text.equals("-1") ? 1 : indices(text) == null ? number(text, kind) : -1;
            if (n < 1) {
                throw invalid(text, kind, "the number of processes, at least 1");
            }
            List<Device> all = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                all.add(Device.CPU);
            }
            return all;
        }
        int present = count(kind);
        Set<Integer> chosen = new LinkedHashSet<>();
        List<Integer> listed = indices(text);
        if (listed != null) {
            chosen.addAll(listed);
        } else {
            int n = text.equals("auto") || text.equals("-1") ? present : number(text, kind);
            for (int i = 0; i < n; i++) {
                chosen.add(i);
            }
        }
        if (chosen.isEmpty() || chosen.stream().anyMatch(i -> i < 0 || i >= present)) {
            throw invalid(text, kind, "a number from 1 to " + present + ", -1 for all, or indices below " + present);
        }
        return chosen.stream().map(Device::cuda).toList();
    }

    /** The list form; null when the text is a single number or word. */
    private static List<Integer> indices(String text) {
        boolean bracketed = text.startsWith("[") && text.endsWith("]");
        if (!bracketed && !text.contains(",")) {
            return null;
        }
        String inner = bracketed ? text.substring(1, text.length() - 1) : text;
        List<Integer> found = new ArrayList<>();
        for (String part : inner.split(",")) {
            if (!part.isBlank()) {
                found.add(number(part.trim(), null));
            }
        }
        return found;
    }

    private static int number(String text, Device.Kind kind) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw invalid(text, kind, "'auto', a number, -1 for all, or indices such as 0,2");
        }
    }

    private static IllegalArgumentException invalid(String text, Device.Kind kind, String allowed) {
        return new IllegalArgumentException("devices='" + text + "' is not valid"
                + (kind == null ? "" : " for accelerator '" + kind.name().toLowerCase(Locale.ROOT) + "'") + "; use " + allowed);
    }
}
