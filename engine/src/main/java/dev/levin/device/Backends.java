package dev.levin.device;

import dev.levin.type.Device;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;

/** The backends of this process, one per device, made when first asked for. */
public final class Backends {
    private static final Map<Device, Backend> OPEN = new ConcurrentHashMap<>();

    private Backends() {
    }

    /** All providers on the path, best first. */
    public static List<BackendProvider> providers() {
        return ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get).sorted(Comparator.comparingInt(BackendProvider::rank).reversed()).toList();
    }

    /**
     * @throws DeviceUnavailableException naming what is missing
     */
    public static Backend get(Device device) {
        Backend b = OPEN.get(device);
        return b != null ? b : OPEN.computeIfAbsent(device, Backends::open);
    }

    /**
     * Starts to load, beside what the process does, what the processor's first program will need. Models are built on the
     * processor, whatever they run on.
     */
    public static void prepare() {
        if (Runtime.getRuntime().availableProcessors() > 1) {
            Thread.ofPlatform().daemon().name("levin-prepare").start(() -> {
                try {
                    choose(Device.CPU).prepare();
                } catch (RuntimeException | LinkageError e) {
                    // The same happens again to whoever needs it, and is told there.
                    return;
                }
            });
        }
    }

    private static BackendProvider choose(Device device) {
        String wanted = System.getProperty("levin.backend", "");
        return providers().stream()
                .filter(q -> q.kind() == device.kind() && (wanted.isEmpty() || q.kind() != Device.Kind.CPU || q.name().equals(wanted)))
                .findFirst().orElseThrow(() -> new DeviceUnavailableException("no backend" + (wanted.isEmpty() ? "" : " named '" + wanted + "'")
                        + " for " + device + " is on the path; there are "
                        + providers().stream().map(BackendProvider::name).toList()));
    }

    private static Backend open(Device device) {
        BackendProvider p = choose(device);
        String reason = p.unavailable();
        if (reason != null) {
            throw new DeviceUnavailableException(device + " can't be used: " + reason);
        }
        if (device.index() >= p.count()) {
            throw new DeviceUnavailableException(device + " does not exist: this machine has " + p.count() + " such device(s)");
        }
        return p.create(device);
    }
}
