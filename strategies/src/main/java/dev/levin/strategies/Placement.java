package dev.levin.strategies;

import dev.levin.type.Device;
import java.util.List;

/**
 * What the accelerator, devices and node flags of a run come to.
 *
 * @param accelerator {@code cpu} or {@code cuda}
 * @param devices the devices of one node, in rank order
 */
public record Placement(String accelerator, List<Device> devices, int nodes) {
    public Placement {
        devices = List.copyOf(devices);
    }

    public int worldSize() {
        return devices.size() * nodes;
    }
}
