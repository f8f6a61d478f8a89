package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.kernel.cuda.HostCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real bindings, from the driver's probe to descriptors and capture, in a process of its own on libraries that play
 * NVIDIA's: order, ownership, lifetimes and arguments of every native call are checked by those who are called.
 */
class FakeGpuTest {
    @TempDir
    private static Path folder;

    private record Ran(int code, String out) {
        /** Ended well, and the libraries had nothing to complain about. */
        Ran good() {
            assertEquals(0, code, out);
            assertTrue(!out.contains("FAKE GPU"), out);
            return this;
        }

        Ran says(String... words) {
            for (String w : words) {
                assertTrue(out.contains(w), () -> "'" + w + "' is missing in:\n" + out);
            }
            return this;
        }
    }

    @BeforeAll
    static void buildLibraries() throws Exception {
        String missing = HostCode.unavailable();
        if (missing != null) {
            System.err.println("SKIPPED the bindings on a fake GPU: " + missing);
        }
        assumeTrue(missing == null && System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64"), missing);
        Path script = Path.of(FakeGpuTest.class.getResource("/fake-gpu/build.sh").toURI());
        Path host = Path.of(HostCode.class.getResource("host.h").toURI());
        Ran built = run(new ProcessBuilder("bash", script.toString(), folder.toString(), host.toString()));
        assertEquals(0, built.code, built.out);
    }

    private static Ran run(ProcessBuilder b) throws IOException, InterruptedException {
        Process p = b.redirectErrorStream(true).start();
        String out = new String(p.getInputStream().readAllBytes());
        return new Ran(p.waitFor(), out);
    }

    private static Ran program(Map<String, String> environment, String... checks) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dlevin.cuda.path=" + folder, "-Dlevin.cuda.cache=" + folder.resolve("cubin"),
                "-cp", System.getProperty("java.class.path"), FakeGpuProgram.class.getName()));
        command.addAll(List.of(checks));
        ProcessBuilder b = new ProcessBuilder(command);
        b.environment().put("LD_LIBRARY_PATH", folder + File.pathSeparator + b.environment().getOrDefault("LD_LIBRARY_PATH", ""));
        b.environment().putAll(environment);
        return run(b);
    }

    @Test
    void everythingRunsAndNothingIsLeft() throws Exception {
        program(Map.of(), "doctor", "products", "convolutions", "training", "capture", "memory", "end").good()
                .says("Processor as GPU", "compute capability 9.0", "libcudnn_cnn.so.9", "version 9.19.0", "CUDA can be used", "ok end");
        assertTrue(Files.list(folder.resolve("cubin")).findAny().isPresent(), "compiled kernels are kept");
    }

    @Test
    void aDriverWithoutGpuIsToldFromOneThatDoesNotStart() throws Exception {
        program(Map.of("FAKE_GPU_INIT", "100"), "doctor").good().says("the NVIDIA driver sees no GPU");
        program(Map.of("FAKE_GPU_INIT", "34"), "doctor").good().says("is a build-time stub");
        program(Map.of("FAKE_GPU_INIT", "803"), "doctor").good().says("the driver did not start, error 803", "nvidia-smi");
    }

    @Test
    void aKernelThatFailsIsReportedWithAdvice() throws Exception {
        program(Map.of("FAKE_GPU_FAIL", "r_scan"), "failure").good().says("failed as it should", "CUDA_ERROR_LAUNCH_FAILED", "levin.cuda.sync");
    }
}
