package dev.levin.kernel.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CUDA C++ compiled by g++ for the processor; see {@code host.h}. */
public final class HostCode {
    private static final Pattern KERNEL = Pattern.compile(
            "extern \"C\" __global__ void (?:__launch_bounds__\\(\\d+\\) )?(\\w+)\\(const __grid_constant__ (\\w+) ");
    private static final String OPTIMISE = System.getProperty("host.cuda.optimise", "-O1");
    private static final Path FOLDER = folder();

    private final SymbolLookup library;
    private final Map<String, MethodHandle> functions = new ConcurrentHashMap<>();

    private HostCode(Path file) {
        library = SymbolLookup.libraryLookup(file, Arena.global());
    }

    private static Path folder() {
        try {
            Path p = Files.createTempDirectory("levin-host-cuda");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(p)));
            Files.writeString(p.resolve("host.h"), new String(resource("host.h")) + "\n" + CudaEmitter.prelude());
            // compiled once, so that every kernel source starts from there; without it they only compile slower
            gpp("-x", "c++-header", p.resolve("host.h").toString());
            return p;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (var files = Files.list(folder)) {
            files.forEach(f -> f.toFile().delete());
            Files.delete(folder);
        } catch (IOException e) {
            System.err.println("temporary folder " + folder + " stays: " + e);
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = HostCode.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    /** Why nothing can be compiled here; null if it can. */
    public static String unavailable() {
        try {
            Process p = new ProcessBuilder("g++", "--version").redirectErrorStream(true).start();
            p.getInputStream().readAllBytes();
            return p.waitFor() == 0 ? null : "g++ does not run";
        } catch (IOException e) {
            return "g++ is not installed: generated CUDA code is not executed on the processor";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /** The shared library of a whole source file. */
    public static byte[] compile(String source) {
        String own = source.startsWith(CudaEmitter.prelude()) ? source.substring(CudaEmitter.prelude().length()) : source;
        StringBuilder s = new StringBuilder("#include \"host.h\"\n").append(own);
        Matcher m = KERNEL.matcher(source);
        while (m.find()) {
            s.append("\nextern \"C\" int host_").append(m.group(1)).append("(const void* const* p, unsigned grid, unsigned block) {\n"
                    + "    return host::launch(grid, block, [](void* a) { ").append(m.group(1)).append("(*(const ").append(m.group(2))
                    .append("*) a); }, (void*) p[0]);\n}\nextern \"C\" long size_").append(m.group(1)).append("() { return sizeof(").append(m.group(2)).append("); }\n");
        }
        String name = "k" + CudaEmitter.sha256(s.toString()).substring(0, 24);
        Path cu = FOLDER.resolve(name + ".cpp");
        Path so = FOLDER.resolve(name + ".so");
        try {
            if (!Files.exists(so)) {
                Files.writeString(cu, s);
                String log = gpp("-shared", "-o", so.toString(), cu.toString());
                if (!log.isEmpty()) {
                    throw new IllegalStateException("g++ failed:\n" + log + "\n" + source);
                }
            }
            return Files.readAllBytes(so);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty if all is well, else the compiler's words. */
    private static String gpp(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("g++", "-std=c++17", OPTIMISE, "-w", "-fwrapv", "-ffp-contract=off", "-fPIC"));
        command.addAll(List.of(arguments));
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String log = new String(p.getInputStream().readAllBytes());
        try {
            return p.waitFor() == 0 ? "" : log + "exit code " + p.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Loads what {@link #compile} gave. */
    public static HostCode load(byte[] image) {
        try {
            Path p = Files.createTempFile(FOLDER, "m", ".so");
            Files.write(p, image);
            return new HostCode(p);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bytes of a kernel's argument block. */
    public long argumentBytes(String function) {
        try {
            return (long) Linker.nativeLinker().downcallHandle(library.find("size_" + function).orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG)).invokeExact();
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    public boolean has(String function) {
        return library.find("host_" + function).isPresent();
    }

    /** @param parameters address of a {@code void*[]} whose first element points at the argument block */
    public void launch(String function, long grid, int block, MemorySegment parameters) {
        MethodHandle f = functions.computeIfAbsent(function, n -> Linker.nativeLinker().downcallHandle(
                library.find("host_" + n).orElseThrow(() -> new IllegalArgumentException("no kernel " + n)),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)));
        int r;
        try {
            r = (int) f.invokeExact(parameters, (int) grid, block);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        if (r != 0) {
            throw new IllegalStateException("threads of a block of " + function + " diverge at a barrier");
        }
    }
}
