package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.device.Backends;
import dev.levin.device.cuda.CudaBackend;
import dev.levin.graph.Autocast;
import dev.levin.graph.Context;
import dev.levin.graph.Variable;
import dev.levin.nn.Layer;
import dev.levin.optim.GradientClip;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Generator;
import dev.levin.tensor.State;
import dev.levin.tensor.Step;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One workload on one device, its batches already there. */
final class GpuModel {
    private static final int BATCHES = 8;
    private static final int WINDOWS = 7;

    private final Workload workload;
    private final Device device;
    private final boolean bf16;
    private final Layer model;
    private final Optimizer optimizer;
    private final Batch[] batches;
    private int next;

    /** @param precision {@code fp32}, {@code tf32} (with {@code -Dlevin.cuda.tf32=true}) or {@code bf16} */
    GpuModel(String name, Device device, String precision) {
        workload = GpuNetworks.workload(name);
        this.device = device;
        bf16 = precision.equals("bf16");
        Generator.global().manualSeed(1);
        model = workload.model().get();
        model.to(device);
        optimizer = workload.optimizer().apply(model);
        batches = workload.data().batches(workload.batch(), BATCHES);
        if (!device.isCpu()) {
            for (int i = 0; i < batches.length; i++) {
                batches[i] = new Batch(resident(batches[i].input()), resident(batches[i].target()));
            }
        }
    }

    private Tensor resident(Tensor t) {
        return new State("batch", Variable.Kind.BUFFER, t, device);
    }

    List<? extends Tensor> parameters() {
        return model.parameters();
    }

    private Tensor step() {
        Batch b = batches[next++ % batches.length];
        return Step.run("train", () -> {
            optimizer.zeroGrad();
            Tensor l = loss(b);
            l.backward();
            if (workload.clip() != null) {
                GradientClip.norm(model.parameters(), workload.clip());
            }
            optimizer.step();
            return l;
        });
    }

    private Tensor loss(Batch b) {
        if (!bf16) {
            return workload.loss().apply(model.forward(b.input()), b);
        }
        Context.current().setAutocast(new Autocast(DType.BF16));
        try {
            return workload.loss().apply(model.forward(b.input()), b);
        } finally {
            Context.current().setAutocast(null);
        }
    }

    /** The losses of so many steps, read one batch of steps later. */
    double[] losses(int steps) {
        double[] all = new double[steps];
        Tensor[] open = new Tensor[BATCHES];
        for (int i = 0; i < steps + BATCHES; i++) {
            int slot = i % BATCHES;
            if (i >= BATCHES) {
                all[i - BATCHES] = open[slot].item();
            }
            open[slot] = i < steps ? step() : null;
            if (i >= steps && i - BATCHES >= steps - 1) {
                break;
            }
        }
        return all;
    }

    private void finish(Tensor last) {
        if (Backends.get(device) instanceof CudaBackend c) {
            c.await();
        } else {
            last.item();
        }
    }

    /** Steps per second as the median of windows, the first step's seconds, bytes of the device in use. */
    Map<String, Object> speed(double seconds) {
        long start = System.nanoTime();
        Tensor l = step();
        double first = l.item();
        double firstStep = (System.nanoTime() - start) * 1e-9;
        for (int i = 0; i < 8; i++) {
            l = step();
        }
        finish(l);
        start = System.nanoTime();
        int n = 0;
        while (n < 200 && (n < 2 || System.nanoTime() - start < 80_000_000)) {
            l = step();
            n++;
        }
        finish(l);
        double each = (System.nanoTime() - start) * 1e-9 / n;
        int k = (int) Math.max(1, Math.round(seconds / WINDOWS / each));
        double[] rates = new double[WINDOWS];
        for (int w = 0; w < WINDOWS; w++) {
            start = System.nanoTime();
            for (int i = 0; i < k; i++) {
                l = step();
            }
            finish(l);
            rates[w] = k * 1e9 / (System.nanoTime() - start);
        }
        Arrays.sort(rates);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("batch", workload.batch());
        m.put("steps_per_s", rates[WINDOWS / 2]);
        m.put("sps_min", rates[0]);
        m.put("sps_max", rates[WINDOWS - 1]);
        m.put("first_step_s", firstStep);
        m.put("loss_first", first);
        m.put("loss_last", l.item());
        if (Backends.get(device) instanceof CudaBackend c) {
            m.put("device_mb", c.bytesByOwner().values().stream().mapToLong(Long::longValue).sum() >> 20);
        }
        return m;
    }
}
