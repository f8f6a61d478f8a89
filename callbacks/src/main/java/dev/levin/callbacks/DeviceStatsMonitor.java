package dev.levin.callbacks;

import dev.levin.device.cuda.CudaStatistics;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.InstanceNotFoundException;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.ReflectionException;

/**
 * Logs what the machine does at the start and the end of training, validation and test batches:
 * {@code DeviceStatsMonitor.on_train_batch_end/cpu_percent}. Sent with the step metrics, every {@code log_every_n_steps}.
 *
 * <p>Of the processor and this process: {@code cpu_percent} (all cores, 0 to 100), {@code process_cpu_percent},
 * {@code cpu_vm_percent} (physical memory in use), {@code cpu_swap_percent}, {@code heap_used_mb}, {@code heap_percent}. Of an
 * NVIDIA GPU that the run uses: {@code gpu_percent}, {@code gpu_memory_percent}, {@code gpu_memory_used_mb}, {@code gpu_temperature_c},
 * {@code gpu_power_w}, {@code gpu_clock_mhz}. The statistics of other devices come from {@link #source}.
 */
public final class DeviceStatsMonitor implements Callback {
    private static final Set<String> NAMES = Set.of("cpu_percent", "process_cpu_percent", "cpu_vm_percent", "cpu_swap_percent", "heap_used_mb", "heap_percent");

    private boolean cpu = true;
    private Set<String> filter;
    private Supplier<Map<String, Double>> more;

    /** Whether the processor is looked at; on by default. */
    public DeviceStatsMonitor cpuStats(boolean on) {
        cpu = on;
        return this;
    }

    /** Statistics of another device instead of the GPU's, by name; asked at every report. */
    public DeviceStatsMonitor source(Supplier<Map<String, Double>> statistics) {
        more = statistics;
        return this;
    }

    /** Logs these statistics only. */
    public DeviceStatsMonitor filterKeys(String... keys) {
        filter = new TreeSet<>(Set.of(keys));
        return this;
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        if (trainer.loggers().isEmpty()) {
            throw new MisconfigurationException("DeviceStatsMonitor has no logger to write to; pass a logger to the Trainer, or remove the callback");
        }
        if (more == null) {
            more = CudaStatistics.of(trainer.strategy().rootDevice());
        }
        if (filter != null) {
            Set<String> unknown = new TreeSet<>(filter);
            unknown.removeAll(NAMES);
            unknown.removeAll(more.get().keySet());
            if (!unknown.isEmpty()) {
                throw new MisconfigurationException("DeviceStatsMonitor: there are no statistics " + unknown + "; there are " + new TreeSet<>(NAMES)
                        + " and " + new TreeSet<>(more.get().keySet()));
            }
        }
    }

    private void report(Trainer trainer, String hook) {
        int every = trainer.logEveryNSteps();
        if (trainer.isSanityChecking() || every == 0 || (trainer.loggerStep() + 1) % every != 0 && trainer.fastDevRun() == 0) {
            return;
        }
        Map<String, Double> found = new LinkedHashMap<>(more.get());
        if (cpu) {
            found.putAll(processor());
        }
        Map<String, Double> row = new LinkedHashMap<>();
        found.forEach((name, value) -> {
            if (filter == null || filter.contains(name)) {
                row.put("DeviceStatsMonitor." + hook + "/" + name, value);
            }
        });
        if (!row.isEmpty()) {
            trainer.logToLoggers(row, trainer.loggerStep());
        }
    }

    private static Map<String, Double> processor() {
        Map<String, Double> m = new LinkedHashMap<>();
        try {
            AttributeList all = ManagementFactory.getPlatformMBeanServer().getAttributes(new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME),
                    new String[] {"CpuLoad", "ProcessCpuLoad", "TotalMemorySize", "FreeMemorySize", "TotalSwapSpaceSize", "FreeSwapSpaceSize"});
            Map<String, Double> values = new LinkedHashMap<>();
            for (Attribute a : all.asList()) {
                values.put(a.getName(), ((Number) a.getValue()).doubleValue());
            }
            put(m, "cpu_percent", values.getOrDefault("CpuLoad", -1.0) * 100);
            put(m, "process_cpu_percent", values.getOrDefault("ProcessCpuLoad", -1.0) * 100);
            put(m, "cpu_vm_percent", used(values, "TotalMemorySize", "FreeMemorySize"));
            put(m, "cpu_swap_percent", used(values, "TotalSwapSpaceSize", "FreeSwapSpaceSize"));
        } catch (MalformedObjectNameException | InstanceNotFoundException | ReflectionException e) {
            throw new IllegalStateException("this Java machine does not tell about the operating system; use cpuStats(false)", e);
        }
        Runtime r = Runtime.getRuntime();
        double heap = r.totalMemory() - r.freeMemory();
        m.put("heap_used_mb", heap / 1e6);
        m.put("heap_percent", 100 * heap / r.maxMemory());
        return m;
    }

    /** Loads are negative while the system does not know them yet. */
    private static void put(Map<String, Double> m, String name, double value) {
        if (value >= 0) {
            m.put(name, value);
        }
    }

    private static double used(Map<String, Double> values, String total, String free) {
        double all = values.getOrDefault(total, 0.0);
        return all > 0 ? 100 * (all - values.getOrDefault(free, 0.0)) / all : 0;
    }

    @Override
    public void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex) {
        report(trainer, "on_train_batch_start");
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        report(trainer, "on_train_batch_end");
    }

    @Override
    public void onValidationBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {
        report(trainer, "on_validation_batch_start");
    }

    @Override
    public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        report(trainer, "on_validation_batch_end");
    }

    @Override
    public void onTestBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int batchIndex, int loader) {
        report(trainer, "on_test_batch_start");
    }

    @Override
    public void onTestBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        report(trainer, "on_test_batch_end");
    }
}
