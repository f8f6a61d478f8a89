package dev.levin.trainer;

import dev.levin.type.Device;

/**
 * The hooks by which data comes in, shared by {@link LightningModule} and {@link DataModule}. Where both say something, the
 * data module wins.
 *
 * <p>A loader is any {@link Iterable}: a {@link dev.levin.data.DataLoader}, a list of batches, a generator of your own.
 * Loaders that are {@link dev.levin.data.Loader}s resume exactly in the middle of an epoch.
 *
 * @param <B> type of a batch
 */
public interface DataHooks<B> {
    /** Downloads and prepares, once a machine; must not keep state in fields. */
    default void prepareData() {}

    /** Called at the start of every entry point. */
    default void setup(Stage stage) {}

    /** Called at the end of every entry point, also after an exception. */
    default void teardown(Stage stage) {}

    /** Training batches; null for none. */
    default Iterable<? extends B> trainDataloader() {
        return null;
    }

    /** Validation batches; null for none. */
    default Iterable<? extends B> valDataloader() {
        return null;
    }

    /** Several validation loaders, by name. */
    default Loaders<B> valDataloaders() {
        return Loaders.of(valDataloader());
    }

    default Iterable<? extends B> testDataloader() {
        return null;
    }

    default Loaders<B> testDataloaders() {
        return Loaders.of(testDataloader());
    }

    default Iterable<? extends B> predictDataloader() {
        return null;
    }

    default Loaders<B> predictDataloaders() {
        return Loaders.of(predictDataloader());
    }

    /** May change a batch on the host. */
    default B onBeforeBatchTransfer(B batch, int loader) {
        return batch;
    }

    /** Brings a batch to the device: every tensor in records, maps, lists and arrays. */
    default B transferBatchToDevice(B batch, Device device, int loader) {
        return BatchTransfer.toDevice(batch, device);
    }

    /** May change a batch on the device. */
    default B onAfterBatchTransfer(B batch, int loader) {
        return batch;
    }
}
