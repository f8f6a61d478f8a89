package dev.levin.check;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.Backend;
import dev.levin.device.BackendProvider;
import dev.levin.device.Backends;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.Device;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Random programs on each device of this machine, for a minute at most and always the same ones. {@code -Dlevin.fuzz.seconds=600 -Dlevin.fuzz.seed=12345}
 * make it longer and start it elsewhere; a failure prints the seed that repeats it and the shrunk program.
 */
class DeviceFuzzTest {
    private static final long SECONDS = Long.getLong("levin.fuzz.seconds", 60);
    /** About what two slow cores manage in a minute. */
    private static final long PROGRAMS = Long.getLong("levin.fuzz.seconds") == null ? 20_000 : Long.MAX_VALUE;
    private static final long SEED = Long.getLong("levin.fuzz.seed", 1);

    @Test
    void theCpuAgreesWithTheReference() {
        fuzz(Device.CPU);
    }

    @Test
    void theGpuAgreesWithTheReference() {
        List<BackendProvider> gpus = Backends.providers().stream().filter(p -> p.kind() == Device.Kind.CUDA).toList();
        assumeTrue(!gpus.isEmpty() && gpus.getFirst().unavailable() == null,
                () -> gpus.isEmpty() ? "no CUDA backend is on the path" : gpus.getFirst().unavailable());
        fuzz(Device.cuda(0));
    }

    private static void fuzz(Device device) {
        Backend backend = Backends.get(device);
        assumeFalse(backend instanceof ReferenceBackend, "only the interpreter serves " + device + "; there is nothing to compare");
        var report = new Fuzzer(() -> backend).run(Duration.ofSeconds(SECONDS), SEED, PROGRAMS, 3, f -> System.err.println(f));
        assertTrue(report.failures().isEmpty(), report::toString);
        assertTrue(report.programs() > SECONDS, () -> "too slow to find anything: " + report);
    }
}
