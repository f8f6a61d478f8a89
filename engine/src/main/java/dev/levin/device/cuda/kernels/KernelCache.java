package dev.levin.device.cuda.kernels;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.driver.KernelCompiler;
import dev.levin.kernel.cuda.CudaEmitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled kernels by name. A plan hands over all texts it needs; those not there yet are compiled in a few programs at a
 * time, on several threads, unless the disk has them under the digest of source, GPU and compiler. Used by one thread.
 */
public final class KernelCache {
    /** Folder for compiled kernels; {@code none} keeps nothing. */
    public static final String FOLDER_PROPERTY = "levin.cuda.cache";

    private static final Logger LOG = LoggerFactory.getLogger(KernelCache.class);
    /** Kernels in a program: enough that the compiler's start does not count, few enough that threads share the work. */
    private static final int BATCH = 16;

    private final CudaDriver driver;
    private final KernelCompiler compiler;
    private final Path folder;
    private final Map<String, Long> moduleOf = new HashMap<>();
    private final Map<String, Long> functions = new HashMap<>();
    private final Map<String, String> sources = new TreeMap<>();
    private final List<Long> modules = new ArrayList<>();
    private long compiled;
    private long fromDisk;

    /** @param folder where compiled code is kept, or null */
    public KernelCache(CudaDriver driver, KernelCompiler compiler, Path folder) {
        this.driver = driver;
        this.compiler = compiler;
        this.folder = folder;
    }

    /** The folder that the system property or the user's cache folder says; null for none. */
    public static Path defaultFolder() {
        String p = System.getProperty(FOLDER_PROPERTY);
        if (p != null) {
            return p.equals("none") ? null : Path.of(p);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return (xdg == null || xdg.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg)).resolve("levin").resolve("cubin");
    }

    /**
     * Makes sure that the kernels are loaded.
     *
     * @param texts CUDA C++ by the name of its main function
     */
    public void require(Map<String, String> texts) {
        Map<String, String> missing = new TreeMap<>(texts);
        missing.keySet().removeAll(moduleOf.keySet());
        if (missing.isEmpty()) {
            return;
        }
        List<Map<String, String>> batches = new ArrayList<>();
        int programs = Math.max(1, Math.min(Runtime.getRuntime().availableProcessors(), missing.size() / BATCH));
        for (int i = 0; i < programs; i++) {
            batches.add(new LinkedHashMap<>());
        }
        int i = 0;
        for (Map.Entry<String, String> e : missing.entrySet()) {
            batches.get(i++ % programs).put(e.getKey(), e.getValue());
        }
        long start = System.nanoTime();
        List<byte[]> images = batches.parallelStream().map(this::image).toList();
        for (int b = 0; b < images.size(); b++) {
            long module = driver.loadModule(images.get(b));
            modules.add(module);
            batches.get(b).keySet().forEach(name -> moduleOf.put(name, module));
            sources.putAll(batches.get(b));
        }
        LOG.trace("{} kernels in {} programs: {} ms", missing.size(), programs, (System.nanoTime() - start) / 1_000_000);
    }

    /**
     * A function of a kernel handed to {@link #require}.
     *
     * @param kernel name under which the text was given
     * @param function name of the function in it
     */
    public long function(String kernel, String function) {
        return functions.computeIfAbsent(function, f -> {
            Long module = moduleOf.get(kernel);
            if (module == null) {
                throw new IllegalStateException("kernel " + kernel + " was not compiled");
            }
            return driver.function(module, f);
        });
    }

    /** Texts of all kernels that are loaded, by name. */
    public Map<String, String> texts() {
        return Map.copyOf(sources);
    }

    /** Programs compiled and programs found on disk. */
    public synchronized long[] counts() {
        return new long[] {compiled, fromDisk};
    }

    private byte[] image(Map<String, String> texts) {
        StringBuilder s = new StringBuilder(CudaEmitter.prelude());
        texts.values().forEach(s::append);
        String source = s.toString();
        int capability = driver.info().capability();
        Path file = folder == null ? null
                : folder.resolve(CudaEmitter.sha256(compiler.version() + "\n" + capability + "\n" + source) + ".cubin");
        if (file != null && Files.isReadable(file)) {
            try {
                byte[] image = Files.readAllBytes(file);
                count(false);
                return image;
            } catch (IOException e) {
                LOG.warn("compiled kernels in {} can't be read ({}); they are compiled again", file, e.getMessage());
            }
        }
        byte[] image = compiler.compile(source, capability);
        count(true);
        if (file != null) {
            keep(file, image);
        }
        return image;
    }

    private synchronized void count(boolean fresh) {
        compiled += fresh ? 1 : 0;
        fromDisk += fresh ? 0 : 1;
    }

    /** Readers never see half a file. */
    private static void keep(Path file, byte[] image) {
        try {
            Files.createDirectories(file.getParent());
            Path part = Files.createTempFile(file.getParent(), "part", null);
            Files.write(part, image);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("compiled kernels can't be kept in {} ({}); set -D{}=FOLDER or =none", file.getParent(), e.getMessage(), FOLDER_PROPERTY);
        }
    }

    public void close() {
        modules.forEach(driver::unloadModule);
        modules.clear();
        moduleOf.clear();
        functions.clear();
        sources.clear();
    }
}
