package dev.levin.kernel;

import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes down one kernel. Every method that adds a value returns its number, to be used as an operand; equal values and
 * accesses are shared. {@link #build} checks the whole and canonicalises the axes.
 *
 * <pre>{@code
 * var k = new KernelBuilder(new long[] {64}, new long[] {1000});        // log-sum-exp of the rows of x[64, 1000]
 * int x = k.load(k.buffer(DType.F32), Access.affine(0, 1000, 1));
 * int max = k.reduce(ReduceOp.MAX, x);
 * int sum = k.reduce(ReduceOp.SUM, k.compute(ScalarOp.EXP, k.compute(ScalarOp.SUB, x, max)));
 * k.storeOuter(k.buffer(DType.F32), Access.affine(0, 1), k.compute(ScalarOp.ADD, max, k.compute(ScalarOp.LOG, sum)));
 * Kernel kernel = k.build();
 * }</pre>
 */
public final class KernelBuilder {
    private final int outerRank;
    private final List<Long> extents = new ArrayList<>();
    private final List<DType> buffers = new ArrayList<>();
    private final Map<Access, Integer> accesses = new LinkedHashMap<>();
    private final List<Value> values = new ArrayList<>();
    private final Map<Value, Integer> known = new HashMap<>();
    private final List<Store> stores = new ArrayList<>();

    /** A kernel over the given axes; {@code reduced} is empty for a pointwise kernel. */
    public KernelBuilder(long[] outer, long[] reduced) {
        outerRank = outer.length;
        for (long[] part : new long[][] {outer, reduced}) {
            for (long e : part) {
                if (e < 0) {
                    throw new IllegalArgumentException("a kernel axis can't have extent " + e + " in outer "
                            + Arrays.toString(outer) + ", reduced " + Arrays.toString(reduced));
                }
                extents.add(e);
            }
        }
    }

    /** A pointwise kernel. */
    public KernelBuilder(long... outer) {
        this(outer, new long[0]);
    }

    /** Adds a pointer argument. */
    public int buffer(DType dtype) {
        buffers.add(dtype);
        return buffers.size() - 1;
    }

    public int constant(DType dtype, double value) {
        return add(Value.Const.of(dtype, value));
    }

    /** An integer or BOOL literal of up to 64 bits. */
    public int constant(DType dtype, long value) {
        return add(dtype.isFloat() ? Value.Const.of(dtype, value) : new Value.Const(dtype, value));
    }

    public int uniform(DType dtype, int slot) {
        return add(new Value.Uniform(dtype, slot));
    }

    /** The index of one axis (IOTA). */
    public int iota(DType dtype, int axis) {
        return index(dtype, new IndexMap(0, List.of(Term.of(axis, 1))));
    }

    /** The value of an index map; dtype I32 or I64. */
    public int index(DType dtype, IndexMap map) {
        if (dtype != DType.I64 && dtype != DType.I32) {
            throw new IllegalArgumentException("an index is I32 or I64, not " + dtype + "; cast it");
        }
        return add(new Value.Index(dtype, access(Access.of(map))));
    }

    /** Random bits, see {@link Value.Random}; {@code state} is an I64 buffer holding seed and step. */
    public int random(int state, int ordinal, IndexMap element) {
        return add(new Value.Random(state, ordinal, access(Access.of(element))));
    }

    /** A load that is inside its buffer everywhere, or padded with zero where a bound does not hold. */
    public int load(int buffer, Access access) {
        return load(buffer, access, 0);
    }

    /** A load that yields {@code fill} where a bound does not hold. */
    public int load(int buffer, Access access, double fill) {
        return gather(buffer, access, fill, Value.OutOfRange.FAIL);
    }

    /** A load at computed indices; one pick value for each {@link Pick} of the access. */
    public int gather(int buffer, Access access, double fill, Value.OutOfRange policy, int... picks) {
        DType d = buffers.get(buffer);
        for (int p : picks) {
            DType i = values.get(p).dtype();
            if (i != DType.I64 && i != DType.I32) {
                throw new IllegalArgumentException("a gather index must be I32 or I64, v" + p + " is " + i + "; cast it");
            }
        }
        if (picks.length != access.picks().size()) {
            throw new IllegalArgumentException(picks.length + " index values for the " + access.picks().size()
                    + " picks of " + access);
        }
        return add(new Value.Load(d, buffer, access(access), Value.Const.of(d, fill).bits(), boxed(picks), policy));
    }

    /** A scalar function; the result type is BOOL for comparisons, else that of the last operand. */
    public int compute(ScalarOp op, int... operands) {
        if (op == ScalarOp.CAST) {
            throw new IllegalArgumentException("CAST needs a target dtype; call cast(dtype, value)");
        }
        return compute(op.isComparison() ? DType.BOOL : values.get(operands[operands.length - 1]).dtype(), op, operands);
    }

    /** A scalar function with a stated result type, which the operands must have. */
    public int compute(DType dtype, ScalarOp op, int... operands) {
        var c = new Value.Compute(dtype, op, boxed(operands));
        check(c);
        return add(c);
    }

    public int cast(DType dtype, int value) {
        return values.get(value).dtype() == dtype ? value : add(new Value.Compute(dtype, ScalarOp.CAST, List.of(value)));
    }

    /** A fold with the operand's own accumulator: F32 for 16-bit floats, I64 for integer sums and products. */
    public int reduce(ReduceOp op, int value) {
        DType d = values.get(value).dtype();
        boolean adds = op == ReduceOp.SUM || op == ReduceOp.PROD;
        return reduce(op, value, op.isArg() ? DType.I64 : d.isHalf() ? DType.F32 : adds ? d.accumulator() : d);
    }

    public int reduce(ReduceOp op, int value, DType dtype) {
        DType d = values.get(value).dtype();
        boolean ok = op.isArg() ? dtype == DType.I64 : d.isFloat() ? dtype == (d.isHalf() ? DType.F32 : d)
                : dtype == d || dtype == DType.I64;
        if (!ok) {
            throw new IllegalArgumentException("reduce " + op + " of " + d + " can't accumulate in " + dtype
                    + "; cast the operand first");
        }
        return add(new Value.Reduce(dtype, op, value));
    }

    /** Stores for every position of the whole domain. */
    public void store(int buffer, Access access, int value) {
        store(new Store(buffer, access(access), value, false), access);
    }

    /** Stores once for each outer element. */
    public void storeOuter(int buffer, Access access, int value) {
        for (int a = outerRank; a < extents.size(); a++) {
            if (access.dependsOn(a)) {
                throw new IllegalArgumentException("an outer store can't depend on reduced axis " + a + ": " + access);
            }
        }
        if (varies(value)) {
            throw new IllegalArgumentException("v" + value + " = " + values.get(value) + " differs along the reduced axes; "
                    + "reduce it before an outer store");
        }
        store(new Store(buffer, access(access), value, true), access);
    }

    /** True if a value depends on a reduced axis other than through a reduction. */
    private boolean varies(int v) {
        Access a = switch (values.get(v)) {
            case Value.Load l -> accessAt(l.access());
            case Value.Index i -> accessAt(i.access());
            case Value.Random r -> accessAt(r.access());
            default -> null;
        };
        for (int axis = outerRank; a != null && axis < extents.size(); axis++) {
            if (a.dependsOn(axis)) {
                return true;
            }
        }
        return !(values.get(v) instanceof Value.Reduce) && values.get(v).operands().stream().anyMatch(this::varies);
    }

    private Access accessAt(int number) {
        return new ArrayList<>(accesses.keySet()).get(number);
    }

    private void store(Store s, Access access) {
        if (!access.bounds().isEmpty() || !access.picks().isEmpty()) {
            throw new IllegalArgumentException("a store can have neither bounds nor picks: " + access);
        }
        DType have = values.get(s.value()).dtype();
        DType want = buffers.get(s.buffer());
        if (have != want && !(have == DType.F32 && want.isHalf())) {
            throw new IllegalArgumentException("v" + s.value() + " is " + have + " but buffer b" + s.buffer() + " holds "
                    + want + "; cast it first");
        }
        stores.add(s);
    }

    public DType dtype(int value) {
        return values.get(value).dtype();
    }

    private static List<Integer> boxed(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }

    private int add(Value v) {
        for (int o : v.operands()) {
            if (o < 0 || o >= values.size()) {
                throw new IllegalArgumentException("operand v" + o + " of '" + v + "' does not exist; there are "
                        + values.size() + " values so far");
            }
        }
        return known.computeIfAbsent(v, x -> {
            values.add(x);
            return values.size() - 1;
        });
    }

    private int access(Access a) {
        for (var map : indexMaps(a)) {
            for (Term t : map.terms()) {
                if (t.axis() >= extents.size()) {
                    throw new IllegalArgumentException("access " + a + " names axis " + t.axis() + " of a kernel with "
                            + extents.size() + " axes");
                }
            }
        }
        return accesses.computeIfAbsent(a, x -> accesses.size());
    }

    private void check(Value.Compute c) {
        for (int i = 0; i < c.operands().size(); i++) {
            DType have = values.get(c.operands().get(i)).dtype();
            boolean free = c.op() == ScalarOp.CAST || c.op().isComparison() && i == 0;
            DType want = c.op() == ScalarOp.WHERE && i == 0 ? DType.BOOL
                    : c.op().isComparison() ? values.get(c.operands().getFirst()).dtype() : c.dtype();
            if (!free && have != want) {
                throw new IllegalArgumentException("operand " + i + " of '" + c + "' is " + have + ", expected " + want
                        + "; insert a cast");
            }
        }
    }

    private static List<IndexMap> indexMaps(Access a) {
        var all = new ArrayList<IndexMap>();
        all.add(a.index());
        a.bounds().forEach(b -> all.add(b.index()));
        return all;
    }

    /**
     * The kernel, with axes of extent one dropped and adjacent axes merged where every access allows it.
     *
     * @throws IllegalStateException if nothing is stored, or reduced axes are given but nothing is reduced
     */
    public Kernel build() {
        boolean reduces = values.stream().anyMatch(Value.Reduce.class::isInstance);
        if (stores.isEmpty()) {
            throw new IllegalStateException("a kernel must store something");
        }
        if (!reduces && extents.size() > outerRank) {
            throw new IllegalStateException("reduced axes without a reduce value; declare all axes as outer");
        }
        var axes = new AxisCollapse(extents, outerRank, reduces, new ArrayList<>(accesses.keySet()));
        var list = axes.accesses();
        var spec = new KernelSpec(axes.outerRank(), axes.extents().size() - axes.outerRank(), buffers,
                list.stream().map(Access::shape).toList(), values, stores);
        return new Kernel(spec, new Geometry(axes.extents(), list));
    }
}
