package dev.levin.trainer;

import dev.levin.precision.Precision;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.util.function.BiConsumer;

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

    /** Sends what a module logs somewhere, without a Trainer. */
    public static void logTo(LightningModule<?> module, BiConsumer<String, Object> sink) {
        module.attachSink((name, value, wishes) -> sink.accept(name, value));
    }
}
