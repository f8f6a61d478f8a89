package dev.levin.callbacks.resume;

import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.Checkpoint;
import dev.levin.trainer.FitResult;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Status;
import dev.levin.trainer.Trainer;
import dev.levin.trainer.TrainerBuilder;
import dev.levin.type.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One run of a case. */
final class ResumeRun {
    private static final int EPOCHS = 2;

    private ResumeRun() {
    }

    /** Thrown by callbacks that end a run. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * @param state everything a checkpoint written at the end holds, by path; empty if there was no end
     * @param rows what loggers have for sure
     */
    record Outcome(Map<String, String> state, List<String> rows) {}

    /** What a logger would have on disk after a kill: rows up to the last flush. */
    private static final class Rows implements Logger {
        final List<String> written = new ArrayList<>();
        private final List<String> pending = new ArrayList<>();

        @Override
        public void logMetrics(Map<String, Double> metrics, long step) {
            pending.add(step + " " + new TreeMap<>(metrics));
        }

        @Override
        public void flush() {
            written.addAll(pending);
            pending.clear();
        }
    }

    /** @param last added after the case's own callbacks */
    static Outcome of(ResumeCase c, Path folder, Resume resume, Callback... last) {
        Trainer.seedEverything(resume == Resume.NO ? 11 : 999);
        Rows rows = new Rows();
        LightningModule<Object> model = c.model();
        TrainerBuilder flags = c.flags(Trainer.builder().accelerator("cpu").maxEpochs(EPOCHS).logEveryNSteps(1).logger(rows).defaultRootDir(folder)
                .enableProgressBar(false).enableModelSummary(false).handleSignals(false).callbacks(new ModelCheckpoint()));
        Trainer trainer = flags.callbacks(last).build();
        try {
            Iterable<Object> train = c.training();
            FitResult r = train == null ? trainer.fit(model, resume) : trainer.fit(model, train, c.validation(), resume);
            if (r.status() == Status.INTERRUPTED) {
                return new Outcome(Map.of(), List.copyOf(rows.written));
            }
        } catch (Killed e) {
            return new Outcome(Map.of(), List.copyOf(rows.written));
        }
        rows.flush();
        Path end = folder.resolve("end.ckpt");
        trainer.saveCheckpoint(end);
        Map<String, String> state = new TreeMap<>();
        flatten("", Checkpoint.read(end).content(), folder.toString(), state);
        return new Outcome(state, rows.written);
    }

    static void flatten(String path, Object value, String folder, Map<String, String> to) {
        switch (value) {
            case Map<?, ?> m -> m.forEach((k, v) -> flatten(path + "/" + k.toString().replace(folder, ""), v, folder, to));
            case Tensor t -> to.put(path, t.dtype() + " " + t.shape() + " " + Arrays.toString(t.to(DType.F64).toDoubles()));
            case null -> to.put(path, "null");
            default -> to.put(path, value.toString().replace(folder, ""));
        }
    }
}
