package dev.levin.graph;

/** Numbers of nodes: an open hash table, since every step looks up every node some times. Nodes are equal only to themselves. */
final class NodeNumbers {
    private Node[] nodes = new Node[1024];
    private int[] numbers = new int[1024];
    private int size;

    private int place(Node n) {
        int mask = nodes.length - 1;
        int at = (int) (n.id() * 0x9E3779B97F4A7C15L >>> 32) & mask;
        while (nodes[at] != null && nodes[at] != n) {
            at = at + 1 & mask;
        }
        return at;
    }

    /** False if the node has a number already, which it keeps. */
    boolean put(Node n, int number) {
        int at = place(n);
        if (nodes[at] != null) {
            return false;
        }
        nodes[at] = n;
        numbers[at] = number;
        if (2 * ++size > nodes.length) {
            grow();
        }
        return true;
    }

    private void grow() {
        Node[] oldNodes = nodes;
        int[] oldNumbers = numbers;
        nodes = new Node[4 * oldNodes.length];
        numbers = new int[nodes.length];
        for (int k = 0; k < oldNodes.length; k++) {
            if (oldNodes[k] != null) {
                int at = place(oldNodes[k]);
                nodes[at] = oldNodes[k];
                numbers[at] = oldNumbers[k];
            }
        }
    }

    /** The number of a node that has one. */
    int get(Node n) {
        int at = place(n);
        if (nodes[at] == null) {
            throw new IllegalStateException("node " + n + " is not part of the program");
        }
        return numbers[at];
    }

    /** Gives a node that has a number another one. */
    void replace(Node n, int number) {
        numbers[place(n)] = number;
    }
}
