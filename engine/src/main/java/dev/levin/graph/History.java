package dev.levin.graph;

/**
 * What steps of one name have recorded in one thread. A name whose steps never repeat rests for a while between attempts,
 * so that it does not pay for being remembered.
 */
final class History {
    private static final int MOST_EVENTS = 1 << 16;
    private static final int PATIENCE = 32;
    private static final int REST = 256;

    private Event root = new Event();
    private int size;
    private int strangers;
    private int resting;

    /** Where a new step begins; null while the name rests. */
    Event begin() {
        if (resting > 0) {
            resting--;
            return null;
        }
        if (size > MOST_EVENTS) {
            forget();
        }
        return root;
    }

    private void forget() {
        root = new Event();
        size = 0;
    }

    /** Another event; false if a single step is too long to be remembered. */
    boolean grow() {
        return ++size <= 2 * MOST_EVENTS;
    }

    /** A step closed; {@code known} if it was recorded before. */
    void closed(boolean known) {
        strangers = known ? 0 : strangers + 1;
        if (strangers >= PATIENCE) {
            strangers = 0;
            resting = REST;
            forget();
        }
    }
}
