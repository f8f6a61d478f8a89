package dev.levin.examples.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The corpus on generated CUDA code: a process in which the engine's own tests let the processor play the GPU. Their
 * classes are not a dependency, so they are looked for where the build puts them.
 */
class CudaCorpusTest {
    private static final Path ENGINE = Path.of("../engine");
    private static final String MAIN = "dev.levin.device.cuda.OnHostCuda";

    private static String missing() throws InterruptedException {
        if (!Files.exists(ENGINE.resolve("target/test-classes").resolve(MAIN.replace('.', '/') + ".class"))) {
            return "the engine's tests are not compiled";
        }
        try {
            return new ProcessBuilder("g++", "--version").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0
                    ? null : "g++ does not run";
        } catch (IOException e) {
            return "g++ is not installed";
        }
    }

    private static String run(String mode, String... corpora) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx2g",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-Dlevin.backend=host-cuda", "-Dhost.cuda.optimise=-O0"));
        if (System.getProperty("levin.cuda.path") != null) {
            command.add("-Dlevin.cuda.path=" + System.getProperty("levin.cuda.path"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path") + File.pathSeparator + ENGINE.resolve("target/test-classes"), MAIN, mode,
                CorpusTask.class.getName(), ENGINE.resolve("src/test/resources/oracle").toString()));
        command.addAll(List.of(corpora));
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(p.getInputStream().readAllBytes());
        assertEquals(0, p.waitFor(), out);
        assertTrue(out.contains("all good"), out);
        return out;
    }

    @Test
    void everyOperatorLayerAndLossComputesTheSameAsCudaCode() throws Exception {
        String missing = missing();
        if (missing != null) {
            System.err.println("SKIPPED the corpus as CUDA code: " + missing);
        }
        assumeTrue(missing == null, missing);
        String out = run("host", "ops");
        assertTrue(out.contains("871 cases passed, 0 failed") && out.contains("0 programs compiled late"), out);
    }

    /** Minutes: {@code mvn -Pnvrtc} only. */
    @Test
    void nvrtcCompilesEveryKernelOfTheCorpusForEveryKindOfGpu() throws Exception {
        assumeTrue(Boolean.getBoolean("nvrtc.required"), "mvn -Pnvrtc compiles the kernels of the corpus for GPUs");
        String out = run("nvrtc:75,80,90,100", "ops", "more", "optim", "curves");
        assertTrue(out.contains("for sm_75") && out.contains("for sm_80") && out.contains("for sm_90") && out.contains("for sm_100"), out);
        System.out.println(out);
    }
}
