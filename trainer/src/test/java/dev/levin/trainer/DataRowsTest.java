package dev.levin.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.data.Dataset;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.demo.BoringData;
import dev.levin.trainer.demo.BoringModel;
import dev.levin.type.DType;
import dev.levin.type.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows D of the reference (data modules, loaders, combined loaders) by their ids. */
class DataRowsTest {
    @TempDir
    Path dir;

    private static TrainerBuilder trainer() {
        return Trainer.builder().accelerator("cpu").logger(false).maxEpochs(1).limitTrainBatches(2).limitValBatches(2).limitTestBatches(2)
                .numSanityValSteps(0);
    }

    private static void fails(Class<? extends Throwable> type, org.junit.jupiter.api.function.Executable body, String... words) {
        Throwable t = assertThrows(type, body);
        for (String w : words) {
            assertTrue(t.getMessage().contains(w), "'" + w + "' is not in: " + t.getMessage());
        }
    }

    // ---- data modules ------------------------------------------------------------------------------------------------------------

    private static class Counting extends DataModule<Tensor> {
        int seen;
        int loaded = -1;

        Counting(HyperParameters h) {
            saveHyperparameters(h);
        }

        @Override
        public Iterable<Tensor> trainDataloader() {
            return BoringData.batches();
        }

        @Override
        public Tensor onAfterBatchTransfer(Tensor batch, int loader) {
            seen++;
            return batch;
        }

        @Override
        public Map<String, Object> stateDict() {
            return Map.of("seen", seen);
        }

        @Override
        public void loadStateDict(Map<String, Object> state) {
            loaded = ((Number) state.get("seen")).intValue();
        }
    }

    @Test
    void d01d05k10StateAndHyperParametersAreInTheCheckpoint() {
        Trainer t = trainer().build();
        t.fit(new BoringModel(), new Counting(HyperParameters.of(Map.of("folder", "x"))));
        Path file = dir.resolve("data.ckpt");
        t.saveCheckpoint(file);
        Map<String, Object> content = Checkpoint.read(file).content();
        assertEquals(Map.of("folder", "x"), content.get("datamodule_hyper_parameters"));
        assertEquals(Counting.class.getName(), content.get("datamodule_hparams_name"));
        Counting resumed = new Counting(HyperParameters.NONE);
        trainer().maxEpochs(2).build().fit(new BoringModel(), resumed, Resume.from(file));
        // Training and validation data were read, two batches each.
        assertEquals(4, resumed.loaded);
        Counting built = DataModule.loadFromCheckpoint(file, Counting::new);
        assertEquals("x", built.hparams().text("folder"));
        assertEquals(4, built.loaded);
    }

    @Test
    void d01OnExceptionIsCalledAndTeardownToo() {
        List<String> calls = new ArrayList<>();
        class Data extends Counting {
            Data() {
                super(HyperParameters.NONE);
            }

            @Override
            public Tensor onAfterBatchTransfer(Tensor batch, int loader) {
                throw new IllegalStateException("boom");
            }

            @Override
            public void onException(Throwable e) {
                calls.add(e.getMessage());
            }

            @Override
            public void teardown(Stage stage) {
                calls.add("teardown");
            }
        }
        fails(IllegalStateException.class, () -> trainer().build().fit(new BoringModel(), new Data()), "boom");
        assertEquals(List.of("boom", "teardown"), calls);
    }

    @Test
    void d02TheDataModuleComesFirst() {
        List<String> calls = new ArrayList<>();
        class Data extends DataModule<Tensor> {
            @Override
            public Iterable<Tensor> trainDataloader() {
                calls.add("data");
                return BoringData.batches();
            }

            @Override
            public Tensor onBeforeBatchTransfer(Tensor batch, int loader) {
                calls.add("data before");
                return batch;
            }
        }
        class Model extends BoringModel {
            @Override
            public Iterable<Tensor> trainDataloader() {
                throw new AssertionError();
            }

            @Override
            public Tensor onBeforeBatchTransfer(Tensor batch, int loader) {
                throw new AssertionError();
            }
        }
        try (LogCapture log = new LogCapture()) {
            trainer().limitTrainBatches(1).limitValBatches(0).build().fit(new Model(), new Data());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("onBeforeBatchTransfer") && s.contains("Data") && s.contains("Model")).count());
        }
        assertEquals(List.of("data", "data before"), calls);
    }

    @Test
    void d04DataModulesFromDataSets() {
        List<Tensor> samples = BoringData.batches(10, 1, 32, 1).stream().map(t -> t.reshape(32)).toList();
        Dataset<Tensor> train = Dataset.of(samples);
        DataModule<Tensor> data = DataModule.fromDatasets(train, Dataset.of(samples.subList(0, 4)), null, null, 3, 1);
        List<List<Double>> order = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        Trainer t = Trainer.builder().accelerator("cpu").logger(false).maxEpochs(2).build();
        t.fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                if (i == 0) {
                    order.add(new ArrayList<>());
                }
                sizes.add(batch.size(0));
                order.getLast().add((double) batch.toFloats()[0]);
                return super.trainingStep(batch, i);
            }
        }, data);
        assertEquals(List.of(3, 3, 3, 1, 3, 3, 3, 1), sizes);
        assertFalse(order.get(0).equals(order.get(1)), "a new order each epoch");
        assertEquals(List.of(2), t.numValBatches());
        fails(IllegalArgumentException.class, () -> t.test(new BoringModel(), data), "test", "null", "testDataloader");
        fails(IllegalArgumentException.class, () -> t.fit(new BoringModel(), DataModule.fromDatasets(null, train, null, null, 3)), "trainDataloader");
    }

    @Test
    void d05OneNameWithTwoValuesIsAnError() {
        BoringModel m = new BoringModel() {
            {
                saveHyperparameters(Map.of("width", 3, "same", "s"));
            }
        };
        Logger logger = (values, step) -> { };
        trainer().logger(logger).build().fit(m, new Counting(HyperParameters.of(Map.of("depth", 1, "same", "s"))));
        fails(IllegalStateException.class, () -> trainer().logger(logger).build().fit(m, new Counting(HyperParameters.of(Map.of("width", 4)))), "'width'", "3", "4");
    }

    @Test
    void d06ThePrintedFormListsLoaders() {
        Dataset<Tensor> ten = Dataset.of(BoringData.batches(10, 1, 32, 1));
        assertEquals("DatasetsModule{train: 10 samples in 4 batches, val: 10 samples in 4 batches, test: none, predict: none}",
                DataModule.fromDatasets(ten, ten, null, null, 3).toString());
        assertEquals("Counting{train: 64 batches, val: none, test: none, predict: none}", new Counting(HyperParameters.NONE).toString());
        class Late extends DataModule<Tensor> {
            private List<Tensor> data;

            @Override
            public Iterable<Tensor> valDataloader() {
                return data.subList(0, 1);
            }
        }
        assertEquals("Late{train: none, val: not before setup, test: none, predict: none}", new Late().toString());
    }

    // ---- loaders ------------------------------------------------------------------------------------------------------------------

    @Test
    void d10AnyIterableIsALoader() {
        int[] steps = new int[1];
        Iterable<Tensor> lambda = () -> BoringData.batches(3, 1, 32, 1).iterator();
        trainer().limitTrainBatches(1.0).build().fit(new BoringModel() {
            @Override
            public Tensor trainingStep(Tensor batch, int i) {
                steps[0]++;
                return super.trainingStep(batch, i);
            }
        }, lambda);
        assertEquals(3, steps[0]);
    }

    @Test
    void d11ANullValidationLoaderSwitchesValidationOff() {
        int[] ran = new int[1];
        BoringModel m = new BoringModel() {
            @Override
            public Iterable<Tensor> valDataloader() {
                return null;
            }

            @Override
            public void onValidationStart() {
                ran[0]++;
            }
        };
        Trainer t = trainer().numSanityValSteps(2).build();
        t.fit(m);
        assertEquals(0, ran[0]);
        assertEquals(2, t.globalStep());
        fails(IllegalArgumentException.class, () -> t.validate(m), "validate", "null", "valDataloader");
        fails(IllegalArgumentException.class, () -> t.predict(new BoringModel() {
            @Override
            public Iterable<Tensor> predictDataloader() {
                return null;
            }
        }).drain(), "predict", "null", "predictDataloader");
    }

    @Test
    void d12OneBatchIsReadAheadOnlyWithoutALength() {
        for (boolean sized : new boolean[] {true, false}) {
            List<String> calls = new ArrayList<>();
            Iterable<Tensor> source = () -> {
                var it = BoringData.batches(3, 1, 32, 1).iterator();
                return new java.util.Iterator<Tensor>() {
                    @Override
                    public boolean hasNext() {
                        return it.hasNext();
                    }

                    @Override
                    public Tensor next() {
                        calls.add("read");
                        return it.next();
                    }
                };
            };
            List<Boolean> last = new ArrayList<>();
            Iterable<Tensor> loader = !sized ? source : new java.util.AbstractCollection<>() {
                @Override
                public java.util.Iterator<Tensor> iterator() {
                    return source.iterator();
                }

                @Override
                public int size() {
                    return 3;
                }
            };
            trainer().limitTrainBatches(1.0).limitValBatches(0).build().fit(new BoringModel() {
                @Override
                public Tensor trainingStep(Tensor batch, int i) {
                    calls.add("step");
                    last.add(trainer().isLastBatch());
                    return super.trainingStep(batch, i);
                }
            }, loader);
            assertEquals(List.of(false, false, true), last);
            assertEquals(List.of("read", "step", "read", "step", "read", "step"), calls);
        }
    }

    // waited and total in seconds
    @ParameterizedTest
    @CsvSource({"6, 10, 0, 8, true", "6, 10, 2, 8, true", "1, 10, 0, 8, false", "3, 4, 0, 8, false", "6, 10, 7, 8, false", "6, 10, 0, 1, false"})
    void d15MoreWorkersAreAdvisedWhenTrainingWaitsForThem(long waited, long total, int workers, int processors, boolean said) {
        var advice = WorkerAdvice.advice(waited * 1_000_000_000L, total * 1_000_000_000L, workers, processors);
        assertEquals(said, advice.isPresent());
        advice.ifPresent(s -> assertTrue(s.contains("60 %") && s.contains("workers=" + workers) && s.contains("workers(7)"), s));
    }

    @Test
    void d15v19ShuffledEvaluationAndEmptyLoadersAreSaid() {
        Dataset<Tensor> samples = Dataset.of(BoringData.batches(4, 1, 32, 1).stream().map(t -> t.reshape(32)).toList());
        var shuffled = new dev.levin.data.DataLoader<>(samples, 1).shuffle();
        try (LogCapture log = new LogCapture()) {
            trainer().build().validate(new BoringModel(), shuffled);
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("val loader is shuffled")).count());
        }
        try (LogCapture log = new LogCapture()) {
            trainer().build().validate(new BoringModel(), List.<Tensor>of());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("no batches")).count());
        }
    }

    @Test
    void d16NullBatchesAreSkippedWithAWarning() {
        List<Integer> indices = new ArrayList<>();
        List<Tensor> data = new ArrayList<>(BoringData.batches(3, 1, 32, 1));
        data.set(1, null);
        try (LogCapture log = new LogCapture()) {
            Trainer t = trainer().limitTrainBatches(1.0).limitValBatches(0).build();
            t.fit(new BoringModel() {
                @Override
                public Tensor trainingStep(Tensor batch, int i) {
                    indices.add(i);
                    return super.trainingStep(batch, i);
                }
            }, data);
            assertEquals(List.of(0, 2), indices);
            assertEquals(2, t.globalStep());
            assertEquals(1, log.warnings().stream().filter(s -> s.contains("null as batch 1")).count());
        }
    }

    /** Knows its tensors itself. */
    private record Wrapped(Tensor inside) {}

    private static final class Opaque {
        final Tensor inside = Tensor.ones(2);
    }

    private static final class Movable implements TensorHolder<Movable> {
        final Tensor inside;

        Movable(Tensor inside) {
            this.inside = inside;
        }

        @Override
        public Movable mapTensors(java.util.function.UnaryOperator<Tensor> f) {
            return new Movable(f.apply(inside));
        }
    }

    @Test
    void d18d19TensorsAreFoundInRecordsMapsListsArraysAndHolders() {
        Map<String, Object> batch = new LinkedHashMap<>();
        batch.put("record", new Wrapped(Tensor.ones(2)));
        batch.put("list", List.of(Tensor.ones(2), "text"));
        batch.put("array", new Tensor[] {Tensor.ones(2)});
        batch.put("set", Set.of(3));
        batch.put("int", Tensor.of(new int[] {1, 2}));
        batch.put("opaque", new Opaque());
        batch.put("movable", new Movable(Tensor.ones(2)));
        Map<?, ?> out = Transfers.toDevice(batch, Device.CPU, dev.levin.precision.Precision.of("64-true"));
        assertEquals(DType.F64, ((Wrapped) out.get("record")).inside.dtype());
        assertEquals(DType.F64, ((Tensor) ((List<?>) out.get("list")).getFirst()).dtype());
        assertEquals("text", ((List<?>) out.get("list")).get(1));
        assertEquals(DType.F64, ((Tensor[]) out.get("array"))[0].dtype());
        assertEquals(DType.I32, ((Tensor) out.get("int")).dtype());
        assertEquals(DType.F64, ((Movable) out.get("movable")).inside.dtype());
        assertSame(batch.get("opaque"), out.get("opaque"));
        assertEquals(2, new BatchSizes().of(new Movable(Tensor.ones(2, 5)), "k"));
    }

    @Test
    void d19TheWorkingDtypeIsThereBeforeTheFirstHook() {
        List<DType> seen = new ArrayList<>();
        trainer().limitTrainBatches(1).limitValBatches(0).precision("64-true").build().fit(new BoringModel() {
            @Override
            public Tensor onBeforeBatchTransfer(Tensor batch, int loader) {
                seen.add(batch.dtype());
                return batch;
            }
        });
        assertEquals(List.of(DType.F64), seen);
    }

    // ---- combined loaders ----------------------------------------------------------------------------------------------------------

    @Test
    void d10SeveralTrainingLoadersAreReadTogether() {
        class Two extends LightningModule<Map<String, Tensor>> {
            final dev.levin.nn.Linear layer = new dev.levin.nn.Linear(32, 2);
            final List<String> seen = new ArrayList<>();

            @Override
            public Tensor trainingStep(Map<String, Tensor> batch, int i) {
                seen.add(i + "" + batch.keySet());
                return layer.forward(batch.get("a")).mean().add(layer.forward(batch.get("b")).mean());
            }

            @Override
            public Optimizers configureOptimizers() {
                return Optimizers.of(new dev.levin.optim.SGD(parameters(), 0.1));
            }
        }
        Map<String, List<Tensor>> loaders = new LinkedHashMap<>();
        loaders.put("a", BoringData.batches(3, 1, 32, 1));
        loaders.put("b", BoringData.batches(4, 1, 32, 2));
        Two m = new Two();
        Trainer t = trainer().limitTrainBatches(1.0).build();
        t.fit(m, new CombinedLoader<>(loaders));
        assertEquals(List.of("0[a, b]", "1[a, b]", "2[a, b]", "3[a, b]"), m.seen);
        assertEquals(4, t.numTrainingBatches());
        Two shortest = new Two();
        trainer().limitTrainBatches(1.0).build().fit(shortest, new CombinedLoader<>(loaders, CombinedLoader.Mode.MIN_SIZE));
        assertEquals(3, shortest.seen.size());
    }

    @Test
    void d10CombinedLoadersMayHoldCombinedLoadersAndKeepTheirStructure() {
        Map<String, Iterable<Object>> inner = new LinkedHashMap<>();
        inner.put("x", List.of(1, 2));
        inner.put("y", List.of(3, 4));
        Map<String, Iterable<Object>> outer = new LinkedHashMap<>();
        outer.put("plain", List.of(7, 8, 9));
        @SuppressWarnings({"unchecked", "rawtypes"})
        Iterable<Object> nested = (Iterable) new CombinedLoader<>(inner, CombinedLoader.Mode.MIN_SIZE);
        outer.put("pair", nested);
        List<String> seen = new ArrayList<>();
        new CombinedLoader<>(outer, CombinedLoader.Mode.MAX_SIZE_CYCLE).forEach(b -> seen.add(b.toString()));
        assertEquals(List.of("{plain=7, pair={x=1, y=3}}", "{plain=8, pair={x=2, y=4}}", "{plain=9, pair={x=1, y=3}}"), seen);
    }

    @ParameterizedTest
    @CsvSource({"MIN_SIZE, 2 5 3, 2", "MAX_SIZE, 2 5 3, 5", "MAX_SIZE_CYCLE, 2 5 3, 5", "MIN_SIZE, 4, 4", "MAX_SIZE_CYCLE, 1 1, 1", "MIN_SIZE, 0 3, 0"})
    void v24LengthsOfTheModes(CombinedLoader.Mode mode, String lengths, int expected) {
        Map<String, List<Integer>> loaders = new HashMap<>();
        int[] all = Arrays.stream(lengths.split(" ")).mapToInt(Integer::parseInt).toArray();
        for (int i = 0; i < all.length; i++) {
            loaders.put("l" + i, java.util.Collections.nCopies(all[i], 1));
        }
        var loader = new CombinedLoader<Integer>(loaders, mode);
        assertEquals(expected, loader.length());
        int[] n = new int[1];
        loader.forEach(b -> n[0]++);
        assertEquals(expected, n[0]);
    }

    @Test
    void v24UnknownLengthsEmptyAndWrongModes() {
        Iterable<Integer> endless = () -> java.util.stream.IntStream.iterate(0, i -> i + 1).iterator();
        var loader = new CombinedLoader<>(Map.of("a", List.of(1, 2), "b", endless), CombinedLoader.Mode.MIN_SIZE);
        assertEquals(-1, loader.length());
        int[] n = new int[1];
        loader.forEach(b -> n[0]++);
        assertEquals(2, n[0]);
        fails(IllegalArgumentException.class, () -> new CombinedLoader<Integer>(Map.of()), "at least one");
        fails(IllegalArgumentException.class, () -> CombinedLoader.Mode.parse("longest"), "longest", "[min_size, max_size_cycle, max_size]");
        assertSame(CombinedLoader.Mode.MAX_SIZE, CombinedLoader.Mode.parse("max_size"));
        assertFalse(new CombinedLoader<>(Map.of("a", List.of(1))).isShuffled());
    }

    @Test
    void d13CombinedLoadersTellTheEpochToEach() {
        List<Double> order = new ArrayList<>();
        Dataset<Tensor> samples = Dataset.of(Tensor.arange(16).reshape(16, 1).to(DType.F32).split(1, 0).stream().map(t -> t.reshape(1)).toList());
        var combined = new CombinedLoader<>(Map.of("a", new dev.levin.data.DataLoader<>(samples, 1).shuffle(5)));
        for (int epoch = 0; epoch < 2; epoch++) {
            combined.setEpoch(epoch);
            combined.forEach(b -> order.add((double) b.get("a").toFloats()[0]));
        }
        assertFalse(order.subList(0, 16).equals(order.subList(16, 32)));
        assertTrue(combined.isShuffled());
        assertFalse(combined.unshuffled().isShuffled());
    }
}
