package dev.levin.kernel.cuda;

import dev.levin.kernel.Access;
import dev.levin.kernel.Bound;
import dev.levin.kernel.IndexMap;
import dev.levin.kernel.Kernel;
import dev.levin.kernel.KernelSpec;
import dev.levin.kernel.Term;
import dev.levin.kernel.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How the threads of a GPU share a kernel's work: everything of its numbers that the code depends on. Kernels of equal
 * spec and schedule share code.
 *
 * <p>With {@code ROWS} a row of the reduced domain belongs to {@code lanes} neighbouring threads, with {@code COLUMNS} the
 * threads of a block lie along the outer axis and {@code lanes} of them share a column. Either may be cut into pieces
 * along the reduced axes, whose results a second kernel folds in a fixed order.
 *
 * @param vector elements that a thread takes at a time along the innermost axis
 * @param threads of a block
 * @param lanes threads that share a row; 1 for pointwise kernels
 * @param steps times a thread goes along a row with values kept in registers between stages; 0 to read them again
 * @param split whether rows are cut into pieces
 * @param wide whether indices need 64 bits
 * @param modes how each access is read
 */
public record Schedule(Mode mode, int vector, int threads, int lanes, int steps, boolean split, boolean wide, List<AccessMode> modes) {
    /** How work is laid out. */
    public enum Mode { POINTWISE, ROWS, COLUMNS }

    /** How one access moves along the vectorised axis: not at all, by whole vectors, or element by element. */
    public enum AccessMode { FIXED, VECTOR, ELEMENT }

    private static final int POINTWISE_THREADS = 256;
    /** Values that a thread may keep between stages. */
    private static final int KEPT = 64;

    public Schedule {
        modes = List.copyOf(modes);
    }

    /** Rows that a block takes. */
    public int rows() {
        return mode == Mode.POINTWISE ? threads : threads / lanes;
    }

    /** @param processors multiprocessors of the device, which say how many blocks it takes to fill it */
    public static Schedule of(Kernel kernel, int processors) {
        KernelSpec spec = kernel.spec();
        boolean wide = isWide(kernel);
        if (!spec.hasReduction()) {
            int vector = spec.outerRank() == 0 ? 1 : vector(kernel, spec.outerRank() - 1);
            return new Schedule(Mode.POINTWISE, vector, POINTWISE_THREADS, 1, 0, false, wide, modes(kernel, spec.outerRank() - 1, vector));
        }
        boolean columns = columns(kernel);
        int axis = spec.rank() - 1;
        int vector = columns || spec.reduceRank() == 0 ? 1 : vector(kernel, axis);
        long groups = Math.max(1, kernel.reduced() / vector);
        int stages = stages(spec);
        boolean splittable = stages == 1 && spec.stores().stream().allMatch(s -> s.outer() || spec.level(s.value()) == 0);
        int threads;
        int lanes;
        if (columns) {
            lanes = (int) Math.max(8, 256 / powerOfTwo(Math.min(kernel.outer(), 32)));
            lanes = (int) Math.min(lanes, powerOfTwo(groups));
            threads = Math.max(32, lanes * (int) Math.max(powerOfTwo(Math.min(kernel.outer(), 32)), 32 / lanes));
        } else {
            lanes = groups <= 1024 ? (int) powerOfTwo(Math.min(groups, 32)) : (int) Math.min(1024, Math.max(128, powerOfTwo(groups / 8)));
            threads = Math.max(128, lanes);
        }
        long blocks = ceilDiv(kernel.outer(), threads / lanes);
        boolean split = splittable && blocks < 2L * processors && groups >= (columns ? 256 : 4096);
        if (split && !columns) {
            lanes = 256;
            threads = 256;
        }
        int steps = split || columns ? 0 : steps(spec, groups, lanes, vector, stages);
        return new Schedule(columns ? Mode.COLUMNS : Mode.ROWS, vector, threads, lanes, steps, split, wide, modes(kernel, axis, vector));
    }

    /** Times a thread steps along a row if that is few enough to keep its values. */
    private static int steps(KernelSpec spec, long groups, int lanes, int vector, int stages) {
        boolean rereads = stages > 1 || spec.stores().stream().anyMatch(s -> !s.outer() && spec.level(s.value()) >= stages);
        long steps = powerOfTwo(ceilDiv(groups, lanes));
        long loads = spec.values().stream().filter(v -> v instanceof Value.Load).count();
        return rereads && steps * vector * Math.max(1, loads) <= KEPT ? (int) steps : 0;
    }

    /** Number of passes that end in a reduction. */
    static int stages(KernelSpec spec) {
        int[] level = spec.levels();
        int most = 0;
        for (int v = 0; v < level.length; v++) {
            if (spec.values().get(v) instanceof Value.Reduce) {
                most = Math.max(most, level[v]);
            }
        }
        return most;
    }

    /** Whether memory runs along the outer axis rather than along the reduced ones. */
    private static boolean columns(Kernel kernel) {
        KernelSpec spec = kernel.spec();
        if (spec.outerRank() == 0) {
            return false;
        }
        int inner = spec.rank() - 1;
        int outer = spec.outerRank() - 1;
        int along = 0;
        int across = 0;
        for (Value v : spec.values()) {
            if (v instanceof Value.Load l) {
                Access a = kernel.geometry().accesses().get(l.access());
                boolean full = dependsOnReduced(spec, a);
                along += full && a.index().stride(inner) == 1 && a.index().isAffineIn(inner) ? 1 : 0;
                across += full && a.index().stride(inner) != 1 && a.index().stride(outer) == 1 && a.index().isAffineIn(outer) ? 1 : 0;
            }
        }
        return across > along && kernel.outer() > 1;
    }

    static boolean dependsOnReduced(KernelSpec spec, Access a) {
        for (int axis = spec.outerRank(); axis < spec.rank(); axis++) {
            if (a.dependsOn(axis)) {
                return true;
            }
        }
        return false;
    }

    // ---- vectors --------------------------------------------------------------------------------------------------------------

    /** Elements of 16 bytes of the widest type moved, where the innermost axis allows it. */
    private static int vector(Kernel kernel, int axis) {
        KernelSpec spec = kernel.spec();
        long extent = kernel.geometry().extent(axis);
        int bytes = 0;
        Set<Integer> moved = new HashSet<>();
        spec.values().forEach(v -> {
            if (v instanceof Value.Load l && vectorises(kernel, l.access(), axis, 1)) {
                moved.add(l.buffer());
            }
        });
        spec.stores().forEach(s -> {
            if (!s.outer() && vectorises(kernel, s.access(), axis, 1)) {
                moved.add(s.buffer());
            }
        });
        for (int b : moved) {
            bytes = Math.max(bytes, spec.buffers().get(b).bytes());
        }
        boolean random = spec.values().stream().anyMatch(Value.Random.class::isInstance);
        int vector = bytes == 0 ? random ? 4 : 1 : Math.min(8, 16 / bytes);
        while (vector > 1 && (extent % vector != 0 || !worthwhile(kernel, axis, vector))) {
            vector /= 2;
        }
        return vector;
    }

    private static boolean worthwhile(Kernel kernel, int axis, int vector) {
        KernelSpec spec = kernel.spec();
        return spec.values().stream().anyMatch(v -> v instanceof Value.Load l && vectorises(kernel, l.access(), axis, vector)
                || v instanceof Value.Random r && vectorises(kernel, r.access(), axis, vector))
                || spec.stores().stream().anyMatch(s -> !s.outer() && vectorises(kernel, s.access(), axis, vector));
    }

    /** Whether {@code vector} neighbours along the axis are neighbours in memory that start at a multiple of {@code vector}. */
    private static boolean vectorises(Kernel kernel, int access, int axis, int vector) {
        Access a = kernel.geometry().accesses().get(access);
        IndexMap m = a.index();
        if (!m.isAffineIn(axis) || m.stride(axis) != 1 || !a.picks().isEmpty() || m.offset() % vector != 0) {
            return false;
        }
        for (Bound b : a.bounds()) {
            if (b.index().dependsOn(axis)) {
                return false;
            }
        }
        for (Term t : m.terms()) {
            if (t.axis() != axis && t.stride() % vector != 0) {
                return false;
            }
        }
        return true;
    }

    private static List<AccessMode> modes(Kernel kernel, int axis, int vector) {
        List<AccessMode> modes = new ArrayList<>();
        for (int a = 0; a < kernel.spec().accesses().size(); a++) {
            Access access = kernel.geometry().accesses().get(a);
            boolean fixed = axis < 0 || !access.dependsOn(axis) && access.picks().isEmpty();
            modes.add(vector == 1 ? AccessMode.ELEMENT : fixed ? AccessMode.FIXED
                    : vectorises(kernel, a, axis, vector) ? AccessMode.VECTOR : AccessMode.ELEMENT);
        }
        return modes;
    }

    // ---- index width ------------------------------------------------------------------------------------------------------------

    private static boolean isWide(Kernel kernel) {
        long limit = Integer.MAX_VALUE;
        if (kernel.outer() >= limit || kernel.reduced() >= limit || kernel.outer() * kernel.reduced() >= limit) {
            return true;
        }
        for (Access a : kernel.geometry().accesses()) {
            if (reach(kernel, a.index()) >= limit || a.bounds().stream().anyMatch(b -> reach(kernel, b.index()) >= limit || b.limit() >= limit)
                    || a.picks().stream().anyMatch(p -> Math.abs(p.stride()) * p.extent() >= limit)) {
                return true;
            }
        }
        return false;
    }

    private static long reach(Kernel kernel, IndexMap m) {
        long sum = Math.abs(m.offset());
        for (Term t : m.terms()) {
            sum += Math.abs(t.stride()) * Math.max(1, kernel.geometry().extent(t.axis()));
        }
        return sum;
    }

    static long ceilDiv(long a, long b) {
        return (a + b - 1) / b;
    }

    /** The smallest power of two that is not below. */
    static long powerOfTwo(long n) {
        return n <= 1 ? 1 : Long.highestOneBit(n - 1) << 1;
    }
}
