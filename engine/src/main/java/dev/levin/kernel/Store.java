package dev.levin.kernel;

/**
 * Writes a value to a buffer, rounding once to the buffer's dtype.
 *
 * @param buffer argument position
 * @param access where; must address each element at most once, has no bounds and no picks
 * @param value position of the value
 * @param outer true to store once for each outer element (the access then has no term on a reduced axis), false to store
 *     for every position of the whole domain
 */
public record Store(int buffer, int access, int value, boolean outer) {
    @Override
    public String toString() {
        return "store" + (outer ? " outer" : "") + " b" + buffer + " @" + access + " v" + value;
    }
}
