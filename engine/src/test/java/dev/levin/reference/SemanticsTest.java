package dev.levin.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.levin.graph.LinalgFunction;
import dev.levin.graph.Node;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.Program;
import dev.levin.graph.ScatterMode;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every op against what PyTorch computes ({@code semantics.py} beside the cases), and against its defining property. */
class SemanticsTest {

    private record Value(DType dtype, Shape shape, HostArray array) {
        static Value of(JsonNode json) {
            DType dtype = DType.parse(json.get(0).asText());
            int[] dims = new int[json.get(1).size()];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = json.get(1).get(i).asInt();
            }
            HostArray h = HostArray.allocate(dtype, json.get(2).size());
            for (int i = 0; i < h.length(); i++) {
                JsonNode v = json.get(2).get(i);
                if (dtype.isFloat()) {
                    h.setDouble(i, v.isTextual() ? Double.parseDouble(v.asText()) : v.asDouble());
                } else {
                    h.setLong(i, v.asLong());
                }
            }
            return new Value(dtype, Shape.of(dims), h);
        }
    }

    private record Case(int line, Op op, long[] attr, List<Value> in, Value out, double tolerance) {
        HostArray run() {
            var instr = new Program.Instr(op, attr, out.dtype, out.shape, new int[in.size()], "", null);
            return Evaluator.eval(instr, in.stream().map(Value::array).toArray(HostArray[]::new),
                    in.stream().map(Value::shape).toArray(Shape[]::new));
        }

        void check() {
            HostArray before = in.isEmpty() ? null : in.getFirst().array.copy();
            HostArray got = run();
            assertEquals(out.dtype, got.dtype(), () -> "dtype, line " + line);
            assertEquals(out.array.length(), got.length(), () -> "length, line " + line);
            // Sums may cancel: their error is relative to the largest element.
            double scale = 0;
            for (int i = 0; i < got.length() && !op.isPointwise(); i++) {
                scale = Math.max(scale, finite(out.array.getDouble(i)));
            }
            for (int i = 0; i < got.length(); i++) {
                if (!near(got, i, scale)) {
                    fail("line " + line + ", element " + i + ": expected " + text(out.array, i) + ", got " + text(got, i));
                }
            }
            if (before != null) {
                assertEquals(before.segment().mismatch(in.getFirst().array.segment()), -1, "the input was written to");
            }
        }

        private boolean near(HostArray got, int i, double scale) {
            if (!out.dtype.isFloat()) {
                return got.getLong(i) == out.array.getLong(i);
            }
            double want = out.array.getDouble(i);
            double have = got.getDouble(i);
            return Double.compare(want, have) == 0 || want == have
                    || Math.abs(want - have) <= tolerance * Math.max(scale, Math.abs(want)) && Double.isFinite(want);
        }

        private static double finite(double v) {
            return Double.isFinite(v) ? Math.abs(v) : 0;
        }

        private static String text(HostArray h, int i) {
            return h.dtype().isFloat() ? "" + h.getDouble(i) : "" + h.getLong(i);
        }
    }

    private static List<Case> cases() {
        ObjectMapper mapper = new ObjectMapper();
        try (var in = SemanticsTest.class.getResourceAsStream("semantics.jsonl");
                var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            List<String> lines = reader.lines().toList();
            return IntStream.range(0, lines.size()).mapToObj(i -> {
                try {
                    JsonNode j = mapper.readTree(lines.get(i));
                    long[] attr = new long[j.get("attr").size()];
                    for (int k = 0; k < attr.length; k++) {
                        attr[k] = j.get("attr").get(k).asLong();
                    }
                    List<Value> inputs = Stream.iterate(0, k -> k + 1).limit(j.get("in").size()).map(k -> Value.of(j.get("in").get(k))).toList();
                    return new Case(i + 1, Op.valueOf(j.get("op").asText()), attr, inputs, Value.of(j.get("out")), j.get("rel").asDouble());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TestFactory
    Stream<DynamicTest> agreesWithPyTorch() {
        var byOp = new TreeMap<Op, List<Case>>();
        cases().forEach(c -> byOp.computeIfAbsent(c.op, o -> new ArrayList<>()).add(c));
        return byOp.entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey() + " (" + e.getValue().size() + " cases)",
                () -> e.getValue().forEach(Case::check)));
    }

    @Test
    void everyOpHasACase() {
        Set<Op> missing = EnumSet.allOf(Op.class);
        cases().forEach(c -> missing.remove(c.op));
        // Bound when a program runs: ReferenceBackendTest. The generator's words: PhiloxTest.
        missing.removeAll(EnumSet.of(Op.INPUT, Op.VARIABLE, Op.SCALAR, Op.RANDOM_BITS));
        assertEquals(EnumSet.noneOf(Op.class), missing, "ops without a case in semantics.py");
    }

    // ---- errors --------------------------------------------------------------------------------------------------------

    @Test
    void anIndexOutOfRangeNamesIndexAxisAndExtent() {
        Node x = Run.leaf(DType.F32, Run.dims(2, 3), 1, 2, 3, 4, 5, 6);
        for (long bad : new long[] {3, -1, Long.MAX_VALUE}) {
            for (Node n : List.of(Nodes.take(x, Run.i64(0, bad), 1), Nodes.gather(x, Nodes.reshape(Run.i64(0, bad), Shape.of(1, 2)), 1),
                    Nodes.indexAdd(x, Run.i64(bad), Run.leaf(DType.F32, Run.dims(2, 1), 1, 1), 1),
                    Nodes.scatter(x, Nodes.reshape(Run.i64(bad), Shape.of(1, 1)), x, 1, ScatterMode.ADD))) {
                var e = assertThrows(IndexOutOfBoundsException.class, () -> Run.value(n));
                assertTrue(e.getMessage().contains("index " + bad) && e.getMessage().contains("axis 1 with extent 3"), e.getMessage());
            }
        }
    }

    @Test
    void integerDivisionByZeroIsAnError() {
        for (Op op : List.of(Op.DIV, Op.FMOD)) {
            var e = assertThrows(ArithmeticException.class, () -> Run.value(Nodes.binary(op, Run.i64(4, 5), Run.i64(2, 0))));
            assertTrue(e.getMessage().contains("5 by zero"), e.getMessage());
        }
    }

    @Test
    void aSingularMatrixHasNoInverse() {
        Node x = Run.leaf(DType.F64, Run.dims(2, 2, 2), 1, 0, 0, 1, 1, 2, 2, 4);
        var e = assertThrows(ArithmeticException.class, () -> Run.value(Nodes.linalg(LinalgFunction.INVERSE, 0, x.shape(), x)));
        assertTrue(e.getMessage().contains("matrix 1 of the batch is singular"), e.getMessage());
    }

    @Test
    void anIndefiniteMatrixHasNoCholeskyFactor() {
        Node x = Run.leaf(DType.F64, Run.dims(2, 2), 1, 2, 2, 1);
        var e = assertThrows(ArithmeticException.class, () -> Run.value(Nodes.linalg(LinalgFunction.CHOLESKY, 0, x.shape(), x)));
        assertTrue(e.getMessage().contains("not positive definite"), e.getMessage());
    }

    // ---- factorisations whose signs are free: the defining property ------------------------------------------------------

    @Test
    void singularVectorsAreOrthonormalAndRebuildTheMatrix() {
        for (int[] mn : new int[][] {{4, 4}, {5, 3}, {3, 5}, {1, 4}}) {
            int m = mn[0];
            int n = mn[1];
            int k = Math.min(m, n);
            double[] a = Run.doubles(Nodes.unary(Op.SIN, Nodes.iota(m * n, DType.F64)));
            Node x = Run.leaf(DType.F64, Run.dims(m, n), a);
            double[] u = Run.doubles(Nodes.linalg(LinalgFunction.SVD, 0, Shape.of(m, k), x));
            double[] s = Run.doubles(Nodes.linalg(LinalgFunction.SVD, 1, Shape.of(k), x));
            double[] vt = Run.doubles(Nodes.linalg(LinalgFunction.SVD, 2, Shape.of(k, n), x));
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int l = 0; l < k; l++) {
                        sum += u[i * k + l] * s[l] * vt[l * n + j];
                    }
                    assertEquals(a[i * n + j], sum, 1e-13);
                }
            }
            for (int p = 0; p < k; p++) {
                for (int q = 0; q < k; q++) {
                    double uu = 0;
                    double vv = 0;
                    for (int i = 0; i < m; i++) {
                        uu += u[i * k + p] * u[i * k + q];
                    }
                    for (int j = 0; j < n; j++) {
                        vv += vt[p * n + j] * vt[q * n + j];
                    }
                    assertEquals(p == q ? 1 : 0, uu, 1e-13);
                    assertEquals(p == q ? 1 : 0, vv, 1e-13);
                }
            }
        }
    }

    @Test
    void eigenvectorsAreOrthonormalAndBelongToTheirEigenvalues() {
        int n = 5;
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                a[i * n + j] = Math.cos(1 + i * j) + Math.cos(1 + i + j);
            }
        }
        Node x = Run.leaf(DType.F64, Run.dims(n, n), a);
        double[] w = Run.doubles(Nodes.linalg(LinalgFunction.EIGH, 0, Shape.of(n), x));
        double[] v = Run.doubles(Nodes.linalg(LinalgFunction.EIGH, 1, Shape.of(n, n), x));
        for (int j = 0; j < n; j++) {
            assertTrue(j == 0 || w[j - 1] <= w[j], "eigenvalues ascend");
            double norm = 0;
            for (int i = 0; i < n; i++) {
                double sum = 0;
                for (int l = 0; l < n; l++) {
                    sum += a[i * n + l] * v[l * n + j];
                }
                assertEquals(w[j] * v[i * n + j], sum, 1e-13);
                norm += v[i * n + j] * v[i * n + j];
            }
            assertEquals(1, norm, 1e-13);
        }
    }
}
