package dev.levin.kernel;

import dev.levin.type.DType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What one fused kernel computes: an SSA program over {@code outerRank + reduceRank} axes, outer axes first.
 *
 * <p>{@code Reduce} values split the program into stages: {@link #level(int)} of a value is the number of reductions on the
 * longest way to it, so a level-2 value (softmax's quotient) needs two complete passes over the reduced axes. Stages are
 * implied, not listed.
 *
 * <p>A buffer that is both loaded and stored is updated in place: every load of it must use the index map of the store,
 * and an emitter must finish all loads of an element before storing it. Different buffers never overlap. Records compare
 * by value; two equal specs may share generated code.
 *
 * @param buffers dtype of each pointer argument
 * @param accesses structure of each access of the {@link Geometry}
 */
public record KernelSpec(int outerRank, int reduceRank, List<DType> buffers, List<AccessShape> accesses,
        List<Value> values, List<Store> stores) {
    public KernelSpec {
        buffers = List.copyOf(buffers);
        accesses = List.copyOf(accesses);
        values = List.copyOf(values);
        stores = List.copyOf(stores);
    }

    public int rank() {
        return outerRank + reduceRank;
    }

    public boolean isReduced(int axis) {
        return axis >= outerRank;
    }

    public boolean hasReduction() {
        return values.stream().anyMatch(Value.Reduce.class::isInstance);
    }

    /** For each value the number of reductions on the longest path that leads to it. */
    public int[] levels() {
        int[] level = new int[values.size()];
        for (int v = 0; v < level.length; v++) {
            for (int o : values.get(v).operands()) {
                level[v] = Math.max(level[v], level[o]);
            }
            if (values.get(v) instanceof Value.Reduce) {
                level[v]++;
            }
        }
        return level;
    }

    /** Level of one value, see {@link #levels()}. */
    public int level(int value) {
        return levels()[value];
    }

    /** A name for profilers: {@code f_exp_sum_div_1a2b3c4d}; the digits are a hash of the whole spec. */
    public String name() {
        Set<String> ops = new LinkedHashSet<>();
        for (Value v : values) {
            switch (v) {
                case Value.Compute c -> ops.add(c.op().toString());
                case Value.Reduce r -> ops.add(r.op().toString());
                case Value.Random r -> ops.add("philox");
                default -> { }
            }
        }
        if (ops.isEmpty()) {
            ops.add("copy");
        }
        String joined = String.join("_", ops);
        if (joined.length() > 40) {
            joined = joined.substring(0, joined.lastIndexOf('_', 40) > 0 ? joined.lastIndexOf('_', 40) : 40);
        }
        // String hashes are the same in every process, record hashes of enums are not
        return "f_" + joined + "_" + String.format("%08x", print(null).hashCode());
    }

    String print(Geometry g) {
        var s = new StringBuilder("kernel(");
        for (int b = 0; b < buffers.size(); b++) {
            s.append(b == 0 ? "" : ", ").append("b").append(b).append(":").append(buffers.get(b).name().toLowerCase(Locale.ROOT));
        }
        s.append(") outer ").append(outerRank).append(" reduced ").append(reduceRank);
        if (g != null) {
            s.append(" extents ").append(g.extents());
        }
        for (int a = 0; a < accesses.size(); a++) {
            s.append("\n  @").append(a).append(" = ").append(g == null ? accesses.get(a) : g.accesses().get(a));
        }
        for (int v = 0; v < values.size(); v++) {
            s.append("\n  v").append(v).append(" = ").append(values.get(v)).append(" :")
                    .append(values.get(v).dtype().name().toLowerCase(Locale.ROOT));
        }
        for (Store store : stores) {
            s.append("\n  ").append(store);
        }
        return s.toString();
    }

    /** The program without numbers, one line for each access, value and store. */
    @Override
    public String toString() {
        return print(null);
    }
}
