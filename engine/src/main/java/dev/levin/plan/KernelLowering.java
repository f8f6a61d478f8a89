package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program.Instr;
import dev.levin.kernel.Access;
import dev.levin.kernel.BaseOffsets;
import dev.levin.kernel.Bound;
import dev.levin.kernel.IndexMap;
import dev.levin.kernel.KernelBuilder;
import dev.levin.kernel.Pick;
import dev.levin.kernel.ReduceOp;
import dev.levin.kernel.ScalarOp;
import dev.levin.kernel.Value;
import dev.levin.type.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/** Writes a group down as a kernel: follows each stored value back to memory, once for each way it is reached. */
final class KernelLowering {
    private final Analysis a;
    private final Group group;
    private final IntPredicate stored;
    private final IntUnaryOperator storageOf;
    private final Domain domain;
    private final KernelBuilder k;
    /** Kernel axis of each axis of the domain: kept axes come first. */
    private final int[] axisOf;
    private final Map<Reach.Key, Integer> values = new HashMap<>();
    private final Map<Integer, Integer> buffers = new HashMap<>();
    private final List<Integer> bufferStorage = new ArrayList<>();
    private final List<Integer> uniforms = new ArrayList<>();
    private final Set<Integer> loaded = new HashSet<>();

    /**
     * @param stored values that some kernel leaves in memory
     * @param storageOf the storage of a value in memory
     */
    KernelLowering(Analysis analysis, Group group, IntPredicate stored, IntUnaryOperator storageOf) {
        this.a = analysis;
        this.group = group;
        this.stored = stored;
        this.storageOf = storageOf;
        domain = group.domain;
        axisOf = new int[domain.rank()];
        List<Long> kept = new ArrayList<>();
        List<Long> reduced = new ArrayList<>();
        for (int i = 0; i < axisOf.length; i++) {
            if (!domain.isReduced(i)) {
                axisOf[i] = kept.size();
                kept.add(domain.extent(i));
            }
        }
        for (int i = 0; i < axisOf.length; i++) {
            if (domain.isReduced(i)) {
                axisOf[i] = kept.size() + reduced.size();
                reduced.add(domain.extent(i));
            }
        }
        k = new KernelBuilder(kept.stream().mapToLong(Long::longValue).toArray(), reduced.stream().mapToLong(Long::longValue).toArray());
    }

    LoweredKernel lower() {
        for (int m = group.stores.nextSetBit(0); m >= 0; m = group.stores.nextSetBit(m + 1)) {
            if (storageOf.applyAsInt(m) >= 0) {
                store(m, buffer(m), domain.placeOf(a, m), 0);
            }
        }
        for (Group.Join j : group.joins) {
            Instr whole = a.instr(j.whole());
            int axis = whole.attr(0);
            Reach part = domain.placeOf(a, j.value()).in(a.instr(whole.inputs()[j.part()]).shape(), domain, j.whole());
            bufferStorage.add(j.storage());
            store(j.value(), k.buffer(whole.dtype()), part.among(axis, whole.shape().dim(axis)), j.skip());
        }
        BaseOffsets based = BaseOffsets.of(k.build());
        long[] offsets = based.elements();
        for (int b = 0; b < offsets.length; b++) {
            offsets[b] *= based.kernel().spec().buffers().get(b).bytes();
        }
        return new LoweredKernel(based.kernel(), ints(bufferStorage), offsets, ints(uniforms), ints(group.members));
    }

    private void store(int m, int buffer, Reach at, long skip) {
        int value = k.cast(a.instr(m).dtype(), member(m));
        if (domain.isFull(a, m)) {
            k.store(buffer, access(at, skip), value);
        } else {
            k.storeOuter(buffer, access(at, skip), value);
        }
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    private int member(int m) {
        return a.instr(m).op().kind() == Op.Kind.REDUCE ? reduction(m) : compute(m, domain.placeOf(a, m));
    }

    private int buffer(int value) {
        int storage = storageOf.applyAsInt(value);
        return buffers.computeIfAbsent(storage, s -> {
            bufferStorage.add(s);
            return k.buffer(a.instr(value).dtype());
        });
    }

    // ---- values -----------------------------------------------------------------------------------------------------------

    private int value(int i, Reach r) {
        i = a.strip(i);
        if (a.uniform.get(i)) {
            return uniform(i);
        }
        Reach.Key key = r.key(i, domain.rank());
        Integer known = values.get(key);
        if (known == null) {
            known = make(i, r);
            values.put(key, known);
        }
        return known;
    }

    private int make(int i, Reach r) {
        Instr in = a.instr(i);
        boolean ours = group.members.contains(i);
        if (Analysis.isLeaf(in.op()) || a.call[i] != null || stored.test(i) && !ours && !a.generated.get(i)) {
            int v = k.gather(buffer(i), access(r), 0, Value.OutOfRange.FAIL,
                    r.choices().stream().mapToInt(c -> value(c.index(), c.at())).toArray());
            loaded.add(v);
            return v;
        }
        if (in.op().kind() == Op.Kind.REDUCE) {
            return reduction(i);
        }
        return compute(i, r);
    }

    private int uniform(int i) {
        Instr in = a.instr(i);
        int source = i;
        while (a.instr(source).op() == Op.RESHAPE || a.instr(source).op() == Op.EXPAND) {
            source = a.instr(source).inputs()[0];
        }
        if (a.instr(source).op() == Op.CONST) {
            long bits = a.instr(source).attr()[0];
            return in.dtype().isFloat() ? k.constant(in.dtype(), Double.longBitsToDouble(bits)) : k.constant(in.dtype(), bits);
        }
        int slot = uniforms.indexOf(source);
        if (slot < 0) {
            slot = uniforms.size();
            uniforms.add(source);
        }
        return k.uniform(in.dtype(), slot);
    }

    private int reduction(int i) {
        Instr in = a.instr(i);
        Reach.Key key = domain.outerReach().key(i, domain.rank());
        Integer known = values.get(key);
        if (known == null) {
            int x = value(in.inputs()[0], domain.full());
            x = in.op() == Op.SUM || in.op() == Op.PROD ? x : asStored(x);
            known = k.cast(in.dtype(), k.reduce(reduceOp(in.op()), x));
            values.put(key, known);
        }
        return known;
    }

    private static ReduceOp reduceOp(Op op) {
        return switch (op) {
            case SUM -> ReduceOp.SUM;
            case PROD -> ReduceOp.PROD;
            case REDUCE_MAX -> ReduceOp.MAX;
            case REDUCE_MIN -> ReduceOp.MIN;
            case ARGMAX -> ReduceOp.ARGMAX;
            case ARGMIN -> ReduceOp.ARGMIN;
            default -> throw new IllegalStateException(op + " is not a reduction");
        };
    }

    private int compute(int i, Reach r) {
        Instr in = a.instr(i);
        Reach.Key key = r.key(i, domain.rank());
        Integer known = values.get(key);
        if (known != null) {
            return known;
        }
        int v = switch (in.op()) {
            case CONST, SCALAR -> uniform(i);
            case IOTA -> k.cast(in.dtype(), k.index(in.dtype() == DType.I64 ? DType.I64 : DType.I32, map(r)));
            case RANDOM_BITS -> k.random(buffer(a.strip(in.inputs()[0])), in.attr(0), map(r));
            case PAD -> pad(i, r);
            case CONCAT -> concat(i, r);
            default -> {
                List<Reach> reaches = r.operands(a.program, i, domain);
                if (in.op().kind() == Op.Kind.VIEW || in.op() == Op.GATHER || in.op() == Op.TAKE) {
                    yield value(in.inputs()[0], reaches.getFirst());
                }
                int[] x = new int[reaches.size()];
                for (int n = 0; n < x.length; n++) {
                    x[n] = value(in.inputs()[n], reaches.get(n));
                    boolean jumps = in.op().kind() == Op.Kind.COMPARE || in.op() == Op.CAST && !in.dtype().isFloat();
                    x[n] = jumps ? asStored(x[n]) : x[n];
                }
                boolean divides = (in.op() == Op.DIV || in.op() == Op.FMOD) && in.dtype().isInt() && !r.limits().isEmpty();
                if (divides) {
                    // Outside a padded value operands read as 0, and nobody uses the quotient.
                    x[1] = k.compute(in.dtype(), ScalarOp.WHERE, inside(r.limits()), x[1], k.constant(in.dtype(), 1L));
                }
                yield in.op() == Op.CAST ? k.cast(in.dtype(), x[0]) : k.compute(in.dtype(), scalarOp(in), x);
            }
        };
        values.put(key, v);
        return v;
    }

    /**
     * 16-bit values keep more digits inside a kernel. Where they are compared they must be what other kernels read, or
     * no element would equal its own maximum.
     */
    private int asStored(int value) {
        DType t = k.dtype(value);
        return !t.isHalf() || loaded.contains(value) ? value : k.cast(t, k.cast(DType.F32, value));
    }

    private static ScalarOp scalarOp(Instr in) {
        return in.op() == Op.POLYGAMMA ? ScalarOp.DIGAMMA : ScalarOp.valueOf(in.op().name());
    }

    private int pad(int i, Reach r) {
        Instr in = a.instr(i);
        Reach inner = r.operands(a.program, i, domain).getFirst();
        int x = value(in.inputs()[0], inner);
        long fill = in.attr()[in.attr().length - 1];
        if (fill == 0 && loaded.contains(x)) {
            return x;
        }
        int inside = inside(inner.limits().subList(r.limits().size(), inner.limits().size()));
        int outside = in.dtype().isFloat() ? k.constant(in.dtype(), Double.longBitsToDouble(fill)) : k.constant(in.dtype(), fill);
        return inside < 0 ? x : k.compute(in.dtype(), ScalarOp.WHERE, inside, x, outside);
    }

    /** Whether a position is within all limits; -1 if there are none. */
    private int inside(List<Reach.Limit> limits) {
        int inside = -1;
        for (Reach.Limit l : limits) {
            int c = k.index(DType.I32, map(l));
            int in0 = k.compute(ScalarOp.LE, k.constant(DType.I32, 0L), c);
            int in1 = k.compute(ScalarOp.LT, c, k.constant(DType.I32, l.limit()));
            int both = k.compute(DType.BOOL, ScalarOp.AND, in0, in1);
            inside = inside < 0 ? both : k.compute(DType.BOOL, ScalarOp.AND, inside, both);
        }
        return inside;
    }

    private int concat(int i, Reach r) {
        Instr in = a.instr(i);
        List<Reach> parts = r.operands(a.program, i, domain);
        int n = parts.size();
        int v = value(in.inputs()[n - 1], parts.get(n - 1));
        for (int p = n - 2; p >= 0; p--) {
            Reach.Limit l = parts.get(p).limits().getLast();
            int here = k.compute(ScalarOp.LT, k.index(DType.I32, map(l)), k.constant(DType.I32, l.limit()));
            v = k.compute(in.dtype(), ScalarOp.WHERE, here, value(in.inputs()[p], parts.get(p)), v);
        }
        return v;
    }

    // ---- places -----------------------------------------------------------------------------------------------------------

    private Access access(Reach r) {
        return access(r, 0);
    }

    private Access access(Reach r, long skip) {
        long[] all = r.linearSteps(domain.rank() + r.choices().size());
        Access at = Access.of(IndexMap.affine(r.linearOffset() + skip, toKernel(all)));
        for (Reach.Limit l : r.limits()) {
            at = at.within(new Bound(map(l), l.limit()));
        }
        for (int c = 0; c < r.choices().size(); c++) {
            at = at.picking(new Pick(all[domain.rank() + c], r.choices().get(c).extent()));
        }
        return at;
    }

    private IndexMap map(Reach r) {
        return IndexMap.affine(r.linearOffset(), toKernel(r.linearSteps(domain.rank() + r.choices().size())));
    }

    private IndexMap map(Reach.Limit l) {
        return IndexMap.affine(l.offset(), toKernel(l.step().stream().mapToLong(Long::longValue).toArray()));
    }

    private long[] toKernel(long[] steps) {
        long[] s = new long[axisOf.length];
        for (int i = 0; i < s.length; i++) {
            s[axisOf[i]] = steps[i];
        }
        return s;
    }
}
