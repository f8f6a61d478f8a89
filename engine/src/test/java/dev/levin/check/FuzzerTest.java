package dev.levin.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.device.Backend;
import dev.levin.device.Executable;
import dev.levin.graph.Buffer;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.Program.Instr;
import dev.levin.graph.ScalarArg;
import dev.levin.graph.Variable;
import dev.levin.reference.Evaluator;
import dev.levin.reference.ReferenceBackend;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class FuzzerTest {
    private static final long FIRST_SEED = 1;

    @Test
    void theInterpreterAgreesWithItself() {
        var report = new Fuzzer(ReferenceBackend::new).run(Duration.ofSeconds(5), FIRST_SEED, 1, f -> { });
        assertEquals(0, report.failures().size(), report::toString);
        assertTrue(report.programs() > 20, report::toString);
        assertTrue(report.compared() > 4 * report.uncertain(), "most elements must be comparable: " + report);
    }

    /** Every seed is a program for ever: the generator reaches all ops but those that only composed rules make. */
    @Test
    void programsReachTheOps() {
        Set<Op> seen = EnumSet.noneOf(Op.class);
        boolean assigns = false;
        for (long seed = 0; seed < 600; seed++) {
            Program p = Fuzzer.sample(seed).program();
            assertEquals(p, Fuzzer.sample(seed).program());
            for (int i = 0; i < p.size(); i++) {
                seen.add(p.instr(i).op());
            }
            assigns |= p.assigns().length > 1;
        }
        Set<Op> missing = EnumSet.complementOf(EnumSet.copyOf(seen));
        // Factorisations have free signs; barriers are gone from programs.
        missing.removeAll(EnumSet.of(Op.LINALG, Op.DETACH, Op.CUSTOM));
        assertEquals(EnumSet.noneOf(Op.class), missing);
        assertTrue(assigns);
    }

    /** Rounds every inexact result up or down, as fused functions, other sums and other libraries do; 16 bits are F32 at times. */
    private static Backend roundingElsewhere() {
        return new Backend() {
            private final RandomGenerator random = new SplittableRandom(1);

            @Override
            public Device device() {
                return Device.CPU;
            }

            @Override
            public Executable compile(Program p) {
                return leaves -> {
                    HostArray[] values = new HostArray[p.size()];
                    for (int i = 0; i < values.length; i++) {
                        Instr in = p.instr(i);
                        boolean bound = in.op() == Op.INPUT || in.op() == Op.VARIABLE || in.op() == Op.SCALAR;
                        values[i] = bound ? Oracle.as(Span.carrier(in.dtype()), Oracle.as(in.dtype(), leaf(leaves[in.attr(0)]).value()))
                                : rounded(p, in, evaluated(p, in, values), random);
                    }
                    Buffer[] out = new Buffer[p.outputs().length];
                    Arrays.setAll(out, i -> new Buffer.Host(stored(p, p.outputs()[i], values)));
                    for (Program.Assign a : p.assigns()) {
                        ((Variable) leaves[a.slot()]).store(new Buffer.Host(stored(p, a.value(), values)));
                    }
                    return out;
                };
            }
        };
    }

    private static HostArray evaluated(Program p, Instr in, HostArray[] values) {
        HostArray[] x = Arrays.stream(in.inputs()).mapToObj(k -> values[k]).toArray(HostArray[]::new);
        Shape[] shapes = Arrays.stream(in.inputs()).mapToObj(k -> p.instr(k).shape()).toArray(Shape[]::new);
        var wide = new Instr(in.op(), in.attr(), Span.carrier(in.dtype()), in.shape(), in.inputs(), in.path(), in.origin());
        return Evaluator.eval(wide, x, shapes);
    }

    private static HostArray rounded(Program p, Instr in, HostArray y, RandomGenerator random) {
        DType type = in.dtype();
        if (!type.isFloat() || Oracle.EXACT.contains(in.op())) {
            return y;
        }
        if (in.op() == Op.CAST && type.isHalf() && p.instr(in.inputs()[0]).dtype().isFloat()) {
            // the one place where 16 bits are rounded to the nearest by every device
            return Oracle.as(DType.F64, Oracle.as(type, y));
        }
        DType to = type.isHalf() && random.nextBoolean() ? DType.F32 : type;
        HostArray moved = y.copy();
        Span span = new Span(type, 0);
        for (int i = 0; i < y.length(); i++) {
            double v = y.getDouble(i);
            moved.setDouble(i, span.isExact(v) ? v : v * (1 + (random.nextBoolean() ? 1 : -1) * Oracle.unit(to)));
        }
        return Oracle.as(DType.F64, Oracle.as(to, moved));
    }

    private static HostArray stored(Program p, int i, HostArray[] values) {
        return Oracle.as(p.instr(i).dtype(), values[i]);
    }

    private static Sample.Leaf leaf(Object bound) {
        return switch (bound) {
            case Variable v -> new Sample.Leaf(Op.VARIABLE, v.dtype(), v.shape(), v.buffer().toHost());
            case ScalarArg a -> new Sample.Leaf(Op.SCALAR, DType.F64, Shape.scalar(), HostArray.wrap(DType.F64, new double[] {a.value()}));
            case Buffer b -> new Sample.Leaf(Op.INPUT, b.dtype(), Shape.of((int) b.numel()), b.toHost());
            default -> throw new AssertionError(bound);
        };
    }

    @Test
    void roundingElsewhereIsNoFailure() {
        Backend device = roundingElsewhere();
        Fuzzer fuzzer = new Fuzzer(() -> device);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 600; seed++) {
            var failure = fuzzer.check(seed);
            assertNull(failure, () -> failure.toString());
        }
    }

    /** A device that computes one op as another. */
    private static Backend mistaking(Op op, Op by) {
        return new Backend() {
            @Override
            public Device device() {
                return Device.CPU;
            }

            @Override
            public Executable compile(Program p) {
                Program.Instr[] instrs = new Program.Instr[p.size()];
                for (int i = 0; i < instrs.length; i++) {
                    Program.Instr in = p.instr(i);
                    instrs[i] = in.op() != op ? in
                            : new Program.Instr(by, in.attr(), in.dtype(), in.shape(), in.inputs(), in.path(), in.origin());
                }
                return new ReferenceBackend().compile(new Program(instrs, p.leafCount(), p.outputs(), p.assigns()));
            }
        };
    }

    private static Fuzzer.Failure first(Backend device) {
        var report = new Fuzzer(() -> device).run(Duration.ofSeconds(30), FIRST_SEED, 1, f -> { });
        return report.failures().isEmpty() ? null : report.failures().getFirst();
    }

    @Test
    void aWrongOpIsFoundAndShrunkToIt() {
        for (Op[] mistake : new Op[][] {{Op.REDUCE_MAX, Op.SUM}, {Op.LT, Op.LE}, {Op.CUMARGMAX, Op.CUMARGMIN}, {Op.ERF, Op.TANH}}) {
            var failure = first(mistaking(mistake[0], mistake[1]));
            assertNotNull(failure, () -> mistake[0] + " computed as " + mistake[1] + " was not found");
            Program p = failure.sample().program();
            boolean there = false;
            for (int i = 0; i < p.size(); i++) {
                there |= p.instr(i).op() == mistake[0];
            }
            assertTrue(there && p.size() <= 4, failure::toString);
        }
    }

    @Test
    void anExceptionOfTheDeviceIsAFailure() {
        var failure = first(new Backend() {
            @Override
            public Device device() {
                return Device.CPU;
            }

            @Override
            public Executable compile(Program p) {
                for (int i = 0; i < p.size(); i++) {
                    if (p.instr(i).op() == Op.UNFOLD) {
                        throw new UnsupportedOperationException("no UNFOLD here");
                    }
                }
                return new ReferenceBackend().compile(p);
            }
        });
        assertNotNull(failure);
        assertTrue(failure.message().contains("no UNFOLD here"));
        assertEquals(2, failure.sample().program().size(), failure::toString);
    }
}
