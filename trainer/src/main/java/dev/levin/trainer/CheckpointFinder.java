package dev.levin.trainer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.LoggerFactory;

/** From {@code best}, {@code last} or a path to a checkpoint. */
final class CheckpointFinder {
    static final String INTERRUPTED = "interrupted.ckpt";

    private CheckpointFinder() {
    }

    /** @return null to start without one */
    static Checkpoint find(Trainer trainer, CheckpointChoice choice, boolean fitting) {
        trainer.awaitCheckpoints();
        return switch (choice) {
            case CheckpointChoice.File f -> Checkpoint.read(f.path());
            case CheckpointChoice.Word w -> switch (w.text()) {
                case "best" -> Checkpoint.read(best(trainer));
                case "last" -> last(trainer, fitting);
                case "hpc" -> Checkpoint.read(Slurm.newest(trainer.defaultRootDir()).orElseThrow(() -> new IllegalArgumentException(
                        "the checkpoint of the scheduler was asked for, but there is no hpc_ckpt_N.ckpt in " + trainer.defaultRootDir().toAbsolutePath())));
                default -> null;
            };
        };
    }

    /** What a job that was put back into a scheduler's queue goes on from; null for any other run. */
    static CheckpointChoice ofRequeuedJob(Trainer trainer) {
        return trainer.options().slurm.isJob() ? Slurm.newest(trainer.defaultRootDir()).map(CheckpointChoice::file).orElse(null) : null;
    }

    /** @param choice null: the best there is */
    static Checkpoint forEvaluation(Trainer trainer, CheckpointChoice choice, Stage stage) {
        if (choice != null) {
            return find(trainer, choice, false);
        }
        if (trainer.fastDevRun() > 0 || trainer.checkpointCallback().flatMap(CheckpointCallback::bestModelPath).isEmpty()) {
            return null;
        }
        Path best = best(trainer);
        LoggerFactory.getLogger(Trainer.class).warn("{} was called without a model: the best checkpoint of the last fit is used ({}); pass "
                + "CheckpointChoice.CURRENT to use the weights as they are", stage.key(), best);
        return Checkpoint.read(best);
    }

    private static Path best(Trainer trainer) {
        List<CheckpointCallback> savers = trainer.checkpointCallbacks();
        if (trainer.fastDevRun() > 0) {
            throw new IllegalArgumentException("the best checkpoint was asked for, but fast_dev_run saves none; use CheckpointChoice.CURRENT");
        }
        if (savers.isEmpty()) {
            throw new IllegalArgumentException("the best checkpoint was asked for, but this Trainer has no checkpoint callback; add a ModelCheckpoint, or "
                    + "name a file");
        }
        if (savers.size() > 1) {
            LoggerFactory.getLogger(Trainer.class).warn("there are {} checkpoint callbacks; 'best' is that of the first", savers.size());
        }
        return savers.getFirst().bestModelPath().orElseThrow(() -> new IllegalArgumentException(
                "the best checkpoint was asked for, but none was saved yet; call fit first, or name a file"));
    }

    private static Checkpoint last(Trainer trainer, boolean fitting) {
        List<Path> found = new ArrayList<>();
        List<Path> dirs = new ArrayList<>();
        dirs.add(trainer.defaultRootDir().resolve("checkpoints"));
        for (CheckpointCallback c : trainer.checkpointCallbacks()) {
            found.addAll(c.directory().isPresent() ? c.findLast() : c.findLast(dirs.getFirst()));
            c.directory().ifPresent(dirs::add);
        }
        for (Path dir : dirs) {
            if (Files.exists(dir.resolve(INTERRUPTED))) {
                found.add(dir.resolve(INTERRUPTED));
            }
        }
        if (found.isEmpty()) {
            LoggerFactory.getLogger(Trainer.class).warn("the last checkpoint was asked for, but there is none in {}; {}", dirs,
                    fitting ? "training starts from the beginning" : "the weights stay as they are");
            return null;
        }
        return Checkpoint.read(found.stream().sorted(CheckpointFiles.NEWEST_FIRST).findFirst().orElseThrow());
    }
}
