package dev.levin.trainer;

import dev.levin.precision.Precision;
import dev.levin.type.DType;
import dev.levin.type.Device;

/** What loops that are not a Trainer's share with it. */
public final class Transfers {
    private Transfers() {
    }

    /** The same structure (records, maps, lists, arrays) with its tensors on a device and floats in the precision's dtype. */
    @SuppressWarnings("unchecked")
    public static <T> T toDevice(T value, Device device, Precision precision) {
        T converted = precision.dtype() == DType.F32 ? value : (T) Records.map(value, precision::convertInput);
        return BatchTransfer.toDevice(converted, device);
    }

    /** Makes {@code log}, {@code manualBackward}, {@code allGather} and {@code print} of a module work without a Trainer. */
    public static void attach(LightningModule<?> module, Host host) {
        module.attachHost(host);
    }
}
