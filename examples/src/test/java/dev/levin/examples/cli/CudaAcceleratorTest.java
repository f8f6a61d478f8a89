package dev.levin.examples.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.strategies.Accelerators;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the user sees of CUDA: on a machine without it, and on one with libraries that play a GPU. */
class CudaAcceleratorTest {
    @TempDir
    private Path folder;

    @Test
    void withoutAGpuOneLineSaysWhyAndWhatElseThereIs() {
        String why = Accelerators.whyNotCuda();
        assumeTrue(why != null, "this machine has a GPU");
        Shell r = Shell.run("fit", "xor", "--accelerator", "cuda", "--epochs", "1", "--out", folder.toString());
        assertNotEquals(0, r.code());
        assertEquals(1, r.errors().size(), r.err());
        String line = r.errors().getFirst();
        assertTrue(line.startsWith("levin: accelerator 'cuda' is not available: " + why) && line.contains("[cpu]") && line.contains("'auto'"), line);
        assertEquals(0, Shell.run("fit", "xor", "--accelerator", "auto", "--epochs", "1", "--out", folder.toString(), "--trainer.enable_progress_bar", "false").code());
    }

    @Test
    void doctorShowsTheWholePictureAndWhatToInstall() {
        String why = Accelerators.whyNotCuda();
        assumeTrue(why != null, "this machine has a GPU");
        Shell r = Shell.run("doctor");
        assertEquals(0, r.code(), r.err());
        for (String word : List.of("java ", "cpu ", "cuda", "driver ", "verdict    " + why)) {
            assertTrue(r.out().contains(word), () -> "'" + word + "' is missing in " + r.out());
        }
        assertTrue(r.out().contains("pip install nvidia-cuda-runtime") || r.out().contains("pip package nvidia-"), r.out());
    }

    // ---- with libraries that play NVIDIA's -----------------------------------------------------------------------------------------

    private static final Path ENGINE = Path.of("../engine/src/test/resources");

    private static String run(Path libraries, String... command) throws IOException, InterruptedException {
        ProcessBuilder b = new ProcessBuilder(command).redirectErrorStream(true);
        b.environment().put("LD_LIBRARY_PATH", libraries + File.pathSeparator + System.getenv().getOrDefault("LD_LIBRARY_PATH", ""));
        Process p = b.start();
        String out = new String(p.getInputStream().readAllBytes());
        assertEquals(0, p.waitFor(), out);
        assertTrue(!out.contains("FAKE GPU"), out);
        return out;
    }

    /** The validation loss that the best checkpoint has in its name. */
    private String loss(Path libraries, String accelerator, String precision) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-Dlevin.cuda.path=" + libraries, "-Dlevin.cuda.cache=" + folder.resolve("cubin"),
                "-cp", System.getProperty("java.class.path"), Levin.class.getName(), "fit", "xor", "--epochs", "12", "--accelerator", accelerator, "--precision",
                precision, "--out", folder.resolve(accelerator + precision).toString(), "--trainer.enable_progress_bar", "false"));
        String out = run(libraries, command.toArray(String[]::new));
        Matcher m = Pattern.compile("val_loss=([0-9.]+)\\.ckpt").matcher(out);
        assertTrue(m.find(), out);
        return m.group(1);
    }

    @Test
    void theTrainerTrainsOnAGpuAsOnTheCpuInEveryPrecision() throws Exception {
        boolean linux = System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
        boolean compiler = linux && Files.isExecutable(Path.of("/usr/bin/g++")) && Files.exists(ENGINE.resolve("fake-gpu/build.sh"));
        if (!compiler) {
            System.err.println("SKIPPED training on a fake GPU: it needs Linux on x86_64 and g++");
        }
        assumeTrue(compiler, "needs Linux on x86_64 and g++");
        Path libraries = folder.resolve("libraries");
        run(libraries, "bash", ENGINE.resolve("fake-gpu/build.sh").toString(), libraries.toString(), ENGINE.resolve("dev/levin/kernel/cuda/host.h").toString());
        for (String precision : List.of("32-true", "16-mixed", "bf16-true")) {
            double cpu = Double.parseDouble(loss(libraries, "cpu", precision));
            double gpu = Double.parseDouble(loss(libraries, "cuda", precision));
            assertEquals(cpu, gpu, precision.equals("32-true") ? 1e-4 : 5e-3, precision);
        }
    }
}
