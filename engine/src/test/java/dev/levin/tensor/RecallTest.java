package dev.levin.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.graph.Autocast;
import dev.levin.graph.Buffer;
import dev.levin.graph.Canonicalizer;
import dev.levin.graph.Context;
import dev.levin.graph.Program;
import dev.levin.graph.StaleTensorException;
import dev.levin.graph.Trace;
import dev.levin.graph.Variable;
import dev.levin.nn.BatchNorm1d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.Dropout;
import dev.levin.nn.Functional;
import dev.levin.nn.GELU;
import dev.levin.nn.LSTM;
import dev.levin.nn.Layer;
import dev.levin.nn.LayerNorm;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.ReLU;
import dev.levin.nn.RnnOptions;
import dev.levin.nn.Sequential;
import dev.levin.optim.Adam;
import dev.levin.optim.AdamW;
import dev.levin.optim.GradientClip;
import dev.levin.optim.NAdam;
import dev.levin.optim.Optimizer;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.RMSprop;
import dev.levin.optim.SGD;
import dev.levin.type.DType;
import dev.levin.type.Device;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that are recognised while they are recorded are the steps that would have been recorded in full. */
class RecallTest {
    private final boolean before = Context.current().recalls();

    @AfterEach
    void restore() {
        Context.current().setRecalls(before);
    }

    /** What a run leaves behind: the program of every step, and all the numbers. */
    private record Outcome(List<Program> programs, List<float[]> values, int known) {
    }

    /** Two networks that share a layer, with an optimizer each, and everything a step may do to them. */
    private static final class Bench {
        final SplittableRandom random;
        final Linear shared = new Linear(6, 5);
        final Layer first = new Sequential(shared, new LayerNorm(5), new GELU(), new Dropout(0.25), new Linear(5, 4));
        final Layer second;
        final Optimizer a;
        final Optimizer b;
        final List<Program> programs = new ArrayList<>();
        final List<float[]> values = new ArrayList<>();
        int known;

        Bench(long seed) {
            random = new SplittableRandom(seed);
            Layer middle = switch ((int) seed % 4) {
                case 0 -> new BatchNorm1d(5);
                case 1 -> new Recurrent();
                case 2 -> new Attention();
                default -> new Convolution();
            };
            second = new Sequential(shared, middle, new ReLU(), new Linear(5, 4, false));
            List<Parameter> p = first.parameters();
            a = switch (random.nextInt(5)) {
                case 0 -> new Adam(p, 1e-2);
                case 1 -> new AdamW(p, 1e-2);
                case 2 -> new SGD(p, 1e-2, 0.9);
                case 3 -> new NAdam(p, 1e-2);
                default -> new SGD(List.of(ParamGroup.of(p.subList(0, 2)), ParamGroup.of(p.subList(2, p.size())).with("lr", 0.1)), 1e-2, 0.9, 0.1, 1e-3,
                        false, false);
            };
            b = random.nextBoolean() ? new RMSprop(second.parameters(), 1e-3) : new Adam(second.parameters(), 1e-3);
        }

        /** One step; the same kind does the same unless something between the steps changes. */
        Tensor body(int kind, Tensor x, Tensor y, float varying, boolean fails) {
            SplittableRandom r = new SplittableRandom(kind);
            Context c = Context.current();
            if (r.nextInt(3) > 0) {
                a.zeroGrad();
            }
            c.setAutocast(r.nextInt(4) == 0 ? new Autocast(DType.BF16) : null);
            Tensor loss;
            try {
                Tensor logits = r.nextInt(4) == 0 ? Checkpoint.run(first::forward, x) : first.forward(x);
                loss = Losses.crossEntropy(logits, y);
                if (r.nextBoolean()) {
                    loss = loss.add(second.forward(x).mul(second.forward(x)).mean());
                }
            } finally {
                c.setAutocast(null);
            }
            if (r.nextInt(6) == 0) {
                loss = loss.mul(varying);
            }
            if (r.nextInt(8) == 0) {
                loss = loss.add(loss.detach().item());
            }
            loss.backward();
            if (r.nextInt(4) == 0) {
                loss.mul(0.5).backward();
            }
            Tensor kept = loss;
            if (r.nextInt(3) == 0 && shared.weight.grad() != null) {
                kept = loss.detach().add(shared.weight.grad().abs().sum());
            }
            if (r.nextBoolean()) {
                kept = kept.detach().add(GradientClip.norm(first.parameters(), 0.5));
            } else if (r.nextInt(4) == 0) {
                GradientClip.value(first.parameters(), 0.01);
            }
            if (fails) {
                throw new IllegalStateException("half-way");
            }
            if (r.nextInt(5) > 0) {
                a.setGate(r.nextInt(4) == 0 ? loss.detach().lt(1e6) : null);
                a.step();
            }
            if (r.nextInt(3) == 0) {
                Tensor other = second.forward(x).square().mean();
                b.zeroGrad();
                other.backward();
                b.step();
            }
            if (r.nextInt(5) == 0 && shared.weight.isGradRequired()) {
                List<Tensor> g = Tensor.grad(List.of(first.forward(x).square().sum()), List.of(shared.weight), null, true);
                g.getFirst().square().sum().backward();
            }
            return kept;
        }

        void between() {
            switch (random.nextInt(14)) {
                case 0 -> shared.weight.requiresGrad(!shared.weight.isGradRequired());
                case 1 -> first.parameters().getLast().requiresGrad(!first.parameters().getLast().isGradRequired());
                case 2 -> a.paramGroups().getFirst().set("weight_decay", random.nextInt(2) * 0.1);
                case 3, 4 -> a.paramGroups().getFirst().setLr(random.nextDouble());
                case 5 -> a.loadStateDict(a.stateDict());
                case 6 -> first.train();
                case 7 -> first.eval();
                case 8 -> a.zeroGrad();
                case 9 -> shared.bias.setGrad(null);
                default -> { }
            }
        }

        void run(int steps) {
            int kinds = 1 + random.nextInt(3);
            int base = random.nextInt(1000);
            for (int i = 0; i < steps; i++) {
                int n = random.nextInt(8) == 0 ? 3 : 4;
                Tensor x = floats(n, 6);
                Tensor y = Tensor.of(random.longs(n, 0, 4).toArray(), n);
                int kind = base + random.nextInt(kinds);
                float varying = random.nextInt(4);
                boolean fails = random.nextInt(12) == 0;
                Supplier<Tensor> body = () -> {
                    Tensor result = body(kind, x, y, varying, fails);
                    result.keep();
                    look();
                    return result;
                };
                if (fails) {
                    assertThrows(IllegalStateException.class, () -> Step.run("bench", body));
                    first.parameters().forEach(Parameter::zeroGrad);
                    second.parameters().forEach(Parameter::zeroGrad);
                } else {
                    values.add(Step.run("bench", body).toFloats());
                }
                if (random.nextInt(3) == 0) {
                    between();
                }
            }
            first.parameters().forEach(p -> values.add(p.toFloats()));
            second.parameters().forEach(p -> values.add(p.toFloats()));
            second.buffers().forEach(b -> values.add(b.toFloats()));
        }

        private void look() {
            Trace trace = Context.current().trace();
            if (trace.known() != null) {
                known++;
                programs.add(trace.known().program());
            } else {
                programs.add(Canonicalizer.canonicalize(trace.kept(), trace.assigns()).program());
            }
            if (known % 3 == 1) {
                // what was stepped over can be made after all, and is the same then
                assertEquals(programs.getLast(), Canonicalizer.canonicalize(trace.kept(), trace.assigns()).program());
            }
        }

        private Tensor floats(int... dims) {
            float[] v = new float[dims[0] * dims[1]];
            for (int i = 0; i < v.length; i++) {
                v[i] = (float) random.nextDouble() - 0.5f;
            }
            return Tensor.of(v, dims);
        }
    }

    /** The batch as a sequence. */
    private static final class Recurrent extends Layer {
        final LSTM lstm = new LSTM(5, 3, RnnOptions.layers(2));
        final Linear out = new Linear(3, 5);

        @Override
        public Tensor forward(Tensor x) {
            return out.forward(lstm.forward(x).output());
        }
    }

    private static final class Attention extends Layer {
        final Linear key = new Linear(5, 5);

        @Override
        public Tensor forward(Tensor x) {
            return Functional.scaledDotProductAttention(x, key.forward(x), x, null, 0, true);
        }
    }

    private static final class Convolution extends Layer {
        final Conv2d conv = new Conv2d(1, 2, 3, ConvOptions.padded(1));
        final BatchNorm2d norm = new BatchNorm2d(2);

        @Override
        public Tensor forward(Tensor x) {
            Tensor y = norm.forward(conv.forward(x.reshape(x.size(0), 1, 1, 5)));
            return norm.forward(y).sum(1).reshape(x.size(0), 5);
        }
    }

    private static Outcome run(long seed, boolean recalls, int steps) {
        Context.current().setRecalls(false);
        Context.current().setRecalls(recalls);
        Generator.global().manualSeed(seed);
        Bench bench = new Bench(seed);
        bench.run(steps);
        return new Outcome(bench.programs, bench.values, bench.known);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void stepsAreTheSameWithAndWithoutRecall(long seed) {
        Outcome plain = run(seed, false, 25);
        Outcome recalled = run(seed, true, 25);
        assertEquals(0, plain.known);
        for (int i = 0; i < plain.programs.size(); i++) {
            assertEquals(plain.programs.get(i), recalled.programs.get(i), "seed " + seed + ", step " + i);
        }
        for (int i = 0; i < plain.values.size(); i++) {
            assertArrayEquals(plain.values.get(i), recalled.values.get(i), "seed " + seed + ", value " + i);
        }
    }

    private static Tensor train(Layer model, Optimizer optimizer, Tensor x, Tensor y) {
        optimizer.zeroGrad();
        Tensor loss = Losses.crossEntropy(model.forward(x), y);
        loss.backward();
        optimizer.step();
        return loss;
    }

    private static boolean wasKnown(Supplier<Tensor> step) {
        boolean[] known = new boolean[1];
        Step.run("train", () -> {
            Tensor t = step.get().keep();
            known[0] = Context.current().trace().known() != null;
            return t;
        });
        return known[0];
    }

    @Test
    void aStepIsKnownTheThirdTimeAndARateNeverMakesItUnknown() {
        Context.current().setRecalls(true);
        Linear model = new Linear(3, 2);
        Adam optimizer = new Adam(model.parameters(), 0.1);
        Tensor x = Tensor.ones(4, 3);
        x.toHost();
        Tensor y = Tensor.of(new long[] {0, 1, 0, 1});
        boolean[] known = new boolean[6];
        for (int i = 0; i < known.length; i++) {
            optimizer.paramGroups().getFirst().setLr(0.1 / (i + 1));
            known[i] = wasKnown(() -> train(model, optimizer, x, y));
        }
        // the first step makes the moments
        assertArrayEquals(new boolean[] {false, false, true, true, true, true}, known);
    }

    @Test
    void whatAnOptimizerAsksOfItsOptionsIsAskedAgain() {
        Context.current().setRecalls(true);
        Linear model = new Linear(3, 2);
        SGD optimizer = new SGD(model.parameters(), 0.5);
        Tensor x = Tensor.ones(4, 3);
        Tensor y = Tensor.of(new long[] {0, 1, 0, 1});
        for (int i = 0; i < 3; i++) {
            Step.run("train", () -> train(model, optimizer, x, y));
        }
        float[] before = model.weight.toFloats();
        float[] bias = model.bias.toFloats();
        optimizer.paramGroups().getFirst().setLr(0.25);
        optimizer.paramGroups().getFirst().set("weight_decay", 2);
        Step.run("train", () -> train(model, optimizer, x, y));
        // the targets are 0, 1, 0, 1 and the inputs ones: the gradient of a weight is p0 - 1/2 in row 0, its negative in row 1
        double logit = bias[0] + before[0] + before[1] + before[2] - bias[1] - before[3] - before[4] - before[5];
        double p0 = 1 / (1 + Math.exp(-logit));
        float[] after = model.weight.toFloats();
        for (int i = 0; i < before.length; i++) {
            double gradient = i < 3 ? p0 - 0.5 : 0.5 - p0;
            assertEquals(before[i] - 0.25 * (2 * before[i] + gradient), after[i], 1e-5);
        }
    }

    @Test
    void aFrozenParameterStaysAsItIs() {
        Context.current().setRecalls(true);
        Linear model = new Linear(3, 2);
        SGD optimizer = new SGD(model.parameters(), 0.5);
        Tensor x = Tensor.of(new float[] {1, 2, 3}, 1, 3);
        Tensor y = Tensor.of(new long[] {1});
        for (int i = 0; i < 4; i++) {
            Step.run("train", () -> train(model, optimizer, x, y));
        }
        model.weight.requiresGrad(false);
        float[] weight = model.weight.toFloats();
        float[] bias = model.bias.toFloats();
        for (int i = 0; i < 3; i++) {
            Step.run("train", () -> train(model, optimizer, x, y));
        }
        assertArrayEquals(weight, model.weight.toFloats());
        assertTrue(bias[1] < model.bias.toFloats()[1]);
        model.weight.requiresGrad(true);
        Step.run("train", () -> train(model, optimizer, x, y));
        assertTrue(weight[3] < model.weight.toFloats()[3]);
    }

    @Test
    void aVariableStoredToInTheMiddleOfAStepIsNoticed() {
        Context.current().setRecalls(true);
        State v = new State("v", Variable.Kind.BUFFER, DType.F32, Shape.of(2), Device.CPU);
        for (int i = 0; i < 4; i++) {
            Step.run("train", () -> v.add(1.0).keep());
        }
        assertThrows(StaleTensorException.class, () -> Step.run("train", () -> {
            Tensor t = v.add(1.0).keep();
            v.variable().store(new Buffer.Host(HostArray.wrap(DType.F32, new float[] {5, 5})));
            return t;
        }));
        assertArrayEquals(new float[] {6, 6}, Step.run("train", () -> v.add(1.0).keep()).toFloats());
    }

    @Test
    void otherDataOfTheSameShapesAreTheSameStepAndSharedDataAreNot() {
        Context.current().setRecalls(true);
        float[][] results = new float[8][];
        for (int i = 0; i < results.length; i++) {
            Tensor a = Tensor.of(new float[] {i, 1});
            Tensor b = i % 3 == 2 ? a : Tensor.of(new float[] {2, i});
            results[i] = Step.run("sum", () -> a.mul(b).add(a)).toFloats();
        }
        for (int i = 0; i < results.length; i++) {
            assertArrayEquals(i % 3 == 2 ? new float[] {i * i + i, 2} : new float[] {3 * i, i + 1}, results[i], "step " + i);
        }
    }

    @Test
    void stepsThatNeverRepeatAreStillRight() {
        Context.current().setRecalls(true);
        for (int i = 0; i < 120; i++) {
            int k = i;
            double number = i * 0.5;
            Tensor x = Tensor.of(new float[] {i});
            assertEquals(i * number + i % 7, Step.run("varying", () -> {
                Tensor t = x.mul(number);
                return k % 7 == 0 ? t : t.add((double) (k % 7));
            }).item(), 1e-4, "step " + i);
        }
    }

    @Test
    void aStepThatIsLeftForAMomentGoesOnAsItBegan() {
        Context.current().setRecalls(true);
        Linear model = new Linear(3, 2);
        SGD optimizer = new SGD(model.parameters(), 0.1);
        Linear other = new Linear(3, 2);
        SGD plain = new SGD(other.parameters(), 0.1);
        Step.run("copy", () -> {
            other.weight.set(model.weight);
            other.bias.set(model.bias);
        });
        Tensor x = Tensor.of(new float[] {1, 2, 3}, 1, 3);
        Tensor y = Tensor.of(new long[] {1});
        Context c = Context.current();
        boolean[] known = new boolean[5];
        for (int i = 0; i < known.length; i++) {
            boolean leaves = i != 3;
            known[i] = wasKnown(() -> {
                Tensor logits = model.forward(x);
                Trace step = c.trace();
                if (leaves) {
                    c.enter(null);
                    Tensor.zeros(2).add(1.0);
                    c.enter(step);
                }
                optimizer.zeroGrad();
                Tensor loss = Losses.crossEntropy(logits, y);
                loss.backward();
                optimizer.step();
                return loss;
            });
            Step.run("plain", () -> train(other, plain, x, y));
            assertArrayEquals(other.weight.toFloats(), model.weight.toFloats(), "step " + i);
        }
        assertArrayEquals(new boolean[] {false, true, true, true, true}, known);
    }

    private static WeakReference<Variable> trained() {
        Linear model = new Linear(3, 2);
        Adam optimizer = new Adam(model.parameters(), 0.1);
        Tensor x = Tensor.ones(4, 3);
        Tensor y = Tensor.of(new long[] {0, 1, 0, 1});
        for (int i = 0; i < 5; i++) {
            Step.run("train", () -> train(model, optimizer, x, y));
        }
        return new WeakReference<>(model.weight.variable());
    }

    @Test
    void whatIsRememberedKeepsNoModelAlive() throws InterruptedException {
        Context.current().setRecalls(true);
        WeakReference<Variable> weight = trained();
        for (int i = 0; i < 200 && weight.get() != null; i++) {
            System.gc();
            Thread.sleep(5);
        }
        assertNull(weight.get());
    }
}
