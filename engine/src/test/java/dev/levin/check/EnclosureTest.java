package dev.levin.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.reference.Evaluator;
import dev.levin.reference.Run;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class EnclosureTest {
    private static final long FIRST_SEED = 1;

    // ---- what is accepted, and what is not ------------------------------------------------------------------------------

    private static Sample sample(Node result) {
        return Sample.of(Canonicalizer.canonicalize(List.of(result), Map.of()));
    }

    /** Null if a device may have these numbers. */
    private static String verdict(Node result, double... numbers) {
        HostArray have = HostArray.allocate(result.dtype(), numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            have.setDouble(i, numbers[i]);
        }
        return new Comparison(new Oracle(sample(result), 1)).difference(List.of(have));
    }

    private static Node f32(double... v) {
        return Run.leaf(DType.F32, new int[] {v.length}, v);
    }

    private static Node bf16(double... v) {
        return Run.leaf(DType.BF16, new int[] {v.length}, v);
    }

    private static Node sum(Node x) {
        return Nodes.sum(x, 0);
    }

    @Test
    void aComparisonIsOpenOnlyWhereRoundingDecidesIt() {
        // 0.1 + 0.2 against 0.3, 0.31, and 1 + 2 against 3, which nothing rounds.
        Node less = Nodes.binary(Op.LT, Nodes.add(f32(0.1, 0.1, 1), f32(0.2, 0.2, 2)), f32(0.3, 0.31, 3));
        assertNull(verdict(less, 0, 1, 0));
        assertNull(verdict(less, 1, 1, 0));
        assertNotNull(verdict(less, 0, 0, 0));
        assertNotNull(verdict(less, 0, 1, 1));
    }

    @Test
    void aRoundingMayTakeANumberToTheNextFloor() {
        Node floor = Nodes.unary(Op.FLOOR, Nodes.mul(f32(0.1, 0.1, 0.5), f32(10, 11, 2)));
        assertNull(verdict(floor, 1, 1, 1));
        assertNull(verdict(floor, 0, 1, 1));
        assertNotNull(verdict(floor, 1, 0, 1));
        assertNotNull(verdict(floor, 1, 1, 0));
    }

    @Test
    void aNearMultipleLeavesNothingOrAllButNothing() {
        Node rest = Nodes.binary(Op.FMOD, Nodes.mul(f32(0.1, 0.25), f32(3, 3)), f32(0.1, 0.25));
        assertNull(verdict(rest, 0, 0));
        assertNull(verdict(rest, 0.1, 0));
        assertNotNull(verdict(rest, 0, 0.25));
        assertNotNull(verdict(rest, 0.2, 0));
    }

    @Test
    void aPoleIsMetFromEitherSide() {
        // In 16 bits an angle near a right one may be on either side of it.
        Node tan = Nodes.unary(Op.TAN, Nodes.binary(Op.ATAN2, bf16(4, 4), bf16(-0.001, 4)));
        assertNull(verdict(tan, -4000, 1));
        assertNull(verdict(tan, 2064, 1));
        assertNull(verdict(tan, Double.NEGATIVE_INFINITY, 1));
        assertNotNull(verdict(tan, 2064, -1));
    }

    @Test
    void theSignOfAZeroIsNotPromised() {
        Node angle = Nodes.binary(Op.ATAN2, sum(f32(0, 0)), f32(-1));
        assertNull(verdict(angle, Math.PI));
        assertNull(verdict(angle, -Math.PI));
        assertNotNull(verdict(angle, 4));
        Node right = Nodes.binary(Op.ATAN2, sum(f32(0, 0)), f32(1));
        assertNotNull(verdict(right, Math.PI));
    }

    @Test
    void theLargestIsOneOfThoseThatReachAsFar() {
        Node at = Nodes.argReduce(Op.ARGMAX, Nodes.mul(f32(1, 0.1, 0.3, 0.7), f32(0.25, 3, 1, 0)), 0);
        assertNull(verdict(at, 1));
        assertNull(verdict(at, 2));
        assertNotNull(verdict(at, 0));
        assertNotNull(verdict(at, 3));
        Node order = Nodes.argsort(Nodes.mul(f32(1, 0.1, 0.3, 0.7), f32(0.25, 3, 1, 0)), 0, false);
        assertNull(verdict(order, 3, 0, 2, 1));
        assertNull(verdict(order, 3, 0, 1, 2));
        assertNotNull(verdict(order, 0, 3, 1, 2));
    }

    @Test
    void aSumMayBeOffByItsRoundingsAndNoMore() {
        // What is left of 1 + 1e-8 - 1 is rounding; of 16 + 1 - 16 it is not.
        assertNull(verdict(sum(f32(1, 1e-8, -1)), 0));
        assertNotNull(verdict(sum(f32(1, 1e-8, -1)), 1e-4));
        assertNotNull(verdict(sum(f32(16, 1, -16)), 1 + 1e-6));
    }

    @Test
    void anInfinityMeetsATermThatOverflows() {
        Node row = Nodes.reshape(f32(Double.POSITIVE_INFINITY, 3e38), Shape.of(1, 1, 2));
        Node small = Nodes.matmul(row, Nodes.reshape(f32(1, -0.25), Shape.of(1, 2, 1)));
        assertNull(verdict(small, Double.POSITIVE_INFINITY));
        assertNotNull(verdict(small, Double.NaN));
        // 3e38 * -2 is minus infinity in F32
        Node large = Nodes.matmul(row, Nodes.reshape(f32(1, -2), Shape.of(1, 2, 1)));
        assertNull(verdict(large, Double.POSITIVE_INFINITY));
        assertNull(verdict(large, Double.NaN));
    }

    @Test
    void aNaNIsOneEverywhere() {
        assertNotNull(verdict(sum(f32(1, Double.NaN)), 1));
        assertNotNull(verdict(Nodes.binary(Op.MAX, f32(Double.NaN), f32(1)), 1));
        assertNotNull(verdict(Nodes.unary(Op.SQRT, f32(4)), Double.NaN));
        // The end of a domain, met by rounding: 0.1 * 3 - 0.3 may be less than nothing.
        assertNull(verdict(Nodes.unary(Op.SQRT, Nodes.sub(Nodes.mul(f32(0.1), f32(3)), f32(0.3))), Double.NaN));
    }

    // ---- random programs ------------------------------------------------------------------------------------------------

    /** What is chosen within the operands' spans must give a result within the result's. */
    @Test
    void spansHoldWhateverTheirOperandsMayBe() {
        long checked = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 150; seed++) {
            Sample sample = Fuzzer.sample(seed);
            Program p = sample.program();
            RandomGenerator random = new SplittableRandom(seed);
            Span[] spans = Enclosure.run(p, sample.leaves().stream().map(l -> Span.of(l.value())).toArray(Span[]::new));
            for (int i = 0; i < p.size(); i++) {
                Instr in = p.instr(i);
                if (in.op().kind() == Op.Kind.LEAF || neverNaN(p, in)) {
                    continue;
                }
                HostArray y = evaluated(p, in, spans, random);
                for (int e = 0; y != null && e < y.length(); e++) {
                    checked++;
                    double v = y.getDouble(e);
                    int n = i;
                    int at = e;
                    assertTrue(Enclosure.holds(spans[i], e, y), () -> sample + "element " + at + " of %" + n + " is " + v
                            + ", not in " + spans[n].low(at) + " to " + spans[n].high(at));
                }
            }
        }
        assertTrue(checked > 500_000);
    }

    /** {@code where(x == x, x, 0)} knows more than its operands' spans say. */
    private static boolean neverNaN(Program p, Instr in) {
        return in.op() == Op.WHERE && p.instr(in.inputs()[0]).op() == Op.EQ;
    }

    /** Null where the operands chosen are not valid ones. */
    private static HostArray evaluated(Program p, Instr in, Span[] spans, RandomGenerator random) {
        int n = in.inputs().length;
        HostArray[] x = new HostArray[n];
        Shape[] shapes = new Shape[n];
        for (int k = 0; k < n; k++) {
            boolean twin = k > 0 && in.inputs()[k] == in.inputs()[0];
            x[k] = twin ? x[0] : chosen(spans[in.inputs()[k]], random);
            shapes[k] = p.instr(in.inputs()[k]).shape();
        }
        var wide = new Instr(in.op(), in.attr(), Span.carrier(in.dtype()), in.shape(), in.inputs(), in.path(), in.origin());
        try {
            return Oracle.as(in.dtype(), Evaluator.eval(wide, x, shapes));
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            return null;
        }
    }

    private static HostArray chosen(Span s, RandomGenerator random) {
        HostArray out = s.lo().copy();
        int mode = random.nextInt(4);
        for (int i = 0; i < out.length(); i++) {
            int end = mode == 3 ? random.nextInt(3) : mode;
            if (s.isAny(i)) {
                if (s.type().isFloat()) {
                    out.setDouble(i, end == 0 ? Double.NaN : 100 * random.nextGaussian());
                }
            } else if (!s.isPoint(i)) {
                boolean between = end == 2 && Double.isFinite(s.low(i)) && Double.isFinite(s.high(i));
                double v = s.low(i) + (s.high(i) - s.low(i)) * random.nextDouble();
                out.setDouble(i, between ? s.type().isFloat() ? v : Math.rint(v) : end == 0 ? s.low(i) : s.high(i));
            } else if (s.type().isFloat() && s.low(i) == 0 && random.nextBoolean()) {
                out.setDouble(i, -0.0);
            }
        }
        return out;
    }

    /** One element of a right result is changed by a little that no rounding explains; nearly always that must be seen. */
    @Test
    void aWrongElementIsReported() {
        RandomGenerator random = new SplittableRandom(7);
        int wrong = 0;
        int reported = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 300; seed++) {
            Oracle oracle = new Oracle(Fuzzer.sample(seed), 2);
            List<HostArray> results = new ArrayList<>(oracle.exact());
            int r = random.nextInt(results.size());
            HostArray changed = results.get(r).copy();
            if (changed.length() == 0) {
                continue;
            }
            int i = random.nextInt(changed.length());
            double v = changed.getDouble(i);
            if (!changed.dtype().isFloat()) {
                changed.setLong(i, changed.getLong(i) ^ 1);
            } else {
                double by = changed.dtype().isHalf() ? 0.1 : 1e-3;
                changed.setDouble(i, Double.isFinite(v) && v != 0 ? v * (1 + by) : random.nextGaussian());
            }
            results.set(r, changed);
            wrong++;
            reported += new Comparison(oracle).difference(results) != null ? 1 : 0;
        }
        assertTrue(reported > 0.93 * wrong, reported + " of " + wrong);
    }

    /** Most of what random programs compute is narrow, so that little can hide in it. */
    @Test
    void spansAreNarrow() {
        long elements = 0;
        long narrow = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 150; seed++) {
            for (Span s : new Oracle(Fuzzer.sample(seed), 3).enclosure()) {
                for (int i = 0; i < s.length(); i++) {
                    elements++;
                    double most = Math.max(Math.abs(s.low(i)), Math.abs(s.high(i)));
                    narrow += s.isPoint(i) || s.type().isFloat() && s.high(i) - s.low(i) <= 0.02 * most ? 1 : 0;
                }
            }
        }
        assertTrue(narrow > 0.9 * elements, narrow + " of " + elements);
    }

    @Test
    void endsOfEveryTypeAreItsOwn() {
        assertEquals(List.of(0L, 0L, -128L, Long.MIN_VALUE), Arrays.stream(new DType[] {DType.BOOL, DType.U8, DType.I8, DType.I64}).map(Span::least).toList());
        assertEquals(List.of(1L, 255L, 127L, Long.MAX_VALUE), Arrays.stream(new DType[] {DType.BOOL, DType.U8, DType.I8, DType.I64}).map(Span::most).toList());
    }
}
