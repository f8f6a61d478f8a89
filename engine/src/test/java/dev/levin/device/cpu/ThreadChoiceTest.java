package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ThreadChoiceTest {
    /** Runs that take so long in a team and alone; how many of the last 1,000 were alone. */
    private static int alone(ThreadChoice c, int runs, long team, long single) {
        long now = 1_000_000_000;
        int count = 0;
        for (int k = 0; k < runs; k++) {
            boolean a = c.next(now);
            now += a ? single : team;
            count += a && k >= runs - 1000 ? 1 : 0;
        }
        return count;
    }

    @Test
    void theFasterWayIsTakenAfterATrial() {
        // trials take a few runs the other way
        assertEquals(1000, alone(new ThreadChoice(), 5000, 100_000, 60_000), 40);
        assertEquals(0, alone(new ThreadChoice(), 5000, 60_000, 100_000), 40);
        assertEquals(0, alone(new ThreadChoice(), 5000, 100_000, 99_000), 40, "hardly faster");
    }

    @Test
    void aChoiceIsReconsidered() {
        var c = new ThreadChoice();
        assertEquals(1000, alone(c, 5000, 100_000, 60_000), 40);
        assertEquals(0, alone(c, 5000, 60_000, 100_000), 40);
    }

    @Test
    void aPlanThatTakesLongRunsAloneNotEvenForATrial() {
        var c = new ThreadChoice();
        long now = 0;
        for (int k = 0; k < 3000; k++) {
            assertFalse(c.next(now), "run " + k);
            now += 20_000_000;
        }
    }

    @Test
    void aPauseSpoilsOneWindowOnly() {
        var c = new ThreadChoice();
        long now = 0;
        boolean a = false;
        for (int k = 0; k < 400; k++) {
            a = c.next(now);
            now += a ? 50_000 : 80_000;
            now += k == 90 ? 50_000_000 : 0;
        }
        assertTrue(a);
    }
}
