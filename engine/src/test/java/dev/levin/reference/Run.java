package dev.levin.reference;

import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.List;
import java.util.Map;

/** Makes leaves from literals and evaluates nodes with the reference backend. */
public final class Run {
    private Run() {
    }

    /** A leaf of any dtype. */
    public static Node leaf(DType dtype, int[] dims, double... values) {
        HostArray h = HostArray.allocate(dtype, values.length);
        for (int i = 0; i < values.length; i++) {
            h.setDouble(i, values[i]);
        }
        return Nodes.input(new Buffer.Host(h), Shape.of(dims));
    }

    /** An F64 vector. */
    public static Node f64(double... values) {
        return leaf(DType.F64, new int[] {values.length}, values);
    }

    /** An I64 vector. */
    public static Node i64(long... values) {
        return Nodes.input(new Buffer.Host(HostArray.wrap(DType.I64, values.clone())), Shape.of(values.length));
    }

    public static int[] dims(int... dims) {
        return dims;
    }

    public static HostArray value(Node n) {
        Canonicalizer.Result r = Canonicalizer.canonicalize(List.of(n), Map.of());
        return new ReferenceBackend().compile(r.program()).run(leaves(r))[0].toHost();
    }

    /** What the slots of a program take. */
    public static Object[] leaves(Canonicalizer.Result r) {
        Object[] leaves = r.leaves().clone();
        for (int i = 0; i < leaves.length; i++) {
            leaves[i] = leaves[i] instanceof Node n ? n.value() : leaves[i];
        }
        return leaves;
    }

    public static double[] doubles(Node n) {
        return Values.doubles(value(n));
    }

    public static long[] longs(Node n) {
        return Values.longs(value(n));
    }
}
