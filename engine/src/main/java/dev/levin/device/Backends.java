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

    private static Backend open(Device device) {
        String wanted = System.getProperty("levin.backend", "");
        BackendProvider p = providers().stream()
                .filter(q -> q.kind() == device.kind() && (wanted.isEmpty() || q.kind() != Device.Kind.CPU || q.name().equals(wanted)))
                .findFirst().orElseThrow(() -> new DeviceUnavailableException("no backend" + (wanted.isEmpty() ? "" : " named '" + wanted + "'")
                        + " for " + device + " is on the path; there are "
                        + providers().stream().map(BackendProvider::name).toList()));
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
