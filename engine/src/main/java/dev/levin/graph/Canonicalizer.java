package dev.levin.graph;

import dev.levin.type.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns roots (values to come back, variables to assign) into a {@link Program} and the leaves to bind to it.
 *
 * <p>Nodes keep the order in which they were made; barriers disappear. Iterative, linear but for one sort.
 */
public final class Canonicalizer {

    /** A program with the leaf of each slot: a realised {@link Node}, a {@link Variable} or a {@link ScalarArg}. */
    public record Result(Program program, Object[] leaves, Device device) {
    }

    /** Bits for the number of a node among those of one program, below its id. */
    private static final int PLACE_BITS = 24;

    private final NodeNumbers numbers = new NodeNumbers();
    private final Map<Object, Integer> slots = new IdentityHashMap<>();
    private final List<Object> leaves = new ArrayList<>();
    private final List<Program.Instr> instrs = new ArrayList<>();
    private Device device;

    private Canonicalizer() {
    }

    /**
     * @param outputs values to compute
     * @param assigns variables to store, in order
     * @throws StaleTensorException when a root depends on a value that is lost
     */
    public static Result canonicalize(List<Node> outputs, Map<Variable, Node> assigns) {
        return new Canonicalizer().run(outputs, assigns);
    }

    private Result run(List<Node> outputs, Map<Variable, Node> assigns) {
        List<Node> roots = new ArrayList<>(outputs);
        roots.addAll(assigns.values());
        for (Node n : collect(roots)) {
            emit(n);
        }
        int[] outs = new int[outputs.size()];
        for (int k = 0; k < outs.length; k++) {
            outs[k] = numbers.get(skip(outputs.get(k)));
        }
        Program.Assign[] stores = new Program.Assign[assigns.size()];
        int i = 0;
        for (Map.Entry<Variable, Node> e : assigns.entrySet()) {
            place(e.getKey().device());
            stores[i++] = new Program.Assign(slot(e.getKey()), numbers.get(skip(e.getValue())));
        }
        return new Result(new Program(instrs.toArray(Program.Instr[]::new), leaves.size(), outs, stores), leaves.toArray(),
                device == null ? Device.CPU : device);
    }

    /** Barriers have no meaning in a program. */
    private static Node skip(Node n) {
        while (!n.isRealised() && (n.op() == Op.DETACH || n.op() == Op.CUSTOM) && n.inputs().length > 0) {
            n = n.input(0);
        }
        return n;
    }

    /** All nodes the roots need, in the order in which they were made; {@link #numbers} then has their places. */
    private Node[] collect(List<Node> roots) {
        List<Node> found = new ArrayList<>();
        ArrayList<Node> stack = new ArrayList<>();
        for (Node r : roots) {
            stack.add(skip(r));
        }
        while (!stack.isEmpty()) {
            Node n = stack.removeLast();
            if (!numbers.put(n, found.size())) {
                continue;
            }
            if (n.isStale()) {
                throw new StaleTensorException(n);
            }
            found.add(n);
            if (!n.isRealised()) {
                for (Node in : n.inputs()) {
                    stack.add(skip(in));
                }
            }
        }
        // ids of nodes that several threads made may be equal; then the order in which they were found decides
        long[] order = new long[found.size()];
        for (int k = 0; k < order.length; k++) {
            order[k] = found.get(k).id() << PLACE_BITS | k;
        }
        Arrays.sort(order);
        Node[] nodes = new Node[order.length];
        for (int k = 0; k < order.length; k++) {
            nodes[k] = found.get((int) order[k] & (1 << PLACE_BITS) - 1);
            numbers.replace(nodes[k], k);
        }
        return nodes;
    }

    private void emit(Node n) {
        Op op = n.isRealised() ? Op.INPUT : n.op();
        long[] attr = n.attr();
        int[] inputs;
        if (op == Op.INPUT) {
            place(n.device());
            attr = new long[] {slot(n)};
            inputs = new int[0];
        } else if (op == Op.VARIABLE) {
            Variable v = (Variable) n.payload();
            if (v.version() != n.attr()[0]) {
                throw new StaleTensorException(n, v);
            }
            place(v.device());
            attr = new long[] {slot(v)};
            inputs = new int[0];
        } else if (op == Op.SCALAR) {
            attr = new long[] {slot(n.payload())};
            inputs = new int[0];
        } else {
            Node[] in = n.inputs();
            inputs = new int[in.length];
            for (int i = 0; i < in.length; i++) {
                inputs[i] = numbers.get(skip(in[i]));
            }
        }
        instrs.add(new Program.Instr(op, attr, n.dtype(), n.shape(), inputs, n.path(), n.origin()));
    }

    private int slot(Object leaf) {
        return slots.computeIfAbsent(leaf, l -> {
            leaves.add(l);
            return leaves.size() - 1;
        });
    }

    private void place(Device d) {
        if (d != null && device != null && !d.equals(device)) {
            throw new IllegalArgumentException("one step can't compute on both " + device + " and " + d
                    + "; move tensors and modules to one device with to(...)");
        }
        device = d == null ? device : d;
    }
}
