package dev.levin.callbacks;

import dev.levin.trainer.CheckpointCallback;
import dev.levin.trainer.CheckpointRequest;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.MetricValue;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.SavedCheckpoint;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Saves checkpoints while training: the best by a metric, the last, or all.
 *
 * <p>Without a trigger it saves at the end of every epoch: after validation, when that runs once an epoch. A save that
 * falls on a step waits for validation where that is about to run, or where the metric has no new value yet. Only new values
 * are ranked; NaN ranks last. A file is removed when better ones push it out, but never the one just written, one outside
 * {@link #dirpath}, or the one the run was resumed from.
 */
public final class ModelCheckpoint implements CheckpointCallback {
    /** What to do about a file that always is the newest. */
    public enum SaveLast {
        NO,
        /** A file of its own. */
        YES,
        /** A link to the newest file; a copy where links are not possible. */
        LINK
    }

    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(ModelCheckpoint.class);

    private String monitor;
    private Mode mode = Mode.MIN;
    private int saveTopK = 1;
    private SaveLast saveLast = SaveLast.NO;
    private boolean saveWeightsOnly;
    private boolean saveOnException;
    private boolean asynchronous;
    private boolean autoInsertMetricName = true;
    private boolean enableVersionCounter = true;
    private boolean verbose;
    private String filename = "";
    private CheckpointNaming naming = CheckpointNaming.DEFAULT;
    private Path dirpath;
    private Integer everyNTrainSteps;
    private Integer everyNEpochs;
    private Duration trainTimeInterval;
    private Boolean saveOnTrainEpochEnd;

    private BestFiles best = new BestFiles(mode, saveTopK);
    private Path directory;
    private Path bestPath;
    private Double bestScore;
    private Double currentScore;
    private Path lastPath;
    private Path newest;
    private Path resumedFrom;
    private long lastSavedStep;
    private long lastTimeSaved;
    private long rankedStep = -1;
    private int rankedEpoch = -1;
    private boolean savedThisRun;
    /** The run that is resumed had saved. */
    private boolean savedBefore;
    private boolean postponed;
    private boolean postponedBefore;
    private boolean validated;

    /** Keeps the most recent epoch. */
    public ModelCheckpoint() {
    }

    /** Keeps the best by a metric; {@code epoch} and {@code step} are metrics, too. */
    public static ModelCheckpoint monitoring(String monitor, Mode mode) {
        ModelCheckpoint c = new ModelCheckpoint();
        c.monitor = monitor;
        c.mode = mode;
        return c;
    }

    /** Where files go; {@code ~} is the home folder. By default the logger's folder for checkpoints, else that of the Trainer. */
    public ModelCheckpoint dirpath(Path folder) {
        String text = folder.toString();
        dirpath = text.equals("~") || text.startsWith("~/") ? Path.of(System.getProperty("user.home") + text.substring(1)) : folder;
        return this;
    }

    /** Template without ending, such as {@code {epoch}-{val_loss:.2f}}; {@code {epoch}-{step}} by default. */
    public ModelCheckpoint filename(String template) {
        filename = template;
        return this;
    }

    /** How files are called beyond the template. */
    public ModelCheckpoint naming(CheckpointNaming names) {
        naming = names;
        return this;
    }

    /** -1 keeps all files, 0 none. */
    public ModelCheckpoint saveTopK(int k) {
        if (k < -1) {
            throw new MisconfigurationException("save_top_k can be -1 (all), 0 (none) or more, got " + k);
        }
        saveTopK = k;
        return this;
    }

    /** Keeps a {@code last.ckpt} as well. */
    public ModelCheckpoint saveLast() {
        return saveLast(SaveLast.YES);
    }

    public ModelCheckpoint saveLast(SaveLast how) {
        saveLast = how;
        return this;
    }

    /** Leaves out what only a further fit needs. */
    public ModelCheckpoint saveWeightsOnly(boolean on) {
        saveWeightsOnly = on;
        return this;
    }

    /**
     * Copies the state to the host and writes files while training goes on. A save waits for the one before; a failure ends
     * the run at its next safe point. Costs one more copy of the state in memory.
     */
    public ModelCheckpoint asynchronous(boolean on) {
        asynchronous = on;
        return this;
    }

    /** Also saves when the run ends by an exception. */
    public ModelCheckpoint saveOnException(boolean on) {
        saveOnException = on;
        return this;
    }

    /** Whether {@code name=} stands before values in file names; off for metrics with a {@code /} in their name. */
    public ModelCheckpoint autoInsertMetricName(boolean on) {
        autoInsertMetricName = on;
        return this;
    }

    /** False overwrites a file of the same name instead of writing {@code name-v1}. */
    public ModelCheckpoint enableVersionCounter(boolean on) {
        enableVersionCounter = on;
        return this;
    }

    /** Prints each save. */
    public ModelCheckpoint verbose(boolean on) {
        verbose = on;
        return this;
    }

    /** Saves every n optimizer steps; 0 turns this trigger off. */
    public ModelCheckpoint everyNTrainSteps(int n) {
        everyNTrainSteps = trigger("every_n_train_steps", n);
        return this;
    }

    /** Saves every n epochs; 0 turns this trigger off. */
    public ModelCheckpoint everyNEpochs(int n) {
        everyNEpochs = trigger("every_n_epochs", n);
        return this;
    }

    /** Saves when so much time has passed since the last save. */
    public ModelCheckpoint trainTimeInterval(Duration interval) {
        if (interval.isNegative()) {
            throw new MisconfigurationException("train_time_interval must not be negative, got " + interval);
        }
        trainTimeInterval = interval;
        return this;
    }

    /** True saves at the end of training epochs, false at the end of validation runs; by default whichever comes last. */
    public ModelCheckpoint saveOnTrainEpochEnd(boolean on) {
        saveOnTrainEpochEnd = on;
        return this;
    }

    private static int trigger(String name, int n) {
        if (n < 0) {
            throw new MisconfigurationException(name + " must be 0 (off) or more, got " + n);
        }
        return n;
    }

    private void checkOptions() {
        if ((steps() > 0 ? 1 : 0) + (everyNEpochs != null && everyNEpochs > 0 ? 1 : 0) + (trainTimeInterval != null ? 1 : 0) > 1) {
            throw new MisconfigurationException("ModelCheckpoint saves by steps, by epochs or by time: every_n_train_steps=" + everyNTrainSteps
                    + ", every_n_epochs=" + everyNEpochs + " and train_time_interval=" + trainTimeInterval + " exclude each other; keep one, or use "
                    + "several ModelCheckpoints");
        }
        if (monitor == null && saveTopK > 1) {
            throw new MisconfigurationException("save_top_k=" + saveTopK + " needs a metric to rank by; without one, use -1 (all), 0 (none) or 1 (the most "
                    + "recent), or ModelCheckpoint.monitoring(metric, mode)");
        }
    }

    private int epochs() {
        return everyNEpochs != null ? everyNEpochs : everyNTrainSteps != null || trainTimeInterval != null ? 0 : 1;
    }

    private int steps() {
        return everyNTrainSteps == null ? 0 : everyNTrainSteps;
    }

    // ---- what others ask ------------------------------------------------------------------------------------------------

    @Override
    public Optional<Path> bestModelPath() {
        return Optional.ofNullable(bestPath);
    }

    @Override
    public OptionalDouble bestModelScore() {
        return bestScore == null ? OptionalDouble.empty() : OptionalDouble.of(bestScore);
    }

    @Override
    public Optional<Path> lastModelPath() {
        return Optional.ofNullable(lastPath);
    }

    @Override
    public Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }

    /** The kept files with their scores, in the order they were written; empty without a metric. */
    public Map<Path, Double> bestKModels() {
        return best.all();
    }

    /** The worst of the kept files. */
    public Optional<Path> kthBestModelPath() {
        return Optional.ofNullable(best.isFull() || saveTopK == -1 ? best.worst() : null);
    }

    /** Score of {@link #kthBestModelPath}. */
    public OptionalDouble kthValue() {
        return kthBestModelPath().map(p -> OptionalDouble.of(best.score(p))).orElse(OptionalDouble.empty());
    }

    /** The value that was ranked last. */
    public OptionalDouble currentScore() {
        return currentScore == null ? OptionalDouble.empty() : OptionalDouble.of(currentScore);
    }

    @Override
    public List<Path> findLast() {
        return directory == null ? List.of() : lastIn(directory);
    }

    @Override
    public List<Path> findLast(Path folder) {
        return lastIn(dirpath != null ? dirpath : folder);
    }

    private List<Path> lastIn(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> naming.isLast(f.getFileName().toString())).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("can't look for the last checkpoint in " + folder, e);
        }
    }

    /** Writes {@code path: score} of the kept files; to {@code best_k_models.yaml} beside them when {@code file} is null. */
    public void toYaml(Path file) {
        Path target = file != null ? file : directory.resolve("best_k_models.yaml");
        StringBuilder s = new StringBuilder();
        best.all().forEach((path, score) -> s.append('\'').append(path.toString().replace("'", "''")).append("': ").append(score).append('\n'));
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            Files.writeString(target, s);
        } catch (IOException e) {
            throw new UncheckedIOException("can't write the scores of the checkpoints to " + target, e);
        }
    }

    @Override
    public String stateKey() {
        return "ModelCheckpoint{'monitor': " + (monitor == null ? "null" : "'" + monitor + "'") + ", 'mode': '" + mode.key()
                + "', 'every_n_train_steps': " + steps() + ", 'every_n_epochs': " + epochs() + ", 'train_time_interval': " + trainTimeInterval + "}";
    }

    // ---- hooks ------------------------------------------------------------------------------------------------------------

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        checkOptions();
        if (best.all().isEmpty()) {
            best = new BestFiles(mode, saveTopK);
        }
        if (dirpath != null) {
            directory = dirpath.toAbsolutePath().normalize();
        } else {
            directory = trainer.loggers().stream().map(Logger::checkpointDir).flatMap(Optional::stream).findFirst()
                    .orElse(trainer.defaultRootDir().resolve("checkpoints")).toAbsolutePath().normalize();
        }
        resumedFrom = trainer.ckptPath().map(p -> p.toAbsolutePath().normalize()).orElse(null);
        if (stage == Stage.FIT && saveTopK != 0 && trainer.fastDevRun() == 0 && bestPath == null && !isEmpty(directory)) {
            LOG.warn("the checkpoint folder {} is not empty; files of earlier runs stay, new ones get a version (-v1) where names are taken", directory);
        }
    }

    private static boolean isEmpty(Path folder) {
        if (!Files.isDirectory(folder)) {
            return true;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException("can't list the checkpoint folder " + folder, e);
        }
    }

    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        lastTimeSaved = trainer.nanoTime();
        savedThisRun = savedBefore;
        savedBefore = false;
        postponed = postponedBefore;
        postponedBefore = false;
        validated = false;
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        boolean bySteps = steps() > 0 && trainer.globalStep() % steps() == 0;
        boolean byTime = false;
        if (trainTimeInterval != null) {
            long now = trainer.nanoTime();
            byTime = now - lastTimeSaved >= trainTimeInterval.toNanos();
            if (byTime) {
                lastTimeSaved = now;
            }
        }
        if (!bySteps && !byTime || skips(trainer)) {
            return;
        }
        if (monitor != null && (!hasNewValue(trainer) || validationComes(trainer))) {
            postponed = true;
        } else {
            saveTopK(trainer);
            saveLast(trainer);
        }
    }

    private boolean validationComes(Trainer trainer) {
        Integer every = trainer.checkValEveryNEpoch();
        return trainer.isLastBatch() && trainer.hasValidation() && (every == null || (trainer.currentEpoch() + 1) % every == 0);
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (!skips(trainer)) {
            atEnd(trainer, savesAtTrainEpochEnd(trainer));
        }
    }

    @Override
    public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
        validated |= trainer.stage() == Stage.FIT && !trainer.isSanityChecking();
        if (!skips(trainer)) {
            atEnd(trainer, !savesAtTrainEpochEnd(trainer));
        }
    }

    private void atEnd(Trainer trainer, boolean isTheTime) {
        if (postponed && hasNewValue(trainer)) {
            postponed = false;
            saveTopK(trainer);
            saveLast(trainer);
        } else if (isTheTime && epochs() > 0 && (trainer.currentEpoch() + 1) % epochs() == 0) {
            boolean saved = saveTopK(trainer);
            if (saved || saveLast == SaveLast.LINK && savedThisRun) {
                saveLast(trainer);
            }
        }
    }

    @Override
    public void onTrainEnd(Trainer trainer, LightningModule<?> module) {
        if (saveLast != SaveLast.NO && !savedThisRun && trainer.fastDevRun() == 0 && trainer.globalStep() > 0) {
            writeLast(trainer);
        }
    }

    @Override
    public void onException(Trainer trainer, LightningModule<?> module, Throwable exception) {
        if (saveOnException && trainer.stage() == Stage.FIT && !skips(trainer)) {
            if (monitor == null || value(trainer).isPresent()) {
                rankedStep = -1;
                saveTopK(trainer);
            } else if (saveTopK != 0) {
                write(trainer, target(trainer, filename, null), null, null);
            }
            saveLast(trainer);
        }
    }

    private boolean savesAtTrainEpochEnd(Trainer trainer) {
        if (saveOnTrainEpochEnd != null) {
            return saveOnTrainEpochEnd;
        }
        if (!trainer.hasValidation()) {
            return true;
        }
        return !trainer.validatesByTime() && Integer.valueOf(1).equals(trainer.checkValEveryNEpoch()) && trainer.validatesAtEpochEnd();
    }

    private boolean skips(Trainer trainer) {
        return trainer.fastDevRun() > 0 || trainer.stage() != Stage.FIT || trainer.isSanityChecking() || lastSavedStep == trainer.globalStep();
    }

    // ---- saving -------------------------------------------------------------------------------------------------------------

    private void saveLast(Trainer trainer) {
        if (saveLast != SaveLast.NO) {
            writeLast(trainer);
        }
    }

    /** The monitored value; counters count as metrics. */
    private Optional<MetricValue> value(Trainer trainer) {
        Optional<MetricValue> logged = trainer.callbackMetrics().value(monitor);
        if (logged.isEmpty() && (monitor.equals("epoch") || monitor.equals("step"))) {
            double v = monitor.equals("epoch") ? trainer.currentEpoch() : trainer.globalStep();
            return Optional.of(new MetricValue(v, trainer.globalStep(), trainer.currentEpoch()));
        }
        return logged;
    }

    private boolean hasNewValue(Trainer trainer) {
        return monitor == null || value(trainer).filter(v -> saveTopK == -1 || v.step() != rankedStep || v.epoch() != rankedEpoch).isPresent();
    }

    /** Whether a file was written. */
    private boolean saveTopK(Trainer trainer) {
        if (saveTopK == 0) {
            return false;
        }
        if (monitor == null) {
            Path previous = saveTopK == 1 ? bestPath : null;
            Path file = target(trainer, filename, previous);
            bestPath = file;
            write(trainer, file, null, previous);
            return true;
        }
        Optional<MetricValue> found = value(trainer);
        if (found.isEmpty()) {
            missing(trainer);
            return false;
        }
        if (!hasNewValue(trainer)) {
            return false;
        }
        rankedStep = found.get().step();
        rankedEpoch = found.get().epoch();
        return rank(trainer, found.get().get());
    }

    private void missing(Trainer trainer) {
        Set<String> known = new TreeSet<>(trainer.callbackMetrics().keySet());
        known.add("epoch");
        known.add("step");
        String text = "ModelCheckpoint ranks by '" + monitor + "', which was not logged; there are " + known + ". Log it, or monitor one of these";
        if (validated) {
            throw new MisconfigurationException(text);
        }
        LOG.warn(text);
    }

    private boolean rank(Trainer trainer, double score) {
        double value = Double.isNaN(score) ? mode.worst() : score;
        currentScore = value;
        if (!best.accepts(value)) {
            if (verbose) {
                trainer.print("epoch " + trainer.currentEpoch() + ", step " + trainer.globalStep() + ": " + monitor + " = " + score + " is not among the best "
                        + saveTopK);
            }
            return false;
        }
        Path pushedOut = best.pushedOut();
        Path file = target(trainer, filename, pushedOut);
        best.replace(pushedOut, file, value);
        bestPath = best.best();
        bestScore = best.score(bestPath);
        write(trainer, file, value, pushedOut);
        if (verbose) {
            trainer.print("epoch " + trainer.currentEpoch() + ", step " + trainer.globalStep() + ": " + monitor + " = " + score + " (best " + bestScore
                    + "), saved " + file + " among the best " + (saveTopK < 0 ? "(all)" : saveTopK));
        }
        return true;
    }

    /** @param replaced goes when the file is there; may be null */
    private void write(Trainer trainer, Path file, Double score, Path replaced) {
        lastSavedStep = trainer.globalStep();
        savedThisRun = true;
        newest = file;
        save(trainer, file, score, replaced);
    }

    private void save(Trainer trainer, Path file, Double score, Path replaced) {
        SavedCheckpoint saved = new SavedCheckpoint(file, trainer.currentEpoch(), trainer.globalStep(), Optional.ofNullable(monitor),
                score == null ? OptionalDouble.empty() : OptionalDouble.of(score), bestModelPath());
        trainer.saveCheckpoint(new CheckpointRequest(file, saveWeightsOnly, asynchronous, isToGo(replaced, file) ? List.of(replaced) : List.of(),
                () -> trainer.loggers().forEach(l -> l.afterSaveCheckpoint(saved))));
    }

    private void writeLast(Trainer trainer) {
        Path previous = lastPath;
        Path file = target(trainer, naming.last(), previous);
        lastPath = file;
        if (saveLast == SaveLast.LINK && newest != null && trainer.isTaken(newest)) {
            Path linked = newest;
            trainer.whenWritten(file, () -> {
                link(linked, file);
                if (isToGo(previous, file)) {
                    remove(previous);
                }
            });
        } else {
            lastSavedStep = trainer.globalStep();
            savedThisRun = true;
            save(trainer, file, null, previous);
        }
    }

    /** At every moment there is a link, the old or the new. */
    private static void link(Path target, Path link) {
        Path fresh = link.resolveSibling("." + link.getFileName() + ".link.tmp");
        try {
            Files.deleteIfExists(fresh);
            try {
                Files.createSymbolicLink(fresh, link.getParent().relativize(target));
            } catch (UnsupportedOperationException | IOException e) {
                Files.copy(target, fresh, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("can't link " + link + " to " + target, e);
        }
    }

    /** The file to write: with a version if another file of this name is there. */
    private Path target(Trainer trainer, String template, Path replaced) {
        String name = naming.format(template, trainer.callbackMetrics(), trainer.currentEpoch(), trainer.globalStep(), autoInsertMetricName, "");
        Path file = directory.resolve(naming.file(name, 0));
        for (int v = naming.startingVersion(); enableVersionCounter && trainer.isTaken(file) && !file.equals(replaced); v++) {
            file = directory.resolve(naming.file(name, v));
        }
        return file;
    }

    /** Never the file just written, that of the resumed run, or one elsewhere. */
    private boolean isToGo(Path old, Path written) {
        return old != null && !old.equals(written) && !old.equals(resumedFrom) && old.startsWith(directory);
    }

    private static void remove(Path old) {
        try {
            Files.deleteIfExists(old);
        } catch (IOException e) {
            LOG.warn("can't remove the old checkpoint {}: {}", old, e.toString());
        }
    }

    // ---- state ----------------------------------------------------------------------------------------------------------------

    @Override
    public Map<String, Object> stateDict() {
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("monitor", monitor);
        m.put("best_model_score", bestScore);
        m.put("best_model_path", text(bestPath));
        m.put("current_score", currentScore);
        m.put("dirpath", text(directory));
        Map<String, Object> scores = new LinkedHashMap<>();
        best.all().forEach((p, s) -> scores.put(p.toString(), s));
        m.put("best_k_models", scores);
        m.put("kth_best_model_path", text(kthBestModelPath().orElse(null)));
        m.put("kth_value", kthValue().isPresent() ? (Double) kthValue().getAsDouble() : null);
        m.put("last_model_path", text(lastPath));
        m.put("last_saved_step", lastSavedStep);
        m.put("ranked_step", rankedStep);
        m.put("ranked_epoch", rankedEpoch);
        m.put("saved", savedThisRun);
        m.put("postponed", postponed);
        return m;
    }

    private static String text(Path p) {
        return p == null ? "" : p.toString();
    }

    private static Path path(Object text) {
        return text == null || text.toString().isEmpty() ? null : Path.of(text.toString());
    }

    @Override
    public void loadStateDict(Map<String, Object> state) {
        bestPath = path(state.get("best_model_path"));
        if (directory != null && !directory.equals(path(state.get("dirpath")))) {
            LOG.warn("checkpoints now go to {} instead of {}; only the path of the best file is taken over", directory, state.get("dirpath"));
            return;
        }
        bestScore = number(state, "best_model_score");
        currentScore = number(state, "current_score");
        Map<Path, Double> scores = new LinkedHashMap<>();
        if (state.get("best_k_models") instanceof Map<?, ?> saved) {
            saved.forEach((file, score) -> scores.put(Path.of(file.toString()), ((Number) score).doubleValue()));
        }
        best.load(scores);
        lastPath = path(state.get("last_model_path"));
        lastSavedStep = integer(state, "last_saved_step", 0);
        rankedStep = integer(state, "ranked_step", -1);
        rankedEpoch = (int) integer(state, "ranked_epoch", -1);
        savedBefore = Boolean.TRUE.equals(state.get("saved"));
        postponedBefore = Boolean.TRUE.equals(state.get("postponed"));
    }

    private static Double number(Map<String, Object> state, String key) {
        return state.get(key) instanceof Number n ? n.doubleValue() : null;
    }

    private static long integer(Map<String, Object> state, String key, long otherwise) {
        return state.get(key) instanceof Number n ? n.longValue() : otherwise;
    }
}
