package dev.levin.device.cuda.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.cuda.load.DriverProbe.Gpu;
import dev.levin.device.cuda.load.DriverProbe.Outcome;
import dev.levin.device.cuda.load.DriverProbe.Result;
import dev.levin.device.cuda.load.LibrarySearch.Library;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InstallationTest {
    @TempDir
    private Path root;

    private Path file(String path) throws IOException {
        Path p = root.resolve(path);
        Files.createDirectories(p.getParent());
        return Files.writeString(p, "x");
    }

    private LibrarySearch.Found search(Map<String, String> environment, String first) {
        return LibrarySearch.search(environment::get, first, root.resolve("home").toString(), root);
    }

    @Test
    void librariesAreFoundWherePipPutsThem() throws IOException {
        Path cudnn = file("home/.local/lib/python3.12/site-packages/nvidia/cudnn/lib/libcudnn_graph.so.9");
        Path cublas = file("usr/local/lib/python3.11/dist-packages/nvidia/cu13/lib/libcublasLt.so.13");
        var found = search(Map.of(), "");
        assertEquals(cudnn, found.of(Library.CUDNN_GRAPH));
        assertEquals(cublas, found.of(Library.CUBLAS_LT));
        assertFalse(found.hasCudnn());
        assertTrue(found.missing().contains(Library.CUDART));
    }

    @Test
    void theToolkitComesBeforePipAndAFolderNamedByThePropertyBeforeBoth() throws IOException {
        file("home/.local/lib/python3.12/site-packages/nvidia/cu13/lib/libcudart.so.13");
        Path toolkit = file("usr/local/cuda-13.0/lib64/libcudart.so.13");
        assertEquals(toolkit, search(Map.of(), "").of(Library.CUDART));
        Path own = file("mine/libcudart.so.13");
        assertEquals(own, search(Map.of(), own.getParent().toString()).of(Library.CUDART));
        Path venv = file("venv/lib/python3.13/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc-builtins.so.13.0");
        assertEquals(venv, search(Map.of("VIRTUAL_ENV", root.resolve("venv").toString()), "").of(Library.NVRTC_BUILTINS));
        Path path = file("ld/libnccl.so.2");
        assertEquals(path, search(Map.of("LD_LIBRARY_PATH", "/nowhere:" + path.getParent()), "").of(Library.NCCL));
    }

    @ParameterizedTest
    @EnumSource(Outcome.class)
    void everyOutcomeOfTheProbeSaysWhatToDo(Outcome outcome) {
        var gpu = new Gpu("GPU", 90, 1L << 30, 100);
        String old = CudaInstallation.driverProblem(new Result(outcome, 0, 12080, "libcuda.so.1", List.of(gpu), "words of the driver"));
        assertNotNull(old);
        assertTrue(old.length() > 30 && !old.endsWith(".") && !old.contains("null"), old);
        String good = CudaInstallation.driverProblem(new Result(outcome, 0, 13000, "libcuda.so.1", List.of(gpu), "words of the driver"));
        assertEquals(outcome == Outcome.OK, good == null);
    }

    @Test
    void aTooOldGpuIsNamed() {
        var gpu = new Gpu("Old One", 70, 1L << 30, 80);
        assertTrue(CudaInstallation.driverProblem(new Result(Outcome.OK, 0, 13000, "l", List.of(gpu), "")).contains("Old One"));
    }

    @Test
    void aMachineWithDriverButWithoutLibrariesIsToldWhatToInstall() {
        var gpu = new Gpu("GPU", 90, 1L << 30, 100);
        var i = new CudaInstallation(new Result(Outcome.OK, 0, 13000, "libcuda.so.1", List.of(gpu), ""), search(Map.of(), ""));
        assertTrue(i.problem().contains("pip install") && i.problem().contains("libcublasLt.so.13"), i.problem());
        assertFalse(i.usesCudnn());
    }

    @Test
    void theProbeOfThisMachineAgreesWithItself() {
        CudaInstallation i = CudaInstallation.get();
        if (i.driver().outcome() == Outcome.OK && i.problem() == null) {
            assertTrue(i.version(Library.CUDART) >= 13000);
        } else {
            assertNotNull(i.problem());
        }
        System.setProperty(DriverProbe.DISABLE_PROPERTY, "true");
        try {
            assertEquals(Outcome.DISABLED, DriverProbe.probe().outcome());
        } finally {
            System.clearProperty(DriverProbe.DISABLE_PROPERTY);
        }
        assertNull(DriverProbe.probe().outcome() == Outcome.NO_DRIVER ? DriverProbe.probe().library() : null);
    }
}
