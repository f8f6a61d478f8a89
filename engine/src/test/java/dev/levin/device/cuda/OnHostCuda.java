package dev.levin.device.cuda;

import dev.levin.device.Backend;
import dev.levin.device.BackendProvider;
import dev.levin.device.Executable;
import dev.levin.reference.ReferenceBackend;
import dev.levin.device.cuda.bind.NvrtcCompiler;
import dev.levin.device.cuda.driver.KernelCompiler;
import dev.levin.device.cuda.execution.CudaOptions;
import dev.levin.device.cuda.execution.CudaRuntime;
import dev.levin.device.cuda.libraries.DeviceLibraries;
import dev.levin.graph.Buffer;
import dev.levin.graph.Program;
import dev.levin.kernel.cuda.CudaEmitter;
import dev.levin.plan.PlanOptions;
import dev.levin.type.Device;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs a task whose programs go to the processor on CUDA code instead: in a process with {@code -Dlevin.backend=host-cuda},
 * {@code main("host", CLASS, ARGUMENTS...)} calls {@code static List<String> CLASS.run(String...)}, which returns what is wrong,
 * twice (more classes follow after {@code --}): first on the CPU, to see which kernels its plans need; then, all of them compiled at once by g++, on those kernels.
 * {@code main("nvrtc:75,90", CLASS, ...)} runs it once and compiles the kernels by NVRTC for GPUs of these capabilities.
 */
public final class OnHostCuda implements BackendProvider {
    private static final int BATCH = 128;
    private static final Map<String, String> TEXTS = new TreeMap<>();
    private static final int PROCESSORS = 132;

    private static final class Phase {
        private static volatile Backend runs;
    }

    @Override
    public String name() {
        return "host-cuda";
    }

    @Override
    public Device.Kind kind() {
        return Device.Kind.CPU;
    }

    @Override
    public int rank() {
        return -1;
    }

    @Override
    public String unavailable() {
        return null;
    }

    @Override
    public int count() {
        return 1;
    }

    /** Plans are looked at when they are made, and made again by whoever runs them. */
    @Override
    public Backend create(Device device) {
        return new Backend() {
            @Override
            public Device device() {
                return device;
            }

            @Override
            public Executable compile(Program program) {
                Map<Backend, Executable> made = new LinkedHashMap<>();
                return new Executable() {
                    @Override
                    public Buffer[] run(Object[] leaves) {
                        return made.computeIfAbsent(Phase.runs, b -> b.compile(program)).run(leaves);
                    }
                };
            }
        };
    }

    /** Remembers the kernels of plans, computes on the CPU. */
    private static final class Harvest implements Backend {
        private final Backend cpu = new ReferenceBackend();
        private final List<CudaBackend> silent = new ArrayList<>();

        Harvest(boolean everything) {
            silent.add(new CudaBackend(silent(new HostLibraries(null), PlanOptions.DEFAULT.withPoison(true))));
            if (everything) {
                silent.add(new CudaBackend(silent(DeviceLibraries.NONE, PlanOptions.DEFAULT)));
                silent.add(new CudaBackend(silent(DeviceLibraries.NONE, PlanOptions.UNFUSED)));
            }
        }

        private static CudaRuntime silent(DeviceLibraries libraries, PlanOptions plan) {
            return new CudaRuntime(Device.CPU, new SilentDriver(90, PROCESSORS), new KernelCompiler() {
                @Override
                public String version() {
                    return "none";
                }

                @Override
                public byte[] compile(String source, int capability) {
                    return new byte[1];
                }
            }, libraries, CudaOptions.DEFAULT, plan, null);
        }

        @Override
        public Device device() {
            return Device.CPU;
        }

        @Override
        public Executable compile(Program program) {
            for (CudaBackend b : silent) {
                b.compile(program);
            }
            return cpu.compile(program);
        }

        Map<String, String> texts() {
            Map<String, String> all = new TreeMap<>();
            silent.forEach(b -> all.putAll(b.runtime().kernelTexts()));
            return all;
        }
    }

    public static void main(String[] arguments) throws Exception {
        boolean host = arguments[0].equals("host");
        Harvest harvest = new Harvest(!host);
        Phase.runs = harvest;
        long start = System.nanoTime();
        List<String> wrong = task(arguments);
        TEXTS.putAll(harvest.texts());
        System.out.printf("%d kernels seen in %.1f s%n", TEXTS.size(), seconds(start));
        if (wrong.isEmpty() && host) {
            wrong = onHost(arguments);
        } else if (wrong.isEmpty()) {
            NvrtcHere.load();
            for (String capability : arguments[0].substring(6).split(",")) {
                nvrtc(Integer.parseInt(capability));
            }
        }
        wrong.forEach(System.out::println);
        System.out.println(wrong.isEmpty() ? "all good" : wrong.size() + " wrong");
        System.exit(wrong.isEmpty() ? 0 : 1);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Runs the tasks, which {@code --} separates; what is wrong in all of them. */
    private static List<String> task(String[] arguments) throws Exception {
        List<String> wrong = new ArrayList<>();
        int from = 1;
        for (int i = 1; i <= arguments.length; i++) {
            if (i == arguments.length || arguments[i].equals("--")) {
                wrong.addAll(task(arguments[from], Arrays.copyOfRange(arguments, from + 1, i)));
                from = i + 1;
            }
        }
        return wrong;
    }

    @SuppressWarnings("unchecked")
    private static List<String> task(String name, String[] arguments) throws Exception {
        try {
            return (List<String>) Class.forName(name).getMethod("run", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception x ? x : new IllegalStateException(e.getCause());
        }
    }

    private static List<String> onHost(String[] arguments) throws Exception {
        long start = System.nanoTime();
        CudaBackend backend = HostCuda.withLibraries();
        for (Map<String, String> part : parts(BATCH)) {
            backend.runtime().prepare(part);
        }
        System.out.printf("compiled by g++ in %.1f s%n", seconds(start));
        start = System.nanoTime();
        long before = backend.runtime().compilations()[0];
        Phase.runs = backend;
        List<String> wrong = task(arguments);
        System.out.printf("run in %.1f s, %d programs compiled late%n", seconds(start), backend.runtime().compilations()[0] - before);
        return wrong;
    }

    private static List<Map<String, String>> parts(int size) {
        List<Map<String, String>> all = new ArrayList<>();
        for (Map.Entry<String, String> e : TEXTS.entrySet()) {
            if (all.isEmpty() || all.getLast().size() == size) {
                all.add(new LinkedHashMap<>());
            }
            all.getLast().put(e.getKey(), e.getValue());
        }
        return all;
    }

    /** Throws with the compiler's log if anything does not compile. */
    private static void nvrtc(int capability) {
        long start = System.nanoTime();
        var compiler = new NvrtcCompiler();
        long bytes = parts(64).parallelStream().mapToLong(part -> {
            StringBuilder s = new StringBuilder(CudaEmitter.prelude());
            part.values().forEach(s::append);
            return compiler.compile(s.toString(), capability).length;
        }).sum();
        System.out.printf("%s: %d kernels for sm_%d in %.1f s, %d KiB of machine code%n", compiler.version(), TEXTS.size(), capability, seconds(start), bytes >> 10);
    }
}
