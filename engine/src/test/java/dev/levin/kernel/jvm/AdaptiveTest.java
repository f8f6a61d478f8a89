package dev.levin.kernel.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.kernel.Access;
import dev.levin.kernel.Kernel;
import dev.levin.kernel.KernelBuilder;
import dev.levin.kernel.ReduceOp;
import dev.levin.kernel.ScalarOp;
import dev.levin.type.DType;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What only shows from inside: the switch to vector code, method sizes, how often things are computed. */
class AdaptiveTest {
    private static Kernel softmax(int o, int r) {
        var k = new KernelBuilder(new long[] {o}, new long[] {r});
        int x = k.load(k.buffer(DType.F32), Access.affine(0, r, 1));
        int e = k.compute(ScalarOp.EXP, k.compute(ScalarOp.SUB, x, k.reduce(ReduceOp.MAX, x)));
        k.store(k.buffer(DType.F32), Access.affine(0, r, 1), k.compute(ScalarOp.DIV, e, k.reduce(ReduceOp.SUM, e)));
        return k.build();
    }

    /**
     * Every run, before, during and after the switch, gives the same bits. In a JVM of its own: in one that has run vector code
     * of many shapes already, the JIT compiler more often fails to make this code fast.
     */
    @Test
    void switchingToVectorCodeChangesNothing() throws IOException, InterruptedException {
        assumeTrue(JvmKernels.vectorModule(), "needs --add-modules jdk.incubator.vector");
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String java = ProcessHandle.current().info().command().orElse("java");
        Process p = new ProcessBuilder(java, "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp", path,
                AdaptiveTest.class.getName()).redirectErrorStream(true).start();
        String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), output);
        assertTrue(output.contains("20 runs of vector code, 1 result" + System.lineSeparator()), output);
    }

    /** Runs a kernel until twenty runs took vector code, forty seconds at most. */
    public static void main(String[] args) {
        int n = 40 * 999;
        Set<Integer> results = new HashSet<>();
        int after = 0;
        try (var arena = Arena.ofConfined(); var kernels = new JvmKernels(JvmKernels.Mode.ADAPTIVE)) {
            var x = arena.allocate(4L * n, 64);
            var y = arena.allocate(4L * n, 64);
            for (int i = 0; i < n; i++) {
                x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i) * 5);
            }
            var kernel = (JvmKernel) kernels.compile(softmax(40, 999));
            long end = System.nanoTime() + Duration.ofSeconds(40).toNanos();
            while (after < 20 && System.nanoTime() < end) {
                after += kernel.usesVectors() ? 1 : 0;
                kernel.run(new long[] {x.address(), y.address()}, new double[0]);
                results.add(Arrays.hashCode(y.toArray(ValueLayout.JAVA_INT)));
            }
        }
        System.out.println(after + " runs of vector code, " + results.size() + " result" + (results.size() == 1 ? "" : "s"));
    }

    @Test
    void anExpensiveValueOfAWholeRowIsComputedOnce() {
        Kernel k = softmax(40, 999);
        Lowered l = new Lowering(k, Tiling.of(k), true).lower();
        long shifts = l.passes().stream().flatMap(p -> p.code().stream()).filter(m -> m.op() == Micro.Op.SHL).count();
        assertEquals(2, shifts, "one exp has two shifts: " + l.passes());
        assertEquals(3, l.stages().size());
    }

    @Test
    void rowsTooLongForScratchAreComputedAgain() {
        Kernel k = softmax(2, 100_000);
        Tiling t = Tiling.of(k);
        assertTrue(!t.whole() && t.nTile() < 100_000);
        Lowered l = new Lowering(k, t, true).lower();
        assertEquals(4, l.passes().stream().flatMap(p -> p.code().stream()).filter(m -> m.op() == Micro.Op.SHL).count());
    }

    /** HotSpot compiles no method of 8,000 bytes or more. */
    @Test
    void methodsStaySmall() {
        var k = new KernelBuilder(1000);
        int x = k.load(k.buffer(DType.F32), Access.affine(0, 1));
        int y = x;
        for (int i = 0; i < 60; i++) {
            y = k.compute(ScalarOp.ADD, k.compute(i % 2 == 0 ? ScalarOp.ERF : ScalarOp.LOG1P, y), x);
        }
        k.store(k.buffer(DType.F32), Access.affine(0, 1), y);
        Kernel kernel = k.build();
        Lowered l = new Lowering(kernel, Tiling.of(kernel), true).lower();
        assertTrue(l.passes().size() > 3);
        byte[] bytes = Emitter.bytes("big", l.passes(), 512);
        for (var m : ClassFile.of().parse(bytes).methods()) {
            int size = ((CodeAttribute) m.code().orElseThrow()).codeLength();
            assertTrue(size < 8000, m.methodName() + " has " + size + " bytes");
        }
    }
}
