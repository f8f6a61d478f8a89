package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.kernel.cuda.HostCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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

    @BeforeAll
    static void buildLibraries() throws Exception {
        String missing = HostCode.unavailable();
        if (missing != null) {
            System.err.println("SKIPPED the bindings on a fake GPU: " + missing);
        }
        assumeTrue(missing == null && System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64"), missing);
        Path script = Path.of(FakeGpuTest.class.getResource("/fake-gpu/build.sh").toURI());
        Path host = Path.of(HostCode.class.getResource("host.h").toURI());
        Child.of(Map.of(), List.of("bash", script.toString(), folder.toString(), host.toString())).good();
    }

    private static Child program(Map<String, String> environment, String... checks) throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("LD_LIBRARY_PATH", folder + File.pathSeparator + System.getenv().getOrDefault("LD_LIBRARY_PATH", ""));
        // the libraries complain about what a real one would answer with undefined behaviour
        return Child.java(all, List.of("-XX:TieredStopAtLevel=1", "-Dlevin.cuda.path=" + folder, "-Dlevin.cuda.cache=" + folder.resolve("cubin")),
                FakeGpuProgram.class, checks).good().doesNotSay("FAKE GPU");
    }

    @Test
    void everythingRunsAndNothingIsLeft() throws Exception {
        program(Map.of(), "doctor", "products", "convolutions", "images", "group", "training", "capture", "memory", "end")
                .says("Processor as GPU", "compute capability 9.0", "libcudnn_cnn.so.9", "version 9.19.0", "CUDA can be used", "ok end");
        assertTrue(Files.list(folder.resolve("cubin")).findAny().isPresent(), "compiled kernels are kept");
    }

    @Test
    void aDriverWithoutGpuIsToldFromOneThatDoesNotStart() throws Exception {
        program(Map.of("FAKE_GPU_INIT", "100"), "doctor").says("the NVIDIA driver sees no GPU");
        program(Map.of("FAKE_GPU_INIT", "34"), "doctor").says("is a build-time stub");
        program(Map.of("FAKE_GPU_INIT", "803"), "doctor").says("the driver did not start, error 803", "nvidia-smi");
    }

    @Test
    void productsAreTimedOnceIfAskedForAndRemembered() throws Exception {
        Map<String, String> tuned = Map.of("JAVA_TOOL_OPTIONS", "-Dlevin.cuda.tune=true");
        program(tuned, "products", "end");
        Path file = folder.resolve("cubin/cublaslt-130100-Processor_as_GPU-tuned");
        int lines = Files.readAllLines(file).size();
        assertTrue(lines > 20, lines + " products");
        program(tuned, "products", "end");
        assertTrue(Files.readAllLines(file).size() == lines, "they were chosen again");
    }

    @Test
    void statisticsAndRangesComeFromTheirLibraries() throws Exception {
        // what the library does not support is left out
        program(Map.of(), "statistics").says("{gpu_percent=42.0, gpu_memory_percent=25.0, gpu_memory_used_mb=1000.0, gpu_temperature_c=55.0, gpu_power_w=123.456}");
        program(Map.of("JAVA_TOOL_OPTIONS", "-Dlevin.cuda.nvtx=true"), "training", "end").says("range begins: plan of", "range begins: CONV", "range ends");
    }

    @Test
    void aKernelThatFailsIsReportedWithAdvice() throws Exception {
        program(Map.of("FAKE_GPU_FAIL", "r_scan"), "failure").says("failed as it should", "CUDA_ERROR_LAUNCH_FAILED", "levin.cuda.sync");
        program(Map.of("FAKE_GPU_FAIL", "r_scan", "JAVA_TOOL_OPTIONS", "-Dlevin.cuda.sync=true"), "failure").says("CUDA_ERROR_LAUNCH_FAILED", "(CUMSUM F32[4, 9]");
    }
}
