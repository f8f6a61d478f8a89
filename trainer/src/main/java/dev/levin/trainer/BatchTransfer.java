package dev.levin.trainer;

import dev.levin.precision.Precision;
import dev.levin.type.DType;
import dev.levin.type.Device;

/** Carries a batch from the loader to the step: conversion, the three transfer hooks of whoever overrides them. */
final class BatchTransfer {
    private static final String[] NAMES = {"onBeforeBatchTransfer", "transferBatchToDevice", "onAfterBatchTransfer"};

    private final HookRunner hooks;
    private final Precision precision;
    private final Device device;
    private final DataHooks<Object>[] owners;

    /** @param data may be null */
    BatchTransfer(LightningModule<Object> module, DataModule<Object> data, HookRunner hooks, Precision precision, Device device) {
        this.hooks = hooks;
        this.precision = precision;
        this.device = device;
        @SuppressWarnings("unchecked")
        DataHooks<Object>[] found = new DataHooks[NAMES.length];
        for (int i = 0; i < NAMES.length; i++) {
            boolean inModule = Hook.isOverridden(module, NAMES[i], DataHooks.class, LightningModule.class);
            boolean inData = data != null && Hook.isOverridden(data, NAMES[i], DataHooks.class, DataModule.class);
            if (inModule && inData) {
                org.slf4j.LoggerFactory.getLogger(Trainer.class).warn("both {} and {} override {}; the data module's is used",
                        module.getClass().getSimpleName(), data.getClass().getSimpleName(), NAMES[i]);
            }
            found[i] = inData ? data : inModule ? module : null;
        }
        owners = found;
    }

    Object transfer(Object batch, int loader) {
        Object b = precision.dtype() == DType.F32 ? batch : Records.map(batch, precision::convertInput);
        if (owners[0] != null) {
            Object in = b;
            b = hooks.call(Hook.ON_BEFORE_BATCH_TRANSFER, () -> owners[0].onBeforeBatchTransfer(in, loader));
        }
        if (owners[1] != null) {
            Object in = b;
            b = hooks.call(Hook.TRANSFER_BATCH_TO_DEVICE, () -> owners[1].transferBatchToDevice(in, device, loader));
        } else {
            b = toDevice(b, device);
        }
        if (owners[2] != null) {
            Object in = b;
            b = hooks.call(Hook.ON_AFTER_BATCH_TRANSFER, () -> owners[2].onAfterBatchTransfer(in, loader));
        }
        return b;
    }

    /** Host data needs no copy for the CPU; steps bind it as it is. */
    @SuppressWarnings("unchecked")
    static <B> B toDevice(B batch, Device device) {
        return device.isCpu() ? batch : (B) Records.map(batch, t -> t.to(device));
    }
}
