package dev.levin.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.levin.trainer.Callback;
import dev.levin.trainer.Hook;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.demo.BoringModel;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LambdaCallbackTest {
    @TempDir
    Path dir;

    /** Registers a function that notes its name for every hook that takes one; gives the names. */
    private static Set<String> everywhere(LambdaCallback c, List<String> calls) {
        Set<String> names = new TreeSet<>();
        for (Hook h : Hook.values()) {
            String n = h.method();
            List<Runnable> ways = List.of(() -> c.on(h, (t, m) -> calls.add(n)), () -> c.onStage(h, (t, m, s) -> calls.add(n)),
                    () -> c.onBatchStart(h, (t, m, b, i, l) -> calls.add(n)), () -> c.onBatchEnd(h, (t, m, o, b, i, l) -> calls.add(n)),
                    () -> c.onOptimizer(h, (t, m, o) -> calls.add(n)), () -> c.onCheckpoint(h, (t, m, k) -> calls.add(n)));
            for (Runnable way : ways) {
                try {
                    way.run();
                    names.add(n);
                } catch (IllegalArgumentException e) {
                    assertTrue(e.getMessage().contains(n), e.getMessage());
                }
            }
        }
        c.onBeforeBackward((t, m, loss) -> calls.add("onBeforeBackward"));
        c.onException((t, m, e) -> calls.add("onException"));
        names.add("onBeforeBackward");
        names.add("onException");
        return names;
    }

    @Test
    void c66EveryHookOfCallbacksTakesAFunctionAndRunsIt() {
        List<String> calls = new ArrayList<>();
        LambdaCallback c = new LambdaCallback();
        Set<String> names = everywhere(c, calls);
        Set<String> hooks = Arrays.stream(Callback.class.getDeclaredMethods()).map(Method::getName)
                .filter(n -> !Set.of("order", "stateKey", "stateDict", "loadStateDict").contains(n)).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(hooks, names);
        Trainer t = Runs.quiet(dir).numSanityValSteps(1).callbacks(c).maxEpochs(1).limitTrainBatches(1).limitValBatches(1).limitTestBatches(1)
                .limitPredictBatches(1).build();
        t.fit(new BoringModel());
        t.test(new BoringModel());
        t.predict(new BoringModel()).drain();
        t.saveCheckpoint(dir.resolve("x.ckpt"));
        Runs.quiet(dir).callbacks(c).maxEpochs(2).limitTrainBatches(1).limitValBatches(1).build()
                .fit(new BoringModel(), dev.levin.trainer.Resume.from(dir.resolve("x.ckpt")));
        hooks.remove("onException");
        assertEquals(hooks, new TreeSet<>(calls));
        LambdaCallback failing = new LambdaCallback().on(Hook.ON_TRAIN_START, (tr, m) -> {
            throw new IllegalStateException("stop");
        }).onException((tr, m, e) -> calls.add(e.getMessage()));
        assertThrows(IllegalStateException.class, () -> Runs.quiet(dir).callbacks(failing).maxEpochs(1).build().fit(new BoringModel()));
        assertEquals("stop", calls.getLast());
    }

    @Test
    void aHookOfAnotherKindIsRefusedWithTheRightMethod() {
        var e = assertThrows(IllegalArgumentException.class, () -> new LambdaCallback().on(Hook.ON_TRAIN_BATCH_END, (t, m) -> { }));
        assertTrue(e.getMessage().contains("use onBatchEnd(...)"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class, () -> new LambdaCallback().on(Hook.TRAINING_STEP, (t, m) -> { }));
        assertTrue(e.getMessage().contains("not a hook of callbacks"), e.getMessage());
        e = assertThrows(IllegalArgumentException.class,
                () -> new LambdaCallback().on(Hook.ON_FIT_END, (t, m) -> { }).on(Hook.ON_FIT_END, (t, m) -> { }));
        assertTrue(e.getMessage().contains("already"), e.getMessage());
    }
}
