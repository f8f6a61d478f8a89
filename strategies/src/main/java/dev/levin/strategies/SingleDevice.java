package dev.levin.strategies;

import dev.levin.type.Device;

/** One process, one device. */
public record SingleDevice(Device rootDevice) implements Strategy {
    @Override
    public String name() {
        return "single_device";
    }
}
