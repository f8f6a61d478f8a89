package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.cpu.dnnl.ConvSpec;
import dev.levin.kernel.x64.Cpu;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConvolutionsTest {
    private static final ConvSpec SPEC = ConvSpec.of(16, 32, 32, List.of(4L, 4L), 3, 1, 1);

    @Test
    void machineCodeIsThereWithAvx512AndMadeOnceAShape() {
        try (var team = new Team(1)) {
            var c = new Convolutions(team, Convolutions.Mode.MACHINE);
            assertEquals(Cpu.avx512(), c.forward(SPEC, true, false).isPresent());
            assertEquals(Cpu.avx512(), c.backwardData(SPEC).isPresent());
            assertEquals(Cpu.avx512(), c.backwardWeights(SPEC).isPresent());
            assertSame(c.backwardData(SPEC).orElse(null), c.backwardData(ConvSpec.of(16, 32, 32, List.of(4L, 4L), 3, 1, 1)).orElse(null));
        }
    }

    @Test
    void theLibraryCanBeAskedFor() {
        try (var team = new Team(1)) {
            var c = new Convolutions(team, Convolutions.Mode.LIBRARY);
            assertTrue(c.forward(SPEC, false, false).isEmpty());
            assertTrue(c.backwardData(SPEC).isEmpty());
            assertTrue(c.backwardWeights(SPEC).isEmpty());
        }
    }
}
