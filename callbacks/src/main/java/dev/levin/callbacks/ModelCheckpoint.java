package dev.levin.callbacks;

import dev.levin.trainer.CheckpointCallback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Logger;
import dev.levin.trainer.MetricValue;
import dev.levin.trainer.SavedCheckpoint;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Saves checkpoints while training: the best by a metric, the last, or all.
 *
 * <p>Without a trigger it saves at the end of every epoch (after validation, when that runs once an epoch). Only values that
 * are new are ranked. A file is removed when better ones push it out, but never the one just written, one outside
 * {@link #dirpath}, or the one the run was resumed from.
 */
public final class ModelCheckpoint implements CheckpointCallback {
    /** What to do about a file that always is the newest. */
    public enum SaveLast { NO, YES, LINK }

    private static final String LAST = "last";
    private static final String EXTENSION = ".ckpt";

    private String monitor;
    private Mode mode = Mode.MIN;
    private int saveTopK = 1;
    private SaveLast saveLast = SaveLast.NO;
    private boolean saveWeightsOnly;
    private boolean saveOnException;
    private boolean autoInsertMetricName = true;
    private boolean enableVersionCounter = true;
    private boolean verbose;
    private String filename = "{epoch}-{step}";
    private Path dirpath;
    private Integer everyNTrainSteps;
    private Integer everyNEpochs;
    private Duration trainTimeInterval;
    private Boolean saveOnTrainEpochEnd;

    private final Map<Path, Double> bestK = new LinkedHashMap<>();
    private Path directory;
    private Path bestPath;
    private Double bestScore;
    private Double currentScore;
    private Path lastPath;
    private Path resumedFrom;
    private long lastSavedStep;
    private long lastTimeSaved;
    private boolean savedThisRun;
    private boolean postponed;

    /** Keeps the most recent epoch. */
    public ModelCheckpoint() {
    }

    /** Keeps the best by a metric. */
    public static ModelCheckpoint monitoring(String metric, Mode mode) {
        ModelCheckpoint c = new ModelCheckpoint();
        c.monitor = metric;
        c.mode = mode;
        return c;
    }

    public ModelCheckpoint dirpath(Path folder) {
        dirpath = folder;
        return this;
    }

    /** Template without ending, such as {@code {epoch}-{val_loss:.2f}}. */
    public ModelCheckpoint filename(String template) {
        filename = template;
        return this;
    }

    /** -1 keeps all files, 0 none. */
    public ModelCheckpoint saveTopK(int k) {
        if (k < -1) {
            throw new IllegalArgumentException("saveTopK must be -1 (all), 0 (none) or more, not " + k);
        }
        saveTopK = k;
        return this;
    }

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

    public ModelCheckpoint saveOnException(boolean on) {
        saveOnException = on;
        return this;
    }

    /** Whether {@code name=} stands before values in file names. */
    public ModelCheckpoint autoInsertMetricName(boolean on) {
        autoInsertMetricName = on;
        return this;
    }

    /** False overwrites a file of the same name instead of writing {@code name-v1}. */
    public ModelCheckpoint enableVersionCounter(boolean on) {
        enableVersionCounter = on;
        return this;
    }

    public ModelCheckpoint verbose(boolean on) {
        verbose = on;
        return this;
    }

    /** Saves every n optimizer steps; 0 turns this trigger off. */
    public ModelCheckpoint everyNTrainSteps(int n) {
        everyNTrainSteps = trigger("everyNTrainSteps", n);
        return this;
    }

    /** Saves every n epochs; 0 turns this trigger off. */
    public ModelCheckpoint everyNEpochs(int n) {
        everyNEpochs = trigger("everyNEpochs", n);
        return this;
    }

    public ModelCheckpoint trainTimeInterval(Duration interval) {
        trainTimeInterval = interval;
        return this;
    }

    /** True saves at the end of training epochs, false at the end of validation runs. */
    public ModelCheckpoint saveOnTrainEpochEnd(boolean on) {
        saveOnTrainEpochEnd = on;
        return this;
    }

    private static int trigger(String name, int n) {
        if (n < 0) {
            throw new IllegalArgumentException(name + " must not be negative: " + n);
        }
        return n;
    }

    private void checkOptions() {
        int triggers = (everyNTrainSteps != null && everyNTrainSteps > 0 ? 1 : 0) + (everyNEpochs != null && everyNEpochs > 0 ? 1 : 0)
                + (trainTimeInterval != null ? 1 : 0);
        if (triggers > 1) {
            throw new IllegalArgumentException("ModelCheckpoint saves by steps, by epochs or by time: set one of everyNTrainSteps, "
                    + "everyNEpochs and trainTimeInterval, not several");
        }
        if (monitor == null && saveTopK > 1) {
            throw new IllegalArgumentException("saveTopK(" + saveTopK + ") needs a metric to rank by; without one, use -1 (all), 0 (none) or 1 "
                    + "(the most recent), or ModelCheckpoint.monitoring(metric, mode)");
        }
    }

    private int epochs() {
        return everyNEpochs != null ? everyNEpochs : steps() > 0 || trainTimeInterval != null ? 0 : 1;
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

    /** The kept files with their scores. */
    public Map<Path, Double> bestKModels() {
        return Map.copyOf(bestK);
    }

    public OptionalDouble currentScore() {
        return currentScore == null ? OptionalDouble.empty() : OptionalDouble.of(currentScore);
    }

    @Override
    public List<Path> findLast() {
        if (directory == null || !Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.getFileName().toString().matches(LAST + "(-v\\d+)?\\" + EXTENSION)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
        if (dirpath != null) {
            directory = dirpath.toAbsolutePath().normalize();
        } else {
            directory = trainer.loggers().stream().map(Logger::checkpointDir).flatMap(Optional::stream).findFirst()
                    .orElse(trainer.defaultRootDir().resolve("checkpoints")).toAbsolutePath().normalize();
        }
        if (stage == Stage.FIT && dirpath != null && saveTopK != 0 && Files.isDirectory(directory) && !isEmpty(directory)) {
            LoggerFactory.getLogger(ModelCheckpoint.class).warn("checkpoint folder {} is not empty", directory);
        }
    }

    private static boolean isEmpty(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void onTrainStart(Trainer trainer, LightningModule<?> module) {
        lastTimeSaved = trainer.nanoTime();
        savedThisRun = false;
    }

    @Override
    public void onTrainBatchEnd(Trainer trainer, LightningModule<?> module, Map<String, ?> outputs, Object batch, int batchIndex) {
        if (skips(trainer)) {
            return;
        }
        boolean bySteps = steps() > 0 && trainer.globalStep() % steps() == 0;
        boolean byTime = trainTimeInterval != null && trainer.nanoTime() - lastTimeSaved >= trainTimeInterval.toNanos();
        if (!bySteps && !byTime) {
            return;
        }
        boolean validationComes = trainer.isLastBatch() && trainer.hasValidation() && trainer.validatesAtEpochEnd();
        if (monitor != null && (!trainer.callbackMetrics().containsKey(monitor) || validationComes)) {
            postponed = true;
            return;
        }
        lastTimeSaved = trainer.nanoTime();
        saveTopK(trainer);
        saveLast(trainer);
    }

    @Override
    public void onTrainEpochEnd(Trainer trainer, LightningModule<?> module) {
        if (!skips(trainer) && savesAtTrainEpochEnd(trainer) && epochs() > 0 && (trainer.currentEpoch() + 1) % epochs() == 0) {
            saveTopKAndLast(trainer);
        }
    }

    @Override
    public void onValidationEnd(Trainer trainer, LightningModule<?> module) {
        if (skips(trainer)) {
            return;
        }
        if (postponed) {
            postponed = false;
            lastTimeSaved = trainer.nanoTime();
            saveTopK(trainer);
            saveLast(trainer);
        } else if (!savesAtTrainEpochEnd(trainer) && epochs() > 0 && (trainer.currentEpoch() + 1) % epochs() == 0) {
            saveTopKAndLast(trainer);
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
            saveTopK(trainer);
            saveLast(trainer);
        }
    }

    private boolean savesAtTrainEpochEnd(Trainer trainer) {
        if (saveOnTrainEpochEnd != null) {
            return saveOnTrainEpochEnd;
        }
        if (trainer.validatesByTime() || !Integer.valueOf(1).equals(trainer.checkValEveryNEpoch())) {
            return false;
        }
        return !trainer.hasValidation() || trainer.validatesAtEpochEnd();
    }

    private boolean skips(Trainer trainer) {
        return trainer.fastDevRun() > 0 || trainer.stage() != Stage.FIT || trainer.isSanityChecking() || lastSavedStep == trainer.globalStep();
    }

    // ---- saving -------------------------------------------------------------------------------------------------------------

    private void saveTopKAndLast(Trainer trainer) {
        boolean saved = saveTopK(trainer);
        if (saved || saveLast == SaveLast.LINK && savedThisRun) {
            saveLast(trainer);
        }
    }

    private void saveLast(Trainer trainer) {
        if (saveLast != SaveLast.NO) {
            writeLast(trainer);
        }
    }

    private boolean saveTopK(Trainer trainer) {
        if (saveTopK == 0) {
            return false;
        }
        if (monitor == null) {
            Path previous = saveTopK == 1 ? bestPath : null;
            Path file = target(trainer, filename, previous);
            write(trainer, file, null);
            bestPath = file;
            if (previous != null && !previous.equals(file)) {
                remove(previous, file);
            }
            return true;
        }
        Optional<MetricValue> found = trainer.callbackMetrics().value(monitor);
        if (found.isEmpty()) {
            return missing(trainer);
        }
        return rank(trainer, found.get().get());
    }

    private boolean missing(Trainer trainer) {
        String text = "ModelCheckpoint ranks by '" + monitor + "', which was not logged. Logged are " + trainer.callbackMetrics().keySet();
        if (trainer.hasValidation() && trainer.callbackMetrics().isEmpty()) {
            LoggerFactory.getLogger(ModelCheckpoint.class).warn(text);
            return false;
        }
        throw new IllegalStateException(text + "; log it, or rank by one of these");
    }

    private boolean rank(Trainer trainer, double score) {
        double value = Double.isNaN(score) ? mode.worst() : score;
        currentScore = value;
        Path kth = kthBest();
        boolean full = saveTopK > 0 && bestK.size() >= saveTopK;
        if (full && !mode.isBetter(value, bestK.get(kth))) {
            return false;
        }
        Path pushedOut = full ? kth : null;
        Path file = target(trainer, filename, pushedOut);
        bestK.put(file, value);
        if (pushedOut != null && !pushedOut.equals(file)) {
            bestK.remove(pushedOut);
        }
        Map.Entry<Path, Double> best = bestK.entrySet().stream().reduce((a, b) -> mode.isBetter(b.getValue(), a.getValue()) ? b : a).orElseThrow();
        bestPath = best.getKey();
        bestScore = best.getValue();
        write(trainer, file, value);
        if (pushedOut != null && !pushedOut.equals(file)) {
            remove(pushedOut, file);
        }
        if (verbose) {
            trainer.print("epoch " + trainer.currentEpoch() + ", step " + trainer.globalStep() + ": " + monitor + " = " + value + " (best "
                    + bestScore + "), saved " + file + " among the best " + saveTopK);
        }
        return true;
    }

    private Path kthBest() {
        return bestK.entrySet().stream().reduce((a, b) -> mode.isBetter(a.getValue(), b.getValue()) ? b : a).map(Map.Entry::getKey).orElse(null);
    }

    private void write(Trainer trainer, Path file, Double score) {
        trainer.saveCheckpoint(file, saveWeightsOnly);
        lastSavedStep = trainer.globalStep();
        savedThisRun = true;
        SavedCheckpoint saved = new SavedCheckpoint(file, trainer.currentEpoch(), trainer.globalStep(), Optional.ofNullable(monitor),
                score == null ? OptionalDouble.empty() : OptionalDouble.of(score), bestModelPath());
        trainer.loggers().forEach(l -> l.afterSaveCheckpoint(saved));
    }

    private void writeLast(Trainer trainer) {
        Path previous = lastPath;
        Path newest = bestK.isEmpty() ? bestPath : bestK.keySet().stream().reduce((a, b) -> b).orElse(bestPath);
        Path file = target(trainer, LAST, previous == null ? directory.resolve(LAST + EXTENSION) : previous);
        if (saveLast == SaveLast.LINK && newest != null && Files.exists(newest)) {
            link(newest, file);
        } else {
            trainer.saveCheckpoint(file, saveWeightsOnly);
            lastSavedStep = trainer.globalStep();
            savedThisRun = true;
        }
        lastPath = file;
        if (previous != null && !previous.equals(file)) {
            remove(previous, file);
        }
    }

    private static void link(Path target, Path link) {
        try {
            Files.deleteIfExists(link);
            try {
                Files.createSymbolicLink(link, link.getParent().relativize(target));
            } catch (UnsupportedOperationException | IOException e) {
                Files.copy(target, link, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file to write: with a version if another file of this name is there. */
    private Path target(Trainer trainer, String template, Path replaced) {
        String name = CheckpointNames.format(template, trainer.callbackMetrics(), trainer.currentEpoch(), trainer.globalStep(), autoInsertMetricName);
        Path file = directory.resolve(name + EXTENSION);
        for (int v = 1; enableVersionCounter && Files.exists(file) && !file.equals(replaced); v++) {
            file = directory.resolve(name + "-v" + v + EXTENSION);
        }
        return file;
    }

    private void remove(Path old, Path written) {
        if (old.equals(written) || old.equals(resumedFrom) || directory == null || !old.startsWith(directory)) {
            return;
        }
        try {
            Files.deleteIfExists(old);
        } catch (IOException e) {
            LoggerFactory.getLogger(ModelCheckpoint.class).warn("can't remove the old checkpoint {}: {}", old, e.toString());
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
        Map<String, Object> best = new LinkedHashMap<>();
        bestK.forEach((p, s) -> best.put(p.toString(), s));
        m.put("best_k_models", best);
        m.put("last_model_path", text(lastPath));
        m.put("last_saved_step", lastSavedStep);
        return m;
    }

    private static String text(Path p) {
        return p == null ? "" : p.toString();
    }

    private static Path path(Object text) {
        return text == null || text.toString().isEmpty() ? null : Path.of(text.toString());
    }

    @Override
    @SuppressWarnings("unchecked")
    public void loadStateDict(Map<String, Object> state) {
        bestPath = path(state.get("best_model_path"));
        if (directory != null && !directory.equals(path(state.get("dirpath")))) {
            LoggerFactory.getLogger(ModelCheckpoint.class).warn("checkpoints now go to {} instead of {}; only the best file's path is taken over",
                    directory, state.get("dirpath"));
            return;
        }
        bestScore = state.get("best_model_score") instanceof Number n ? n.doubleValue() : null;
        currentScore = state.get("current_score") instanceof Number n ? n.doubleValue() : null;
        bestK.clear();
        List<Map.Entry<String, Object>> entries = new ArrayList<>(((Map<String, Object>) state.getOrDefault("best_k_models", Map.of())).entrySet());
        entries.stream().filter(e -> e.getValue() instanceof Number)
                .sorted(Comparator.comparing(Map.Entry::getKey, Comparator.naturalOrder()))
                .forEach(e -> bestK.put(Path.of(e.getKey()), ((Number) e.getValue()).doubleValue()));
        lastPath = path(state.get("last_model_path"));
        lastSavedStep = ((Number) state.getOrDefault("last_saved_step", 0)).longValue();
    }
}
