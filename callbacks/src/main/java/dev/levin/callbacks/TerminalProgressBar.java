package dev.levin.callbacks;

import dev.levin.trainer.Trainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp;
import org.slf4j.LoggerFactory;

/**
 * A bar for the epoch and one below it while validation runs, redrawn in place a few times a second.
 *
 * <pre>
 * Epoch 2/9  ━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌  43/64  67%  12.3 it/s  0:02 left  train_loss 0.2310  v_num 3
 * Validation ━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 4/10   40%  35.0 it/s  0:01 left
 * </pre>
 *
 * <p>The finished bar of an epoch stays above the running one with {@link #leave}. Lines printed by the Trainer go above the
 * bars.
 */
public final class TerminalProgressBar extends ProgressBarBase {
    private static final int WIDEST = 40;
    private static final int NARROWEST = 8;

    private final Terminal terminal;
    private final Display display;
    private final boolean unicode;
    private final boolean colour;
    private long interval = 100_000_000L;
    private boolean leave;
    private long drawnAt;
    private int columns;
    private int shown;
    private AttributedString epochLine;

    /** Draws on a terminal that the caller owns. */
    public TerminalProgressBar(Terminal terminal) {
        this.terminal = terminal;
        this.display = new Display(terminal, false);
        this.unicode = StandardCharsets.UTF_8.equals(terminal.encoding());
        Integer colours = terminal.getNumericCapability(InfoCmp.Capability.max_colors);
        this.colour = colours != null && colours >= 8 && System.getenv("NO_COLOR") == null;
    }

    /** A bar on the terminal of this process; empty if there is none that can move its cursor. */
    public static Optional<TerminalProgressBar> system() {
        return OfProcess.TERMINAL.map(TerminalProgressBar::new);
    }

    /** The process has one terminal, opened when the first bar needs it. */
    private static final class OfProcess {
        private static final Optional<Terminal> TERMINAL = open();

        private static Optional<Terminal> open() {
            try {
                Terminal t = TerminalBuilder.builder().system(true).dumb(true).nativeSignals(false).build();
                if (t.getType().startsWith(Terminal.TYPE_DUMB)) {
                    t.close();
                    return Optional.empty();
                }
                return Optional.of(t);
            } catch (IOException | IllegalStateException e) {
                LoggerFactory.getLogger(TerminalProgressBar.class).debug("no terminal to draw on", e);
                return Optional.empty();
            }
        }
    }

    /** Redraws at most so many times a second; 0 draws nothing but the finished bars. */
    public TerminalProgressBar refreshRate(double perSecond) {
        if (!(perSecond >= 0)) {
            throw new IllegalArgumentException("refreshRate(" + perSecond + "): use the number of redraws a second, or 0 for none");
        }
        interval = perSecond == 0 ? Long.MAX_VALUE : (long) (1e9 / perSecond);
        return this;
    }

    /** Whether the finished bar of each epoch stays on the screen. */
    public TerminalProgressBar leave(boolean on) {
        leave = on;
        return this;
    }

    @Override
    void begins(Trainer trainer, Pass pass, Progress p, Progress train) {
        Size size = terminal.getSize();
        columns = size.getColumns() > 0 ? size.getColumns() : 80;
        display.resize(size.getRows() > 0 ? size.getRows() : 24, columns);
        long now = trainer.nanoTime();
        if (interval != Long.MAX_VALUE) {
            draw(trainer, pass, p, train, now);
        }
    }

    @Override
    void advances(Trainer trainer, Pass pass, Progress p, Progress train, long now) {
        if (interval != Long.MAX_VALUE && now - drawnAt >= interval) {
            draw(trainer, pass, p, train, now);
        }
    }

    @Override
    void ends(Trainer trainer, Pass pass, Progress p, Progress train, long now) {
        switch (pass) {
            case SANITY -> show(List.of());
            case VALIDATE, TEST, PREDICT -> {
                if (train == null) {
                    keep(bar(p, now, true, describe(trainer, "  ", " ")));
                } else {
                    draw(trainer, Pass.TRAIN, train, null, now);
                }
            }
            case TRAIN -> {
                AttributedString line = bar(p, now, true, describe(trainer, "  ", " "));
                if (leave) {
                    keep(line);
                    epochLine = null;
                } else {
                    epochLine = line;
                    if (interval != Long.MAX_VALUE) {
                        show(List.of(line));
                    }
                }
            }
        }
    }

    @Override
    void finish(Trainer trainer) {
        if (epochLine != null) {
            keep(epochLine);
            epochLine = null;
        }
        for (int i = 0; i < shown; i++) {
            terminal.writer().println();
        }
        display.reset();
        shown = 0;
        terminal.flush();
    }

    @Override
    void line(String text) {
        if (shown > 0) {
            show(List.of());
        }
        display.reset();
        text.lines().forEach(terminal.writer()::println);
        shown = 0;
        drawnAt = 0;
        terminal.flush();
    }

    private void keep(AttributedString line) {
        if (shown > 0) {
            show(List.of());
        }
        display.reset();
        terminal.writer().println(line.toAnsi(terminal));
        shown = 0;
        terminal.flush();
    }

    private void draw(Trainer trainer, Pass pass, Progress p, Progress train, long now) {
        drawnAt = now;
        List<AttributedString> lines = new ArrayList<>();
        if (train != null) {
            lines.add(bar(train, now, false, describe(trainer, "  ", " ")));
        }
        lines.add(bar(p, now, false, train == null && pass != Pass.SANITY ? describe(trainer, "  ", " ") : ""));
        show(lines);
    }

    private void show(List<AttributedString> lines) {
        display.update(lines, 0);
        terminal.flush();
        shown = lines.size();
    }

    /** One line, cut at the terminal's width. */
    private AttributedString bar(Progress p, long now, boolean over, String metrics) {
        String size = p.hasTotal() ? String.format(Locale.ROOT, "%d/%d %3d%%", p.done(), p.total(), (int) (p.fraction() * 100)) : Integer.toString(p.done());
        double left = p.remaining(now);
        String time = over || Double.isNaN(left) ? Text.time(p.seconds(now)) : Text.time(left) + " left";
        String tail = "  " + size + "  " + Text.rate(over ? p.meanRate(now) : p.rate(now)) + "  " + time;
        int room = columns - 1 - p.label().length() - 1 - tail.length() - (metrics.isEmpty() ? 0 : metrics.length() + 2);
        int width = Math.max(NARROWEST, Math.min(WIDEST, room));
        AttributedStringBuilder line = new AttributedStringBuilder();
        line.append(p.label()).append(' ');
        if (p.hasTotal()) {
            int full = (int) Math.round(p.fraction() * width);
            line.append((unicode ? "━" : "#").repeat(full), style(over ? AttributedStyle.GREEN : AttributedStyle.CYAN));
            line.append((unicode ? "╌" : "-").repeat(width - full), style(AttributedStyle.BRIGHT));
        }
        line.append(tail);
        if (!metrics.isEmpty()) {
            line.append("  ").append(metrics);
        }
        return line.toAttributedString().columnSubSequence(0, columns - 1);
    }

    private AttributedStyle style(int c) {
        return colour ? AttributedStyle.DEFAULT.foreground(c) : AttributedStyle.DEFAULT;
    }
}
