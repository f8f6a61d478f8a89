package dev.levin.device.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ThreadChoiceTest {
    private long now = 1_000_000_000;

    /** Runs that take so long in a team and alone; how many of the last 1,000 were alone. */
    private int alone(ThreadChoice c, int runs, long team, long single) {
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
        for (int k = 0; k < 3000; k++) {
            assertFalse(c.next(now), "run " + k);
            now += 20_000_000;
        }
    }

    @Test
    void aPauseSpoilsOneWindowOnly() {
        var c = new ThreadChoice();
        boolean a = false;
        for (int k = 0; k < 400; k++) {
            a = c.next(now);
            now += a ? 50_000 : 80_000;
            now += k == 90 ? 50_000_000 : 0;
        }
        assertTrue(a);
    }

    @Test
    void aTrialNowAndThenCostsNextToNothing() {
        var c = new ThreadChoice();
        alone(c, 5000, 100_000, 200_000);
        int other = 0;
        for (int k = 0; k < 100; k++) {
            other += alone(c, 1000, 100_000, 200_000);
        }
        assertTrue(other > 0, "no trial at all in 100,000 runs");
        assertEquals(0, other, 1000, "one in a hundred");
    }

    @Test
    void aBusyProcessorAtTheStartDecidesNothingForGood() {
        var c = new ThreadChoice();
        // while the compiler takes one processor, a team is slow
        assertEquals(1000, alone(c, 3000, 1_300_000, 900_000), 40);
        alone(c, 1200, 800_000, 1_250_000);
        assertEquals(0, alone(c, 1000, 800_000, 1_250_000), 40, "still alone a second after it");
    }

    @Test
    void oneDisturbedTrialChangesNothing() {
        var random = new Random(5);
        var c = new ThreadChoice();
        int wrong = 0;
        for (int k = 0; k < 100_000; k++) {
            boolean a = c.next(now);
            // one run in 64 is disturbed for long enough to spoil a window, not for a pause
            boolean disturbed = random.nextInt(64) == 0;
            now += (a ? 130_000 : 100_000) + (disturbed ? 300_000 : 0);
            wrong += k > 1000 && a ? 1 : 0;
        }
        assertEquals(0, wrong, 5000);
    }
}
