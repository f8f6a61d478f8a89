package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A sum of many products is one product over joined operands: {@code A1 B1 + A2 B2 + ... = [A1 A2 ...] [B1; B2; ...]}.
 * A sum of many reductions is one reduction likewise. The gradient of a weight that each step of a sequence uses is
 * then one call, and the partial gradients are never stored.
 */
final class JoinedSums {
    /** Fewer than this are left as they are. */
    private static final int MIN_TERMS = 4;
    private static final long[] SWAP = {0, 2, 1};

    private final Program program;
    private final int[] uses;
    private final ProgramBuilder out = new ProgramBuilder();
    private final int[] to;
    private boolean changes;
    /** The place of each value in what the program joins anyway, by the values joined. */
    private final Map<Set<Integer>, Map<Integer, Integer>> joined = new HashMap<>();

    /** Terms with equal keys can be joined. */
    private record Key(Op op, DType dtype, Shape shape, List<Long> attr, Shape rest, boolean turnedA, boolean turnedB) {
    }

    private JoinedSums(Program program) {
        this.program = program;
        to = new int[program.size()];
        uses = new int[program.size()];
        for (int i = 0; i < uses.length; i++) {
            for (int k : program.instr(i).inputs()) {
                uses[k]++;
            }
        }
        for (int o : program.outputs()) {
            uses[o]++;
        }
        for (Program.Assign a : program.assigns()) {
            uses[a.value()]++;
        }
        for (int i = 0; i < uses.length; i++) {
            Instr in = program.instr(i);
            if (in.op() == Op.CONCAT && in.inputs().length >= MIN_TERMS) {
                Map<Integer, Integer> place = new HashMap<>();
                for (int k : in.inputs()) {
                    place.putIfAbsent(stripped(k), place.size());
                }
                joined.putIfAbsent(Set.copyOf(place.keySet()), place);
            }
        }
    }

    private int stripped(int i) {
        while (program.instr(i).op() == Op.RESHAPE) {
            i = program.instr(i).inputs()[0];
        }
        return i;
    }

    /** The terms in the order in which the program joins one of their operands already; it need not be joined again then. */
    private List<Integer> arranged(List<Integer> terms) {
        int operands = program.instr(source(terms.getFirst())).inputs().length;
        for (int k = 0; k < operands; k++) {
            Map<Integer, Integer> of = new HashMap<>();
            for (int t : terms) {
                of.put(t, stripped(straight(program.instr(source(t)).inputs()[k])));
            }
            Map<Integer, Integer> place = joined.get(new HashSet<>(of.values()));
            if (place != null && place.size() == terms.size()) {
                return terms.stream().sorted(Comparator.comparingInt(t -> place.get(of.get(t)))).toList();
            }
        }
        return terms;
    }

    /** What a transposed operand is the transpose of. */
    private int straight(int i) {
        return isTurned(i) ? program.instr(i).inputs()[0] : i;
    }

    /** The same program where there is nothing to join. */
    static Program rewrite(Program program) {
        JoinedSums pass = new JoinedSums(program);
        Program joined = pass.run();
        return pass.changes ? joined : program;
    }

    private Program run() {
        boolean[] inner = innerSums();
        for (int i = 0; i < to.length; i++) {
            Instr in = program.instr(i);
            int joined = isSum(in) && !inner[i] ? join(i) : -1;
            changes |= joined >= 0;
            to[i] = joined >= 0 ? joined : out.add(in.withInputs(Arrays.stream(in.inputs()).map(k -> to[k]).toArray()));
        }
        return out.build(program.leafCount(), Arrays.stream(program.outputs()).map(o -> to[o]).toArray(),
                Arrays.stream(program.assigns()).map(a -> new Program.Assign(a.slot(), to[a.value()])).toArray(Program.Assign[]::new));
    }

    private static boolean isSum(Instr in) {
        return in.op() == Op.ADD && in.dtype().isFloat();
    }

    /** Sums that only another sum reads. */
    private boolean[] innerSums() {
        boolean[] inner = new boolean[to.length];
        for (int i = 0; i < to.length; i++) {
            if (isSum(program.instr(i))) {
                for (int k : program.instr(i).inputs()) {
                    inner[k] |= isSum(program.instr(k)) && uses[k] == 1;
                }
            }
        }
        return inner;
    }

    /** The rewritten sum, or -1 if too few of its terms can be joined. */
    private int join(int root) {
        List<Integer> terms = new ArrayList<>();
        List<Integer> todo = new ArrayList<>(List.of(root));
        while (!todo.isEmpty()) {
            int i = todo.removeLast();
            if (i == root || isSum(program.instr(i)) && uses[i] == 1) {
                todo.add(program.instr(i).inputs()[1]);
                todo.add(program.instr(i).inputs()[0]);
            } else {
                terms.add(i);
            }
        }
        Map<Key, List<Integer>> alike = new LinkedHashMap<>();
        for (int t : terms) {
            Key key = key(t);
            if (key != null) {
                alike.computeIfAbsent(key, k -> new ArrayList<>()).add(t);
            }
        }
        alike.values().removeIf(l -> l.size() < MIN_TERMS);
        if (alike.isEmpty()) {
            return -1;
        }
        Instr like = program.instr(root);
        List<Integer> sum = new ArrayList<>();
        alike.forEach((key, list) -> {
            terms.removeAll(list);
            List<Integer> inOrder = arranged(list);
            int value = key.op == Op.MATMUL ? product(key, inOrder) : reduction(inOrder);
            sum.add(out.get(value).shape().equals(like.shape()) ? value
                    : out.add(Op.RESHAPE, new long[0], like.dtype(), like.shape(), like, value));
        });
        terms.forEach(t -> sum.add(to[t]));
        int total = sum.getFirst();
        for (int value : sum.subList(1, sum.size())) {
            total = out.add(Op.ADD, new long[0], like.dtype(), like.shape(), like, total, value);
        }
        return total;
    }

    /** The product or reduction that a term is, through reshapes; -1 where something else reads it too. */
    private int source(int term) {
        int at = term;
        while (uses[at] == 1 && program.instr(at).op() == Op.RESHAPE) {
            at = program.instr(at).inputs()[0];
        }
        return uses[at] == 1 ? at : -1;
    }

    private Key key(int term) {
        int at = source(term);
        if (at < 0) {
            return null;
        }
        Instr in = program.instr(at);
        if (in.op() == Op.SUM) {
            Shape x = program.instr(in.inputs()[0]).shape();
            int axis = in.attr(0);
            return x.numel() == 0 ? null
                    : new Key(in.op(), in.dtype(), in.shape(), Arrays.stream(in.attr()).boxed().toList(), x.with(axis, 1), false, false);
        }
        if (in.op() != Op.MATMUL || in.shape().dim(0) != 1 || in.shape().numel() == 0) {
            return null;
        }
        long m = in.shape().dim(1);
        long n = in.shape().dim(2);
        long k = program.instr(in.inputs()[0]).shape().dim(2);
        // Copying the operands must cost less than adding the products.
        return k == 0 || k * (m + n) > 2 * m * n ? null : new Key(in.op(), in.dtype(), in.shape(), List.of(), in.shape(),
                isTurned(in.inputs()[0]), isTurned(in.inputs()[1]));
    }

    private boolean isTurned(int i) {
        Instr in = program.instr(i);
        return in.op() == Op.PERMUTE && Arrays.equals(in.attr(), SWAP);
    }

    private int product(Key key, List<Integer> terms) {
        Instr like = program.instr(source(terms.getFirst()));
        int a = operand(key.turnedA, 0, 2, terms);
        int b = operand(key.turnedB, 1, 1, terms);
        return out.add(Op.MATMUL, new long[0], like.dtype(), like.shape(), like, a, b);
    }

    /** Operand {@code k} of all terms, joined along {@code axis}; transposed ones are joined as they were before. */
    private int operand(boolean turned, int k, int axis, List<Integer> terms) {
        Instr like = program.instr(source(terms.getFirst()));
        List<Integer> parts = new ArrayList<>();
        for (int t : terms) {
            int x = program.instr(source(t)).inputs()[k];
            parts.add(turned ? program.instr(x).inputs()[0] : x);
        }
        int joined = concat(like, parts, turned ? 3 - axis : axis);
        if (!turned) {
            return joined;
        }
        Shape s = out.get(joined).shape();
        return out.add(Op.PERMUTE, SWAP, like.dtype(), Shape.of(s.dim(0), s.dim(2), s.dim(1)), like, joined);
    }

    private int reduction(List<Integer> terms) {
        Instr like = program.instr(source(terms.getFirst()));
        int joined = concat(like, terms.stream().map(t -> program.instr(source(t)).inputs()[0]).toList(), like.attr(0));
        return out.add(Op.SUM, like.attr(), like.dtype(), like.shape(), like, joined);
    }

    private int concat(Instr like, List<Integer> parts, int axis) {
        int extent = 0;
        for (int p : parts) {
            extent += program.instr(p).shape().dim(axis);
        }
        Instr first = program.instr(parts.getFirst());
        return out.add(Op.CONCAT, new long[] {axis}, first.dtype(), first.shape().with(axis, extent), like,
                parts.stream().mapToInt(p -> to[p]).toArray());
    }
}
