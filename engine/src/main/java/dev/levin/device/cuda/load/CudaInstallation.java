package dev.levin.device.cuda.load;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.levin.device.cuda.load.LibrarySearch.Library;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What this machine has for CUDA, and whether that is enough. Looked at once for each process; {@link #problem()} is
 * null exactly when a device can be made.
 */
public final class CudaInstallation {
    /** The oldest driver whose functions the presets may call. */
    public static final int MINIMUM_DRIVER = 13000;
    private static final int MINIMUM_RUNTIME = 13000;
    private static final int MINIMUM_CUDNN = 91000;
    private static final int MINIMUM_NCCL = 22000;
    private static final int MINIMUM_CAPABILITY = 75;

    private static final class Holder {
        static final CudaInstallation THIS = new CudaInstallation(DriverProbe.probe(), LibrarySearch.search());
    }

    private final DriverProbe.Result driver;
    private final LibrarySearch.Found libraries;
    private final Map<Library, Integer> versions = new EnumMap<>(Library.class);
    private final List<String> warnings = new ArrayList<>();
    private final String problem;

    CudaInstallation(DriverProbe.Result driver, LibrarySearch.Found libraries) {
        this.driver = driver;
        this.libraries = libraries;
        String p = driverProblem(driver);
        problem = p != null ? p : libraryProblem();
    }

    public static CudaInstallation get() {
        return Holder.THIS;
    }

    public DriverProbe.Result driver() {
        return driver;
    }

    public LibrarySearch.Found libraries() {
        return libraries;
    }

    /** Why there is no CUDA device and what to do about it, in one line; null if there is one. */
    public String problem() {
        return problem;
    }

    /** What works but less well than it could. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Version of a loaded library as the library counts; 0 if it was not asked. */
    public int version(Library l) {
        return versions.getOrDefault(l, 0);
    }

    /** Whether convolutions run by cuDNN. */
    public boolean usesCudnn() {
        return problem == null && libraries.hasCudnn() && version(Library.CUDNN_GRAPH) >= MINIMUM_CUDNN;
    }

    public boolean usesNccl() {
        return problem == null && libraries.hasNccl() && version(Library.NCCL) >= MINIMUM_NCCL;
    }

    static String driverProblem(DriverProbe.Result d) {
        return switch (d.outcome()) {
            case DISABLED -> "CUDA is switched off by -D" + DriverProbe.DISABLE_PROPERTY + "=true";
            case NO_DRIVER -> "no NVIDIA driver: libcuda.so.1 was not found. Install the driver (version 580 or newer) on the host; in a "
                    + "container, start it with the GPU (docker run --gpus all)";
            case STUB -> "the libcuda.so.1 found (" + d.library() + ") is a build-time stub, not a driver. Take the toolkit's 'stubs' folder "
                    + "off the library path";
            case NO_DEVICE -> "the NVIDIA driver sees no GPU. Check nvidia-smi and CUDA_VISIBLE_DEVICES; in a container, give it the GPU";
            case FAILED -> "the NVIDIA driver can't be used: " + d.detail() + ". Check that nvidia-smi works for this user";
            case OK -> {
                if (d.version() < MINIMUM_DRIVER) {
                    yield "the NVIDIA driver supports CUDA " + text(d.version()) + ", Levin needs " + text(MINIMUM_DRIVER)
                            + ". Install driver 580 or newer";
                }
                yield d.gpus().getFirst().capability() < MINIMUM_CAPABILITY
                        ? "the GPU (" + d.gpus().getFirst() + ") is older than CUDA 13 supports; compute capability 7.5 or more is needed" : null;
            }
        };
    }

    private String libraryProblem() {
        List<Library> missing = libraries.missing();
        if (!missing.isEmpty()) {
            return "CUDA libraries are missing: " + missing.stream().map(Library::file).collect(Collectors.joining(", "))
                    + ". Install them with pip install " + missing.stream().map(Library::pipPackage).distinct().collect(Collectors.joining(" "))
                    + ", or the CUDA 13 toolkit, or name their folder by -D" + LibrarySearch.PATH_PROPERTY;
        }
        try {
            load();
        } catch (UnsatisfiedLinkError | RuntimeException e) {
            return "a CUDA library can't be loaded: " + e.getMessage();
        }
        int runtime = version(Library.CUDART);
        if (runtime < MINIMUM_RUNTIME) {
            return "the CUDA runtime " + libraries.of(Library.CUDART) + " is version " + text(runtime) + ", Levin needs " + text(MINIMUM_RUNTIME)
                    + ". Install nvidia-cuda-runtime 13.0 or newer";
        }
        if (runtime / 1000 > driver.version() / 1000) {
            return "the CUDA runtime " + text(runtime) + " is newer than the driver's CUDA " + text(driver.version())
                    + "; install a newer driver or an older runtime";
        }
        if (!libraries.hasCudnn()) {
            warnings.add("cuDNN 9 was not found: convolutions run on Levin's own, slower kernels (pip install " + Library.CUDNN_GRAPH.pipPackage() + ")");
        } else if (!usesCudnnVersion()) {
            warnings.add("cuDNN " + version(Library.CUDNN_GRAPH) + " is older than 9.10: convolutions run on Levin's own, slower kernels");
        }
        if (!libraries.hasNccl()) {
            warnings.add("NCCL 2 was not found: training on several GPUs is not available (pip install " + Library.NCCL.pipPackage() + ")");
        }
        return null;
    }

    private boolean usesCudnnVersion() {
        return version(Library.CUDNN_GRAPH) >= MINIMUM_CUDNN;
    }

    /** Loads everything by full path, so that the presets find it loaded, and points JavaCPP at the same folders. */
    @SuppressWarnings("restricted")
    private void load() {
        for (Library l : Library.values()) {
            Path p = libraries.of(l);
            if (p != null && l != Library.NVML) {
                System.load(p.toAbsolutePath().toString());
            }
        }
        Set<String> folders = new LinkedHashSet<>();
        libraries.found().values().forEach(p -> folders.add(p.toAbsolutePath().getParent().toString()));
        setUnlessSet("org.bytedeco.javacpp.platform.linkpath", String.join(File.pathSeparator, folders));
        setUnlessSet("org.bytedeco.javacpp.maxBytes", "0");
        setUnlessSet("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        versions.put(Library.CUDART, number(Library.CUDART, "cudaRuntimeGetVersion"));
        versions.put(Library.CUBLAS_LT, (int) size(Library.CUBLAS_LT, "cublasLtGetVersion"));
        versions.put(Library.NVRTC, nvrtc());
        if (libraries.hasCudnn()) {
            versions.put(Library.CUDNN_GRAPH, (int) size(Library.CUDNN_GRAPH, "cudnnGetVersion"));
        }
        if (libraries.hasNccl()) {
            versions.put(Library.NCCL, number(Library.NCCL, "ncclGetVersion"));
        }
    }

    private static void setUnlessSet(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    @SuppressWarnings("restricted")
    private SymbolLookup symbols(Library l) {
        return SymbolLookup.libraryLookup(libraries.of(l), Arena.global());
    }

    private int number(Library l, String function) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            int r = (int) DriverProbe.function(symbols(l), function, FunctionDescriptor.of(JAVA_INT, ADDRESS)).invokeExact(out);
            return r == 0 ? out.get(JAVA_INT, 0) : 0;
        } catch (Throwable t) {
            return 0;
        }
    }

    private long size(Library l, String function) {
        try {
            return (long) DriverProbe.function(symbols(l), function, FunctionDescriptor.of(JAVA_LONG)).invokeExact();
        } catch (Throwable t) {
            return 0;
        }
    }

    private int nvrtc() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT, 2);
            int r = (int) DriverProbe.function(symbols(Library.NVRTC), "nvrtcVersion", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS))
                    .invokeExact(out, out.asSlice(4));
            return r == 0 ? 1000 * out.get(JAVA_INT, 0) + 10 * out.get(JAVA_INT, 4) : 0;
        } catch (Throwable t) {
            return 0;
        }
    }

    /** {@code 13000} as {@code 13.0}. */
    public static String text(int version) {
        return version / 1000 + "." + version % 1000 / 10;
    }
}
