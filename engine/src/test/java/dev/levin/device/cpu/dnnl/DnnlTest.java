package dev.levin.device.cpu.dnnl;

import static dev.levin.device.cpu.dnnl.Close.assertSameBits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.device.cpu.Team;
import dev.levin.type.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loading, the primitive cache, memory, and layouts. */
class DnnlTest {

    @Nested
    class WithoutTheLibrary {
        @Test
        void aReasonAndAWayOutAreGiven(@TempDir Path dir) throws IOException {
            assertTrue(DnnlLibrary.load("off").reason().contains("-Dlevin.dnnl=off"));
            assertFalse(DnnlLibrary.load("off").loaded());
            String missing = dir.resolve("nothing.so").toString();
            assertTrue(DnnlLibrary.load(missing).reason().contains(missing));
            Path garbage = Files.writeString(dir.resolve("libdnnl.so.3"), "this is not a library");
            var result = DnnlLibrary.load(garbage.toString());
            assertFalse(result.loaded());
            assertTrue(result.reason().contains("could not load oneDNN"), result.reason());
        }
    }

    @Nested
    class WithTheLibrary {
        @BeforeAll
        static void needed() {
            assumeTrue(Dnnl.availability().available(), Dnnl.availability().reason());
        }

        @Test
        void theFeatureReportNamesVersionAndInstructionSet() {
            CpuFeatures f = Dnnl.features().orElseThrow();
            assertTrue(f.version().matches("3\\.\\d+\\.\\d+"), f.version());
            assertTrue(f.isa().matches("[a-z0-9_ ]+"), f.isa());
            assertTrue(Files.isRegularFile(Path.of(f.path())), f.path());
            assertTrue(f.supports(DType.F32));
            assertFalse(f.supports(DType.F64));
            assertTrue(f.bf16() || !f.fastBf16(), f.toString());
        }

        @Test
        void onlyTheLibraryAndItsRuntimeAreLoadedNoOpenCl() throws IOException {
            Dnnl.features();
            Path maps = Path.of("/proc/self/maps");
            assumeTrue(Files.isReadable(maps), "needs /proc");
            String loaded = Files.readString(maps);
            assertTrue(loaded.contains("libdnnl"));
            assertFalse(loaded.contains("libOpenCL"));
        }

        @Test
        void anEqualSpecificationCompilesNothingNew() {
            try (var team = new Team(2); var dnnl = Dnnl.open(team)) {
                dnnl.matmul(MatmulSpec.dense(DType.F32, 30, 20, 10));
                long compiled = dnnl.compiledPrimitives();
                assertTrue(compiled > 0);
                dnnl.matmul(MatmulSpec.dense(DType.F32, 30, 20, 10));
                assertEquals(compiled, dnnl.compiledPrimitives());
                dnnl.matmul(MatmulSpec.dense(DType.F32, 31, 20, 10));
                assertEquals(compiled + 1, dnnl.compiledPrimitives());
            }
        }

        @Test
        void theCacheStaysBoundedAndOperationsOutliveTheirPrimitives() {
            try (var team = new Team(2); var dnnl = Dnnl.open(team, 8)) {
                var a = NativeArray.random(DType.F32, 64 * 64, new Random(1));
                Matmul first = dnnl.matmul(MatmulSpec.dense(DType.F32, 8, 8, 8));
                var want = new NativeArray(DType.F32, 64);
                first.run(a.address(), a.address(), 0, want.address());
                for (int n = 9; n < 64; n++) {
                    dnnl.matmul(MatmulSpec.dense(DType.F32, 8, 8, n));
                    assertTrue(dnnl.cachedPrimitives() <= 8);
                }
                long compiled = dnnl.compiledPrimitives();
                var got = new NativeArray(DType.F32, 64);
                first.run(a.address(), a.address(), 0, got.address());
                assertSameBits(want, got, "after eviction");
                assertEquals(compiled + 1, dnnl.compiledPrimitives());
            }
        }

        @Test
        void tenThousandExecutionsKeepNativeMemoryFlat() throws IOException {
            assumeTrue(Files.isReadable(Path.of("/proc/self/statm")), "needs /proc");
            try (var team = new Team(2); var dnnl = Dnnl.open(team, 32)) {
                var data = NativeArray.random(DType.F32, 1 << 18, new Random(1));
                var out = new NativeArray(DType.F32, 1 << 18);
                Runnable some = () -> {
                    for (int i = 0; i < 1000; i++) {
                        // More shapes than the cache holds, so that primitives come and go, too.
                        int n = 16 + i / 25 % 40;
                        dnnl.matmul(MatmulSpec.of(DType.F32, 20, 30, n, false, true)).run(data.address(), data.address(), 0,
                                out.address());
                        if (i % 50 == 0) {
                            ConvSpec s = ConvSpec.of(4, 8, 8 + i / 100, List.of(12L, 12L), 3, 1, 1);
                            dnnl.convForward(s).run(data.address(), data.address(), 0, out.address());
                            dnnl.convBackwardWeights(s, ConvLayouts.NONE, null).run(data.address(), data.address(),
                                    out.address(), 0);
                        }
                    }
                };
                for (int i = 0; i < 4; i++) {
                    some.run();
                }
                System.gc();
                long before = residentPages();
                for (int i = 0; i < 10; i++) {
                    some.run();
                }
                System.gc();
                long grown = (residentPages() - before) * 4096;
                assertTrue(grown < 24 << 20, "grew by " + (grown >> 20) + " MiB");
                assertTrue(dnnl.cachedPrimitives() <= 32);
            }
        }

        private static long residentPages() throws IOException {
            return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
        }

        @Test
        void scratchMemoryIsCountedAndTrimmed() {
            try (var team = new Team(2); var dnnl = Dnnl.open(team)) {
                ConvSpec s = ConvSpec.of(4, 32, 32, List.of(20L, 20L), 3, 1, 1);
                var data = NativeArray.random(DType.F32, 4 * 32 * 400, new Random(1));
                var out = new NativeArray(DType.F32, 4 * 32 * 400);
                ConvForward op = dnnl.convForward(s);
                op.run(data.address(), data.address(), 0, out.address());
                assertTrue(dnnl.scratchBytes() > 0);
                dnnl.trim();
                assertEquals(0, dnnl.scratchBytes());
                var again = new NativeArray(DType.F32, 4 * 32 * 400);
                op.run(data.address(), data.address(), 0, again.address());
                assertSameBits(out, again, "after trim");
            }
        }

        @Test
        void operationsAreSharedByThreads() throws InterruptedException {
            try (var team = new Team(2); var dnnl = Dnnl.open(team, 4)) {
                MatmulSpec spec = MatmulSpec.of(DType.F32, 64, 300, 200, false, true);
                Matmul op = dnnl.matmul(spec);
                var a = NativeArray.random(DType.F32, 64 * 300, new Random(1));
                var b = NativeArray.random(DType.F32, 200 * 300, new Random(2));
                var want = new NativeArray(DType.F32, 64 * 200);
                op.run(a.address(), b.address(), 0, want.address());
                var failure = new AtomicReference<Throwable>();
                Thread[] threads = new Thread[4];
                for (int t = 0; t < threads.length; t++) {
                    int id = t;
                    threads[t] = Thread.ofPlatform().start(() -> {
                        try {
                            for (int i = 0; i < 200; i++) {
                                var got = new NativeArray(DType.F32, 64 * 200);
                                op.run(a.address(), b.address(), 0, got.address());
                                assertSameBits(want, got, "thread " + id);
                                // Push the shared primitive out of the cache while others run it.
                                dnnl.matmul(MatmulSpec.dense(DType.F32, 3, 4, 5 + (i + id) % 20));
                            }
                        } catch (Throwable e) {
                            failure.set(e);
                        }
                    });
                }
                for (Thread t : threads) {
                    t.join();
                }
                assertEquals(null, failure.get());
            }
        }

        @Test
        void layoutsAreValues() {
            DnnlLayout plain = DnnlLayout.plain(DType.F32, 2, 3, 4, 5);
            assertEquals(plain, DnnlLayout.strided(DType.F32, new long[] {2, 3, 4, 5}, new long[] {60, 20, 5, 1}));
            assertEquals(plain.hashCode(), DnnlLayout.plain(DType.F32, 2, 3, 4, 5).hashCode());
            assertNotEquals(plain, DnnlLayout.plain(DType.BF16, 2, 3, 4, 5));
            assertNotEquals(plain, DnnlLayout.channelsLast(DType.F32, 2, 3, 4, 5));
            assertEquals("float32 [2, 3, 4, 5] abcd", plain.toString());
            assertEquals("float32 [2, 3, 4, 5] acdb", DnnlLayout.channelsLast(DType.F32, 2, 3, 4, 5).toString());
            assertEquals(2 * 3 * 4 * 5 * 4, plain.bytes());
            assertTrue(plain.isContiguous());
            assertFalse(plain.isPadded());
        }

        @Test
        void paddedLayoutsSayThatTheyAre() {
            try (var team = new Team(1); var dnnl = Dnnl.open(team)) {
                ConvSpec s = ConvSpec.of(2, 16, 20, List.of(8L, 8L), 3, 1, 1);
                DnnlLayout dst = dnnl.preferred(s, ConvDirection.FORWARD, ConvLayouts.NONE).dst();
                assumeTrue(!dst.isPlain(), "this CPU prefers plain layouts");
                assertTrue(dst.isPadded(), dst.toString());
                assertTrue(dst.bytes() > 2 * 20 * 64 * 4);
                // The padding of what the library writes is zero, whatever was there before.
                var x = NativeArray.random(DType.F32, 2 * 16 * 64, new Random(1));
                var w = NativeArray.random(DType.F32, 20 * 16 * 9, new Random(2));
                var y = NativeArray.random(DType.F32, dst.bytes() / 4, new Random(3));
                dnnl.convForward(s, new ConvLayouts(null, null, dst), null, PostOps.NONE).run(x.address(), w.address(), 0,
                        y.address());
                long zeros = java.util.Arrays.stream(y.doubles()).filter(v -> v == 0).count();
                assertTrue(zeros >= (dst.bytes() - 2 * 20 * 64 * 4) / 4, zeros + " zeros");
            }
        }

        @Test
        void libraryErrorsNameTheCallAndTheShapes() {
            try (var team = new Team(1); var dnnl = Dnnl.open(team)) {
                var e = assertThrows(DnnlException.class,
                        () -> dnnl.matmul(MatmulSpec.dense(DType.F32, 7, 5, 3).withBias(DType.U8)));
                assertTrue(e.getMessage().contains("dnnl_matmul_primitive_desc_create"), e.getMessage());
                assertTrue(e.getMessage().contains("float32 [7, 5] ab x float32 [5, 3] ab"), e.getMessage());
                assertNotEquals(0, e.status());
            }
        }

        @Test
        void aCacheOfNothingIsRefused() {
            try (var team = new Team(1)) {
                assertThrows(IllegalArgumentException.class, () -> Dnnl.open(team, 0));
            }
        }
    }
}
