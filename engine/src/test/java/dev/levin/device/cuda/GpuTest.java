package dev.levin.device.cuda;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.Backends;
import dev.levin.device.cpu.CpuBackend;
import dev.levin.device.cuda.bind.CudaDevices;
import dev.levin.device.cuda.load.CudaInstallation;
import dev.levin.type.Device;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same on a real GPU. Skipped without one; with {@code -Dgpu.required=true} that is a failure. */
class GpuTest {
    @BeforeEach
    void needsGpu() {
        String problem = CudaInstallation.get().problem();
        if (Boolean.getBoolean("gpu.required")) {
            assertNull(problem, "a GPU is required (-Dgpu.required=true), but " + problem);
        }
        assumeTrue(problem == null, problem);
    }

    private static CudaBackend gpu() {
        return (CudaBackend) Backends.get(Device.cuda(0));
    }

    @Test
    void trainingAgreesWithTheCpu() {
        DeviceBehaviour.close(DeviceBehaviour.train(new CpuBackend(), 8), DeviceBehaviour.train(gpu(), 8), 5e-3);
    }

    @Test
    void capturedStepsGiveTheSameBits() {
        String old = System.setProperty("levin.cuda.capture", "false");
        try (CudaBackend plain = new CudaBackend(CudaDevices.open(Device.cuda(0)))) {
            DeviceBehaviour.sameBits(DeviceBehaviour.train(plain, 12), DeviceBehaviour.train(gpu(), 12));
        } finally {
            if (old == null) {
                System.clearProperty("levin.cuda.capture");
            } else {
                System.setProperty("levin.cuda.capture", old);
            }
        }
    }

    @Test
    void memoryStaysFlatOverTwoThousandSteps() {
        DeviceBehaviour.memoryStaysFlat(gpu(), 2000);
    }
}
