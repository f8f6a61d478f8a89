package dev.levin.device.cuda;

import dev.levin.device.cuda.load.DriverProbe;
import dev.levin.device.cuda.load.LibrarySearch;
import dev.levin.device.cuda.load.LibrarySearch.Library;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NVRTC on a machine without a driver. The presets load nothing without {@code libcuda.so.1}, so one is made whose every
 * function answers that it is a stub.
 */
final class NvrtcHere {
    private static final String PRESET = "org/bytedeco/cuda/linux-x86_64/libjnicudart.so";
    private static final String REDISTRIBUTED = "org/bytedeco/cuda/linux-x86_64/libnvrtc.so.13";

    private NvrtcHere() {
    }

    /** Why there is none; null if there is. */
    static String unavailable() {
        if (resource(PRESET) == null) {
            return "the presets have no libraries for this platform";
        }
        if (resource(REDISTRIBUTED) != null) {
            return null;
        }
        LibrarySearch.Found f = LibrarySearch.search();
        for (Library l : List.of(Library.NVRTC, Library.NVRTC_BUILTINS, Library.CUDART)) {
            if (f.of(l) == null) {
                return l.file() + " was not found: generated CUDA code is not compiled for GPUs (pip install " + l.pipPackage()
                        + " and -Dlevin.cuda.path=..., or mvn -Pnvrtc)";
            }
        }
        return null;
    }

    private static java.net.URL resource(String name) {
        return NvrtcHere.class.getClassLoader().getResource(name);
    }

    /** Makes the presets' NVRTC usable in this process. */
    @SuppressWarnings("restricted")
    static void load() throws IOException, InterruptedException {
        if (DriverProbe.probe().outcome() == DriverProbe.Outcome.NO_DRIVER) {
            System.load(stub().toString());
        }
        LibrarySearch.Found f = LibrarySearch.search();
        if (resource(REDISTRIBUTED) != null) {
            return;
        }
        for (Library l : List.of(Library.CUDART, Library.NVRTC_BUILTINS, Library.NVRTC)) {
            System.load(f.of(l).toAbsolutePath().toString());
        }
        System.setProperty("org.bytedeco.javacpp.platform.linkpath", f.of(Library.NVRTC).toAbsolutePath().getParent() + ":"
                + f.of(Library.CUDART).toAbsolutePath().getParent());
    }

    private static Path stub() throws IOException, InterruptedException {
        Set<String> names = new TreeSet<>();
        try (InputStream in = resource(PRESET).openStream()) {
            Matcher m = Pattern.compile("\0(cu[A-Z][A-Za-z0-9_]*)(?=\0)").matcher(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
            while (m.find()) {
                names.add(m.group(1));
            }
        }
        Path folder = Files.createTempDirectory("levin-stub");
        StringBuilder c = new StringBuilder();
        names.forEach(n -> c.append("int ").append(n).append("(void) { return 34; }\n"));
        Path source = Files.writeString(folder.resolve("stub.c"), c);
        Path library = folder.resolve("libcuda.so.1");
        Process p = new ProcessBuilder("gcc", "-shared", "-fPIC", "-w", "-Wl,-soname,libcuda.so.1", "-o", library.toString(), source.toString())
                .redirectErrorStream(true).start();
        String log = new String(p.getInputStream().readAllBytes());
        if (p.waitFor() != 0) {
            throw new IOException("gcc can't make a stub of the driver: " + log);
        }
        for (Path f : List.of(folder, source, library)) {
            f.toFile().deleteOnExit();
        }
        return library;
    }
}
