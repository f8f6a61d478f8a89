package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Kernels as text: what g++ makes of them computes the right numbers, and NVRTC takes them for every kind of GPU. */
class CudaCodeTest {
    private static List<String> options(String... more) {
        List<String> all = new ArrayList<>(List.of("-Dlevin.backend=host-cuda", "-Dhost.cuda.optimise=-O0"));
        all.addAll(List.of(more));
        return all;
    }

    /** More by hand: {@code -Dlevin.fuzz.to=5000}. */
    @Test
    void randomProgramsComputeTheSameAsInTheInterpreter() throws Exception {
        String missing = HostCuda.unavailable();
        if (missing != null) {
            System.err.println("SKIPPED random programs as CUDA code: " + missing);
        }
        assumeTrue(missing == null, missing);
        Child.java(Map.of(), options(), OnHostCuda.class, "host", DeviceTask.class.getName(), "fuzz", "1", System.getProperty("levin.fuzz.to", "81"))
                .good().says("all good", "0 programs compiled late");
    }

    /** {@code mvn -Pnvrtc} brings NVRTC, insists on this, and compiles for all architectures. */
    @Test
    void nvrtcCompilesTheKernelsOfTheModels() throws Exception {
        String missing = NvrtcHere.unavailable();
        if (Boolean.getBoolean("nvrtc.required")) {
            assertNull(missing, "NVRTC is required (-Dnvrtc.required=true), but " + missing);
        } else if (missing != null) {
            System.err.println("SKIPPED compiling for GPUs: " + missing);
        }
        assumeTrue(missing == null, missing);
        String capabilities = Boolean.getBoolean("nvrtc.required") ? "75,80,90,100" : "90";
        String path = System.getProperty("levin.cuda.path");
        Child.java(Map.of(), options(path == null ? "-Dno=path" : "-Dlevin.cuda.path=" + path), OnHostCuda.class, "nvrtc:" + capabilities,
                DeviceTask.class.getName(), "models", "images").good().says("all good");
    }
}
