package dev.levin.plan;

import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * Which element of a value each position of a {@link Domain} reads: one affine coordinate for each dimension, limits
 * under which the element exists (padding), and choices (indices read from another value).
 *
 * <p>Coordinates count in {@code dims}, a factorisation of the value's shape; views are followed from a consumer to its
 * source by {@link #operands}. Columns of {@code step} are the axes of the domain, then the choices.
 */
final class Reach {
    /** {@code 0 <= coordinate < limit}. */
    record Limit(long offset, List<Long> step, long limit) {
    }

    /** An index in {@code [0, extent)}, read from instruction {@code index} at {@code at}. */
    record Choice(int index, Reach at, long extent) {
    }

    /** A view can't be followed in this domain; it has to be materialised. */
    static final class NotAffine extends RuntimeException {
        private static final long serialVersionUID = 1;
        final int view;

        NotAffine(int view) {
            super("index mismatch", null, false, false);
            this.view = view;
        }
    }

    /** An axis of the domain must be split before a view can be followed. */
    static final class SplitNeeded extends RuntimeException {
        private static final long serialVersionUID = 1;
        final int axis;
        final long inner;

        SplitNeeded(int axis, long inner) {
            super(null, null, false, false);
            this.axis = axis;
            this.inner = inner;
        }
    }

    private final long[] dims;
    private final long[] offset;
    private final long[][] step;
    private final List<Limit> limits;
    private final List<Choice> choices;

    private Reach(long[] dims, long[] offset, long[][] step, List<Limit> limits, List<Choice> choices) {
        this.dims = dims;
        this.offset = offset;
        this.step = step;
        this.limits = limits;
        this.choices = choices;
    }

    /** Each chosen axis is a dimension; the others don't matter. */
    static Reach identity(long[] extents, IntPredicate axes) {
        List<Long> dims = new ArrayList<>();
        List<long[]> rows = new ArrayList<>();
        for (int i = 0; i < extents.length; i++) {
            if (axes.test(i)) {
                dims.add(extents[i]);
                long[] row = new long[extents.length];
                row[i] = 1;
                rows.add(row);
            }
        }
        return new Reach(longs(dims), new long[dims.size()], rows.toArray(long[][]::new), List.of(), List.of());
    }

    private static long[] longs(List<Long> list) {
        return list.stream().mapToLong(Long::longValue).toArray();
    }

    List<Limit> limits() {
        return limits;
    }

    List<Choice> choices() {
        return choices;
    }

    /** Element number at position zero. */
    long linearOffset() {
        long n = 0;
        for (int j = 0; j < dims.length; j++) {
            n = n * dims[j] + offset[j];
        }
        return n;
    }

    /** Elements from one position to the next, for each axis of the domain and then each choice. */
    long[] linearSteps(int columns) {
        long[] s = new long[columns];
        for (int c = 0; c < columns; c++) {
            for (int j = 0; j < dims.length; j++) {
                s[c] = s[c] * dims[j] + at(j, c);
            }
        }
        return s;
    }

    private long at(int dim, int column) {
        return column < step[dim].length ? step[dim][column] : 0;
    }

    /** The same coordinates in a value that has {@code extent} elements along a dimension. */
    Reach among(int dim, long extent) {
        Reach r = copy();
        r.dims[dim] = extent;
        return r;
    }

    /** True if both read the same elements. */
    boolean same(Reach o, int rank) {
        int columns = rank + choices.size();
        return this == o || place(columns).equals(o.place(columns));
    }

    /** The elements that are read, however they are counted. Made once: the same reach goes through many instructions. */
    private static final class Place {
        private final long offset;
        private final long[] steps;
        private final List<Limit> limits;
        private final List<Choice> choices;
        private final int hash;

        Place(Reach r, int columns) {
            offset = r.linearOffset();
            steps = r.linearSteps(columns);
            limits = r.limits;
            choices = r.choices;
            hash = ((Long.hashCode(offset) * 31 + Arrays.hashCode(steps)) * 31 + limits.hashCode()) * 31 + choices.hashCode();
        }

        @Override
        public boolean equals(Object o) {
            return this == o || o instanceof Place p && hash == p.hash && offset == p.offset && Arrays.equals(steps, p.steps)
                    && limits.equals(p.limits) && choices.equals(p.choices);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private Place place;

    private Place place(int columns) {
        if (place == null || place.steps.length != columns) {
            place = new Place(this, columns);
        }
        return place;
    }

    /** A key by which equal reaches are found again within one domain. */
    static final class Key {
        private final int instr;
        private final Place place;

        private Key(int instr, Place place) {
            this.instr = instr;
            this.place = place;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Key k && instr == k.instr && place.equals(k.place);
        }

        @Override
        public int hashCode() {
            return instr * 31 + place.hash;
        }
    }

    Key key(int instr, int rank) {
        return new Key(instr, place(rank + choices.size()));
    }

    private static List<Long> boxed(long[] a) {
        return Arrays.stream(a).boxed().toList();
    }

    // ---- following views ------------------------------------------------------------------------------------------------

    /** For each input of instruction {@code i}, read at this reach, the reach at which the input is read. */
    List<Reach> operands(Program program, int i, Domain domain) {
        Instr in = program.instr(i);
        int[] from = in.inputs();
        return switch (in.op()) {
            case RESHAPE -> List.of(this);
            case PERMUTE -> {
                Reach r = in(in.shape(), domain, i);
                int n = r.dims.length;
                long[] d = new long[n];
                long[] o = new long[n];
                long[][] s = new long[n][];
                for (int k = 0; k < n; k++) {
                    d[in.attr(k)] = r.dims[k];
                    o[in.attr(k)] = r.offset[k];
                    s[in.attr(k)] = r.step[k];
                }
                yield List.of(new Reach(d, o, s, r.limits, r.choices));
            }
            case EXPAND -> {
                Reach r = in(in.shape(), domain, i).copy();
                Shape source = program.instr(from[0]).shape();
                for (int k = 0; k < source.rank(); k++) {
                    if (source.dim(k) == 1 && r.dims[k] != 1) {
                        r.dims[k] = 1;
                        r.offset[k] = 0;
                        Arrays.fill(r.step[k], 0);
                    }
                }
                yield List.of(r.withoutIdleChoices(domain));
            }
            case SLICE -> {
                Reach r = in(in.shape(), domain, i).copy();
                Shape source = program.instr(from[0]).shape();
                int n = r.dims.length;
                for (int k = 0; k < n; k++) {
                    long by = in.attr()[n + k];
                    r.dims[k] = source.dim(k);
                    r.offset[k] = r.offset[k] * by + in.attr()[k];
                    for (int c = 0; c < r.step[k].length; c++) {
                        r.step[k][c] *= by;
                    }
                }
                yield List.of(r);
            }
            case PAD -> {
                Shape source = program.instr(from[0]).shape();
                Reach r = in(in.shape(), domain, i).copy();
                int n = source.rank();
                List<Limit> all = new ArrayList<>(r.limits);
                for (int k = 0; k < n; k++) {
                    r.dims[k] = source.dim(k);
                    r.offset[k] -= in.attr()[k];
                    if (in.attr()[k] + in.attr()[n + k] > 0) {
                        all.add(r.limit(k, domain, i));
                    }
                }
                yield List.of(new Reach(r.dims, r.offset, r.step, List.copyOf(all), r.choices));
            }
            case CONCAT -> concat(program, i, domain);
            case UNFOLD -> {
                Reach r = in(in.shape(), domain, i);
                int axis = in.attr(0);
                int n = r.dims.length - 1;
                long[] d = Arrays.copyOf(r.dims, n);
                long[] o = Arrays.copyOf(r.offset, n);
                long[][] s = Arrays.copyOf(r.step, n);
                d[axis] = program.instr(from[0]).shape().dim(axis);
                o[axis] = r.offset[axis] * in.attr()[2] + r.offset[n];
                s[axis] = new long[Math.max(r.step[axis].length, r.step[n].length)];
                for (int c = 0; c < s[axis].length; c++) {
                    s[axis][c] = r.at(axis, c) * in.attr()[2] + r.at(n, c);
                }
                yield List.of(new Reach(d, o, s, r.limits, r.choices));
            }
            case GATHER -> {
                Reach r = in(program.instr(from[1]).shape(), domain, i);
                yield List.of(r.choose(program, in, r, in.attr(0), in.attr(0) + 1, domain), r);
            }
            case TAKE -> {
                Reach r = in(in.shape(), domain, i);
                int axis = in.attr(0);
                int end = axis + program.instr(from[1]).shape().rank();
                Reach index = new Reach(Arrays.copyOfRange(r.dims, axis, end), Arrays.copyOfRange(r.offset, axis, end),
                        Arrays.copyOfRange(r.step, axis, end), r.limits, r.choices);
                yield List.of(r.choose(program, in, index, axis, end, domain), index);
            }
            default -> {
                yield switch (from.length) {
                    case 1 -> List.of(this);
                    case 2 -> List.of(this, this);
                    default -> Collections.nCopies(from.length, this);
                };
            }
        };
    }

    private List<Reach> concat(Program program, int i, Domain domain) {
        Instr in = program.instr(i);
        int axis = in.attr(0);
        Reach whole = in(in.shape(), domain, i);
        List<Reach> parts = new ArrayList<>();
        long start = 0;
        for (int part : in.inputs()) {
            Reach r = whole.copy();
            r.dims[axis] = program.instr(part).shape().dim(axis);
            r.offset[axis] -= start;
            start += r.dims[axis];
            List<Limit> all = new ArrayList<>(r.limits);
            all.add(r.limit(axis, domain, i));
            parts.add(new Reach(r.dims, r.offset, r.step, List.copyOf(all), r.choices));
        }
        return parts;
    }

    private Limit limit(int dim, Domain domain, int view) {
        for (int c = domain.rank(); c < step[dim].length; c++) {
            if (step[dim][c] != 0) {
                throw new NotAffine(view);
            }
        }
        return new Limit(offset[dim], boxed(Arrays.copyOf(step[dim], domain.rank())), dims[dim]);
    }

    /** Dimensions {@code from .. to} become one that {@code index} chooses. */
    private Reach choose(Program program, Instr in, Reach index, int from, int to, Domain domain) {
        Shape source = program.instr(in.inputs()[0]).shape();
        int n = source.rank();
        int column = domain.rank() + choices.size();
        long[] d = new long[n];
        long[] o = new long[n];
        long[][] s = new long[n][];
        for (int k = 0; k < n; k++) {
            int r = k < from ? k : k + to - from - 1;
            d[k] = source.dim(k);
            o[k] = k == from ? 0 : offset[r];
            s[k] = k == from ? new long[0] : step[r];
            s[k] = Arrays.copyOf(s[k], column + 1);
        }
        s[from][column] = 1;
        List<Choice> all = new ArrayList<>(choices);
        all.add(new Choice(in.inputs()[1], index, d[from]));
        return new Reach(d, o, s, limits, List.copyOf(all));
    }

    /** Choices that no coordinate depends on any more are forgotten. */
    private Reach withoutIdleChoices(Domain domain) {
        Reach r = this;
        for (int c = choices.size() - 1; c >= 0; c--) {
            int column = domain.rank() + c;
            boolean idle = true;
            for (int k = 0; k < r.step.length; k++) {
                idle &= r.at(k, column) == 0;
            }
            if (idle) {
                List<Choice> rest = new ArrayList<>(r.choices);
                rest.remove(c);
                long[][] s = new long[r.step.length][];
                for (int k = 0; k < s.length; k++) {
                    s[k] = new long[domain.rank() + rest.size()];
                    for (int to = 0; to < s[k].length; to++) {
                        s[k][to] = r.at(k, to < column ? to : to + 1);
                    }
                }
                r = new Reach(r.dims, r.offset, s, r.limits, List.copyOf(rest));
            }
        }
        return r;
    }

    private Reach copy() {
        long[][] s = new long[step.length][];
        for (int k = 0; k < s.length; k++) {
            s[k] = step[k].clone();
        }
        return new Reach(dims.clone(), offset.clone(), s, limits, choices);
    }

    /** The same elements, with one coordinate for each dimension of {@code shape}. */
    Reach in(Shape shape, Domain domain, int view) {
        int rank = shape.rank();
        long[] to = new long[rank];
        for (int k = 0; k < rank; k++) {
            to[k] = shape.dim(k);
        }
        if (Arrays.equals(to, dims)) {
            return this;
        }
        long[] o = new long[rank];
        long[][] s = new long[rank][domain.rank() + choices.size()];
        int a = 0;
        int b = 0;
        while (a < dims.length || b < rank) {
            int a0 = a;
            int b0 = b;
            long have = a < dims.length ? dims[a++] : 1;
            long want = b < rank ? to[b++] : 1;
            while (have != want) {
                if (have < want) {
                    have *= dims[a++];
                } else {
                    want *= to[b++];
                }
            }
            regroup(a0, a, to, b0, b, o, s, domain, view);
        }
        return new Reach(to, o, s, limits, choices);
    }

    private void regroup(int a0, int a1, long[] to, int b0, int b1, long[] o, long[][] s, Domain domain, int view) {
        int columns = s.length == 0 ? 0 : s[0].length;
        long lo = 0;
        long[] ls = new long[columns];
        for (int k = a0; k < a1; k++) {
            lo = lo * dims[k] + offset[k];
            for (int c = 0; c < columns; c++) {
                ls[c] = ls[c] * dims[k] + at(k, c);
            }
        }
        int real = -1;
        int count = 0;
        for (int k = b0; k < b1; k++) {
            if (to[k] != 1) {
                real = k;
                count++;
            }
        }
        if (count <= 1) {
            if (real >= 0) {
                o[real] = lo;
                s[real] = ls;
            }
            return;
        }
        decompose(lo, ls, to, b0, b1, o, s, domain, view);
    }

    private void decompose(long lo, long[] ls, long[] to, int b0, int b1, long[] o, long[][] s, Domain domain, int view) {
        long size = 1;
        for (int k = b0; k < b1; k++) {
            size *= to[k];
        }
        long below = size;
        for (int k = b0; k < b1; k++) {
            if (to[k] == 1) {
                continue;
            }
            below /= to[k];
            o[k] = below == 1 ? lo : Math.floorDiv(lo, below);
            lo -= o[k] * below;
            for (int c = 0; c < ls.length; c++) {
                s[k][c] = ls[c] / below;
                ls[c] -= s[k][c] * below;
            }
        }
        for (int k = b0; k < b1; k++) {
            long min = o[k];
            long max = o[k];
            for (int c = 0; c < ls.length; c++) {
                long extent = c < domain.rank() ? domain.extent(c) : choices.get(c - domain.rank()).extent();
                long reach = s[k][c] * (extent - 1);
                min += Math.min(0, reach);
                max += Math.max(0, reach);
            }
            if (min < 0 || max >= to[k]) {
                throw split(to[k], s[k], domain, view);
            }
        }
    }

    private static RuntimeException split(long limit, long[] row, Domain domain, int view) {
        for (int c = domain.rank() - 1; c >= 0; c--) {
            long by = Math.abs(row[c]);
            if (by != 0 && limit % by == 0) {
                long inner = limit / by;
                if (inner > 1 && inner < domain.extent(c) && domain.extent(c) % inner == 0) {
                    return new SplitNeeded(c, inner);
                }
            }
        }
        return new NotAffine(view);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Reach r && Arrays.equals(dims, r.dims) && Arrays.equals(offset, r.offset)
                && Arrays.deepEquals(step, r.step) && limits.equals(r.limits) && choices.equals(r.choices);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(dims), Arrays.hashCode(offset), Arrays.deepHashCode(step), limits, choices);
    }

    static boolean isFollowed(Op op) {
        return op.kind() == Op.Kind.VIEW || op == Op.GATHER || op == Op.TAKE;
    }
}
