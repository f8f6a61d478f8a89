package dev.levin.graph;

import java.util.Arrays;

/**
 * What one trace knows of each variable: its leaf and its pending value. An open hash table over dense rows, since every
 * step looks up every variable some times; variables are equal only to themselves.
 *
 * <p>A leaf or value is a node, or the number of a node of the trace that nobody has asked for yet.
 */
final class VariableTable {
    /** No leaf, no value. */
    static final int NONE = Integer.MIN_VALUE;

    private Variable[] variables = new Variable[32];
    private Node[] leaves = new Node[32];
    private int[] leafNumbers = new int[32];
    private long[] versions = new long[32];
    private Node[] values = new Node[32];
    private int[] valueNumbers = new int[32];
    private int[] order = new int[32];
    private int size;
    private int sequence;
    private int pending;
    /** Row + 1 by hash; 0 is free. */
    private int[] rows = new int[128];

    int size() {
        return size;
    }

    Variable variable(int row) {
        return variables[row];
    }

    private int place(Variable v) {
        int mask = rows.length - 1;
        int at = System.identityHashCode(v) * 0x9E3779B9 >>> 8 & mask;
        while (rows[at] != 0 && variables[rows[at] - 1] != v) {
            at = at + 1 & mask;
        }
        return at;
    }

    /** The variable's row, or -1. */
    int find(Variable v) {
        return rows[place(v)] - 1;
    }

    /** The variable's row, made if need be. */
    int row(Variable v) {
        int at = place(v);
        if (rows[at] != 0) {
            return rows[at] - 1;
        }
        if (size == variables.length) {
            grow();
            at = place(v);
        }
        int row = size++;
        rows[at] = row + 1;
        variables[row] = v;
        leafNumbers[row] = NONE;
        valueNumbers[row] = NONE;
        versions[row] = -1;
        return row;
    }

    private void grow() {
        int n = 2 * variables.length;
        variables = Arrays.copyOf(variables, n);
        leaves = Arrays.copyOf(leaves, n);
        leafNumbers = Arrays.copyOf(leafNumbers, n);
        versions = Arrays.copyOf(versions, n);
        values = Arrays.copyOf(values, n);
        valueNumbers = Arrays.copyOf(valueNumbers, n);
        order = Arrays.copyOf(order, n);
        rows = new int[4 * n];
        for (int r = 0; r < size; r++) {
            rows[place(variables[r])] = r + 1;
        }
    }

    // ---- leaves -------------------------------------------------------------------------------------------------------

    boolean hasLeaf(int row) {
        return leafNumbers[row] != NONE;
    }

    /** Null if there is none, or nobody has asked for it yet. */
    Node leaf(int row) {
        return leaves[row];
    }

    int leafNumber(int row) {
        return leafNumbers[row];
    }

    /** The version that a leaf that is the stored value was made for; -1 for other leaves. */
    long version(int row) {
        return versions[row];
    }

    void setLeaf(int row, Node leaf, int number, long version) {
        leaves[row] = leaf;
        leafNumbers[row] = number;
        versions[row] = version;
    }

    // ---- pending values -----------------------------------------------------------------------------------------------

    boolean hasAssigned() {
        return pending > 0;
    }

    boolean isAssigned(int row) {
        return valueNumbers[row] != NONE;
    }

    Node value(int row) {
        return values[row];
    }

    int valueNumber(int row) {
        return valueNumbers[row];
    }

    /** Replacing a value keeps its place in the order of assignments. */
    void assign(int row, Node value, int number) {
        if (valueNumbers[row] == NONE) {
            order[row] = sequence++;
            pending++;
        }
        values[row] = value;
        valueNumbers[row] = number;
    }

    void unassign(int row) {
        pending -= isAssigned(row) ? 1 : 0;
        values[row] = null;
        valueNumbers[row] = NONE;
    }

    /** The rows of assigned variables, in the order of assignment. */
    int[] assigned() {
        long[] keys = new long[pending];
        int n = 0;
        for (int r = 0; r < size; r++) {
            if (isAssigned(r)) {
                keys[n++] = (long) order[r] << 32 | r;
            }
        }
        Arrays.sort(keys, 0, n);
        int[] all = new int[n];
        for (int k = 0; k < n; k++) {
            all[k] = (int) keys[k];
        }
        return all;
    }

    void clear() {
        if (size > 0) {
            Arrays.fill(variables, 0, size, null);
            Arrays.fill(leaves, 0, size, null);
            Arrays.fill(values, 0, size, null);
            Arrays.fill(rows, 0);
            size = 0;
        }
        sequence = 0;
        pending = 0;
    }
}
