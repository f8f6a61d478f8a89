package dev.levin.callbacks.resume;

import dev.levin.callbacks.ModelCheckpoint;
import dev.levin.trainer.Callback;
import dev.levin.trainer.CheckpointException;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Resume;
import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** The process that {@link KilledProcessTest} kills. */
final class KilledProcess {
    static final List<ResumeCase> CASES = List.of(ResumeCase.ADAMW, ResumeCase.ACCUMULATION, ResumeCase.LOADER_WORKERS, ResumeCase.SCHEDULE_BY_STEP,
            ResumeCase.MOVING_AVERAGE, ResumeCase.BFLOAT16_MIXED, ResumeCase.FLOAT16_MIXED, ResumeCase.VALIDATION_TWICE_AN_EPOCH, ResumeCase.LBFGS_CLOSURE,
            ResumeCase.TWO_OPTIMIZERS_BY_HAND);

    private KilledProcess() {
    }

    /** Saves after every step: every second case while training goes on. */
    static ModelCheckpoint saver(ResumeCase c) {
        return new ModelCheckpoint().everyNTrainSteps(1).saveTopK(0).saveLast().asynchronous(CASES.indexOf(c) % 2 == 1);
    }

    static Process start(List<String> before, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g", "-XX:-UsePerfData",
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp", System.getProperty("java.class.path"), KilledProcess.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** {@code kill FOLDER}: all cases at once, until each stands in the middle of something; {@code full FOLDER}: one, resumed. */
    static void main(String[] args) {
        Path folder = Path.of(args[1]);
        if (args[0].equals("full")) {
            try {
                ResumeRun.of(ResumeCase.ADAMW, folder, Resume.LAST, saver(ResumeCase.ADAMW));
                System.out.println("ended");
            } catch (CheckpointException e) {
                System.out.println("refused: " + e.getMessage());
            }
            return;
        }
        for (ResumeCase c : CASES) {
            Thread.ofPlatform().start(() -> {
                try {
                    ResumeRun.of(c, folder.resolve(c.name()), Resume.NO, saver(c), new Halt(c));
                } finally {
                    System.out.println("ended " + c);
                }
            });
        }
    }

    /** Stops for ever: before a step, after it, or while validation runs. */
    private static final class Halt implements Callback {
        private final ResumeCase c;
        private int left;

        Halt(ResumeCase c) {
            this.c = c;
            left = 2 + c.ordinal() % 4;
        }

        private void offer(int kind) {
            if (CASES.indexOf(c) % 3 == kind && --left == 0) {
                System.out.println("ready " + c);
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }

        @Override
        public void onTrainBatchStart(Trainer trainer, LightningModule<?> module, Object batch, int i) {
            offer(0);
        }

        @Override
        public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int i) {
            offer(1);
        }

        @Override
        public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int i, int loader) {
            if (!trainer.isSanityChecking()) {
                offer(2);
            }
        }
    }
}
