package dev.levin.device.cuda.load;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** Asks the NVIDIA driver what there is. Never throws, and touches no class of the presets. */
public final class DriverProbe {
    /** Set to true to behave as if there were no NVIDIA driver. */
    public static final String DISABLE_PROPERTY = "levin.cuda.disabled";

    private static final int ATTRIBUTE_MAJOR = 75;
    private static final int ATTRIBUTE_MINOR = 76;
    private static final int ATTRIBUTE_PROCESSORS = 16;

    private static final List<String> CANDIDATES = List.of("libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1",
            "/usr/local/nvidia/lib/libcuda.so.1", "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "/usr/lib64/libcuda.so.1",
            "/usr/lib/wsl/lib/libcuda.so.1");

    private DriverProbe() {
    }

    /** What the driver said. */
    public enum Outcome { OK, DISABLED, NO_DRIVER, STUB, NO_DEVICE, FAILED }

    /** One GPU. {@code capability} is ten times the major plus the minor number. */
    public record Gpu(String name, int capability, long bytes, int processors) {
        @Override
        public String toString() {
            return name + ", compute capability " + capability / 10 + "." + capability % 10 + ", " + (bytes >> 20) + " MiB, "
                    + processors + " multiprocessors";
        }
    }

    /**
     * @param code what the failing driver function returned; 0 otherwise
     * @param version CUDA version of the driver, as 13000 for 13.0; 0 if unknown
     * @param library the driver library found, or null
     * @param detail the loader's or driver's own words
     */
    public record Result(Outcome outcome, int code, int version, String library, List<Gpu> gpus, String detail) {
        static Result of(Outcome outcome, int code, int version, String library, String detail) {
            return new Result(outcome, code, version, library, List.of(), detail);
        }
    }

    @SuppressWarnings("restricted")
    public static Result probe() {
        if (Boolean.getBoolean(DISABLE_PROPERTY)) {
            return Result.of(Outcome.DISABLED, 0, 0, null, "-D" + DISABLE_PROPERTY + "=true");
        }
        String error = null;
        for (String name : CANDIDATES) {
            try {
                // The global arena keeps the library loaded: the presets' own dependency on it resolves to this copy.
                return ask(name, SymbolLookup.libraryLookup(name, Arena.global()));
            } catch (IllegalArgumentException | IllegalCallerException e) {
                error = error == null ? e.getMessage() : error;
            }
        }
        return Result.of(Outcome.NO_DRIVER, 0, 0, null, error);
    }

    private static Result ask(String name, SymbolLookup driver) {
        int version = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            if (call(driver, "cuDriverGetVersion", out) == 0) {
                version = out.get(JAVA_INT, 0);
            }
            int r = (int) function(driver, "cuInit", FunctionDescriptor.of(JAVA_INT, JAVA_INT)).invokeExact(0);
            if (r == 34) {
                return Result.of(Outcome.STUB, r, version, name, "the library found is a build-time stub");
            }
            if (r == 100) {
                return Result.of(Outcome.NO_DEVICE, r, version, name, "the driver sees no GPU");
            }
            if (r == 0) {
                r = call(driver, "cuDeviceGetCount", out);
            }
            if (r != 0) {
                return Result.of(Outcome.FAILED, r, version, name, "the driver did not start, error " + r);
            }
            int n = out.get(JAVA_INT, 0);
            if (n == 0) {
                return Result.of(Outcome.NO_DEVICE, 0, version, name, "the driver sees no GPU");
            }
            List<Gpu> gpus = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                gpus.add(describe(driver, arena, i));
            }
            return new Result(Outcome.OK, 0, version, name, List.copyOf(gpus), "");
        } catch (Throwable t) {
            return Result.of(Outcome.FAILED, -1, version, name, t.toString());
        }
    }

    private static Gpu describe(SymbolLookup driver, Arena arena, int index) throws Throwable {
        MemorySegment text = arena.allocate(256);
        MethodHandle name = function(driver, "cuDeviceGetName", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
        boolean named = (int) name.invokeExact(text, 255, index) == 0;
        MemorySegment bytes = arena.allocate(JAVA_LONG);
        MethodHandle memory = function(driver, "cuDeviceTotalMem_v2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        boolean sized = (int) memory.invokeExact(bytes, index) == 0;
        return new Gpu(named ? text.getString(0) : "GPU " + index,
                10 * attribute(driver, arena, ATTRIBUTE_MAJOR, index) + attribute(driver, arena, ATTRIBUTE_MINOR, index),
                sized ? bytes.get(JAVA_LONG, 0) : 0, attribute(driver, arena, ATTRIBUTE_PROCESSORS, index));
    }

    private static int attribute(SymbolLookup driver, Arena arena, int which, int index) throws Throwable {
        MemorySegment out = arena.allocate(JAVA_INT);
        MethodHandle f = function(driver, "cuDeviceGetAttribute", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
        int r = (int) f.invokeExact(out, which, index);
        return r == 0 ? out.get(JAVA_INT, 0) : 0;
    }

    private static int call(SymbolLookup library, String name, MemorySegment out) throws Throwable {
        return (int) function(library, name, FunctionDescriptor.of(JAVA_INT, ADDRESS)).invokeExact(out);
    }

    @SuppressWarnings("restricted")
    static MethodHandle function(SymbolLookup library, String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(library.find(name)
                .orElseThrow(() -> new IllegalStateException("the library has no function " + name)), type);
    }
}
