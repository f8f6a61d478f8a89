package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RehearsalTest {
    @Test
    void itGoesThroughPlanningAndCompiling() {
        long kernels = Rehearsal.run();
        assertTrue(kernels >= 2, kernels + " kernels");
    }
}
