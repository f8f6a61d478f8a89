package dev.levin.trainer;

import dev.levin.precision.Precision;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.util.ArrayList;
import java.util.List;

/** Carries a batch from the loader to the step: conversion, the three transfer hooks of whoever overrides them. */
final class BatchTransfer {
    private static final String[] NAMES = {"onBeforeBatchTransfer", "transferBatchToDevice", "onAfterBatchTransfer"};

    private final HookRunner hooks;
    private final Precision precision;
    private final Device device;
    private final List<DataHooks<Object>> owners = new ArrayList<>();

    /** @param data may be null */
    BatchTransfer(LightningModule<Object> module, DataModule<Object> data, HookRunner hooks, Precision precision, Device device) {
        this.hooks = hooks;
        this.precision = precision;
        this.device = device;
        for (String name : NAMES) {
            boolean inModule = Hook.isOverridden(module, name, DataHooks.class, LightningModule.class);
            boolean inData = data != null && Hook.isOverridden(data, name, DataHooks.class, DataModule.class);
            if (inModule && inData) {
                org.slf4j.LoggerFactory.getLogger(Trainer.class).warn("both {} and {} override {}; the data module's is used",
                        module.getClass().getSimpleName(), data.getClass().getSimpleName(), name);
            }
            owners.add(inData ? data : inModule ? module : null);
        }
    }

    Object transfer(Object batch, int loader) {
        Object b = precision.dtype() == DType.F32 ? batch : Records.map(batch, precision::convertInput);
        DataHooks<Object> before = owners.get(0);
        if (before != null) {
            Object in = b;
            b = hooks.call(Hook.ON_BEFORE_BATCH_TRANSFER, () -> before.onBeforeBatchTransfer(in, loader));
        }
        DataHooks<Object> carrier = owners.get(1);
        if (carrier != null) {
            Object in = b;
            b = hooks.call(Hook.TRANSFER_BATCH_TO_DEVICE, () -> carrier.transferBatchToDevice(in, device, loader));
        } else {
            b = toDevice(b, device);
        }
        DataHooks<Object> after = owners.get(2);
        if (after != null) {
            Object in = b;
            b = hooks.call(Hook.ON_AFTER_BATCH_TRANSFER, () -> after.onAfterBatchTransfer(in, loader));
        }
        return b;
    }

    /** Host data needs no copy for the CPU; steps bind it as it is. */
    @SuppressWarnings("unchecked")
    static <B> B toDevice(B batch, Device device) {
        return device.isCpu() ? batch : (B) Records.map(batch, t -> t.to(device));
    }
}
