package dev.levin.check;

import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.ScalarArg;
import dev.levin.graph.Variable;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A program with the values its leaves have before the first run. */
public record Sample(Program program, List<Leaf> leaves) {

    /** One slot. {@code kind} is INPUT, VARIABLE or SCALAR; a scalar's value is one F64. */
    public record Leaf(Op kind, DType dtype, Shape shape, HostArray value) {
    }

    static Sample of(Canonicalizer.Result r) {
        List<Leaf> leaves = new ArrayList<>();
        for (Object leaf : r.leaves()) {
            leaves.add(switch (leaf) {
                case Node n -> new Leaf(Op.INPUT, n.dtype(), n.shape(), n.value().toHost());
                case Variable v -> new Leaf(Op.VARIABLE, v.dtype(), v.shape(),
                        v.buffer() == null ? HostArray.allocate(v.dtype(), v.shape().numel()) : v.buffer().toHost());
                case ScalarArg s -> new Leaf(Op.SCALAR, DType.F64, Shape.scalar(), HostArray.wrap(DType.F64, new double[] {s.value()}));
                default -> throw new IllegalArgumentException("not a leaf: " + leaf);
            });
        }
        return new Sample(r.program(), List.copyOf(leaves));
    }

    /** New objects to bind, with copies of the values. */
    Object[] bind(Device device) {
        Object[] bound = new Object[leaves.size()];
        for (int i = 0; i < bound.length; i++) {
            Leaf l = leaves.get(i);
            Buffer value = new Buffer.Host(l.value.copy());
            bound[i] = switch (l.kind) {
                case VARIABLE -> {
                    var v = new Variable("v" + i, Variable.Kind.PARAMETER, l.dtype, l.shape, device);
                    v.store(value);
                    yield v;
                }
                case SCALAR -> new ScalarArg("s" + i, l.value.getDouble(0));
                default -> value;
            };
        }
        return bound;
    }

    /** The program and the first values of each leaf. */
    @Override
    public String toString() {
        StringBuilder b = new StringBuilder(program.toString());
        for (int i = 0; i < leaves.size(); i++) {
            Leaf l = leaves.get(i);
            b.append("slot ").append(i).append(": ").append(l.kind).append(' ').append(l.dtype).append(l.shape).append(" = ");
            int shown = Math.min(l.value.length(), 16);
            double[] first = new double[shown];
            Arrays.setAll(first, l.value::getDouble);
            b.append(Arrays.toString(first)).append(shown < l.value.length() ? " ..." : "").append('\n');
        }
        return b.toString();
    }
}
