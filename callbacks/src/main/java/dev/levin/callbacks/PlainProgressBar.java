package dev.levin.callbacks;

import dev.levin.trainer.Trainer;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * Progress as plain lines, for pipes, files and logs: a line at the end of each epoch and evaluation, and one now and then
 * while they take long. No control characters.
 *
 * <pre>
 * Epoch 0/2: 12/64 batches (19%), 4.1 it/s, 0:13 left, train_loss=0.9112
 * Epoch 0/2: 64/64 batches in 0:16, 4.0 it/s, train_loss=0.4323, val_loss=0.5012
 * </pre>
 */
public final class PlainProgressBar extends ProgressBarBase {
    private final PrintStream out;
    private final long every;
    private long lastLine;

    /** To standard output, at least every ten seconds. */
    public PlainProgressBar() {
        this(System.out, Duration.ofSeconds(10));
    }

    /** @param every time between lines while an epoch runs; zero for lines at the end only */
    public PlainProgressBar(PrintStream out, Duration every) {
        if (every.isNegative()) {
            throw new IllegalArgumentException("the time between lines is " + every + "; use zero (lines at the end only) or more");
        }
        this.out = out;
        this.every = every.toNanos();
    }

    @Override
    void begins(Trainer trainer, Pass pass, Progress progress, Progress train) {
        if (train == null) {
            lastLine = trainer.nanoTime();
        }
    }

    @Override
    void advances(Trainer trainer, Pass pass, Progress p, Progress train, long now) {
        if (every == 0 || now - lastLine < every || p.done() == p.total()) {
            return;
        }
        lastLine = now;
        String size = p.hasTotal() ? String.format(Locale.ROOT, "%d/%d batches (%d%%)", p.done(), p.total(), (int) (p.fraction() * 100))
                : p.done() + " batches";
        double left = p.remaining(now);
        write((train == null ? "" : train.label() + ", ") + p.label() + ": " + size + ", " + Text.rate(p.rate(now))
                + (Double.isNaN(left) ? "" : ", " + Text.time(left) + " left"), pass, trainer);
    }

    @Override
    void ends(Trainer trainer, Pass pass, Progress p, Progress train, long now) {
        if (train != null || pass == Pass.SANITY) {
            return;
        }
        lastLine = now;
        write(p.label() + ": " + p.done() + (p.hasTotal() ? "/" + p.total() : "") + " batches in " + Text.time(p.seconds(now)) + ", "
                + Text.rate(p.meanRate(now)), pass, trainer);
    }

    private void write(String text, Pass pass, Trainer trainer) {
        String metrics = pass == Pass.SANITY ? "" : describe(trainer, ", ", "=");
        line(metrics.isEmpty() ? text : text + ", " + metrics);
    }

    @Override
    void finish(Trainer trainer) {
        out.flush();
    }

    @Override
    void line(String text) {
        out.println(text);
    }
}
