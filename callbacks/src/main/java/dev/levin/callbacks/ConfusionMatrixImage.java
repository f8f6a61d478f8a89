package dev.levin.callbacks;

import dev.levin.metrics.ConfusionMatrix;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sends a picture of a confusion matrix to the loggers after every validation run and test: rows are true classes, columns
 * predictions, colours shares of the row. The metric is the module's own, updated in its steps; it is reset after the
 * picture.
 */
public final class ConfusionMatrixImage implements Callback {
    private static final int MARGIN = 56;

    private final ConfusionMatrix matrix;
    private final List<String> classes;
    private String tag = "confusion_matrix";
    private ImageTargets targets;

    /** Classes are numbered. */
    public ConfusionMatrixImage(ConfusionMatrix matrix) {
        this(matrix, IntStream.range(0, matrix.classes()).mapToObj(Integer::toString).toList());
    }

    /** @param classes a name for each class */
    public ConfusionMatrixImage(ConfusionMatrix matrix, List<String> classes) {
        if (classes.size() != matrix.classes()) {
            throw new IllegalArgumentException("there are " + classes.size() + " names for the " + matrix.classes() + " classes of the confusion matrix");
        }
        this.matrix = matrix;
        this.classes = List.copyOf(classes);
    }

    public ConfusionMatrixImage tag(String name) {
        tag = name;
        return this;
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        targets = new ImageTargets(trainer, this);
    }

    @Override
    public void onValidationEpochEnd(Trainer trainer, LightningModule<?> module) {
        show(trainer, "val/");
    }

    @Override
    public void onTestEpochEnd(Trainer trainer, LightningModule<?> module) {
        show(trainer, "test/");
    }

    private void show(Trainer trainer, String prefix) {
        if (!trainer.isSanityChecking()) {
            int n = matrix.classes();
            double[] flat = matrix.compute().toDoubles();
            double[][] counts = new double[n][n];
            for (int i = 0; i < flat.length; i++) {
                counts[i / n][i % n] = flat[i];
            }
            targets.send(prefix + tag, draw(counts, classes), trainer.loggerStep());
        }
        matrix.reset();
    }

    /** @param counts true classes by predictions */
    static BufferedImage draw(double[][] counts, List<String> classes) {
        int n = counts.length;
        int cell = Math.max(18, Math.min(48, 640 / n));
        int size = MARGIN + n * cell + 8;
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, size, size);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, Math.max(8, cell / 3)));
        FontMetrics f = g.getFontMetrics();
        for (int row = 0; row < n; row++) {
            double total = 0;
            for (double c : counts[row]) {
                total += c;
            }
            for (int col = 0; col < n; col++) {
                float share = total > 0 ? (float) (counts[row][col] / total) : 0;
                int x = MARGIN + col * cell;
                int y = MARGIN + row * cell;
                g.setColor(new Color(1 - 0.9f * share, 1 - 0.6f * share, 1 - 0.2f * share));
                g.fillRect(x, y, cell, cell);
                g.setColor(share > 0.5f ? Color.WHITE : Color.BLACK);
                centre(g, f, Long.toString(Math.round(counts[row][col])), x, y, cell);
            }
            g.setColor(Color.BLACK);
            centre(g, f, classes.get(row), MARGIN + row * cell, MARGIN - cell, cell);
            String name = classes.get(row);
            g.drawString(name, Math.max(2, MARGIN - 4 - f.stringWidth(name)), MARGIN + row * cell + (cell + f.getAscent()) / 2);
        }
        g.setStroke(new BasicStroke(1));
        g.drawRect(MARGIN, MARGIN, n * cell, n * cell);
        g.drawString("predicted", MARGIN, f.getAscent() + 2);
        g.drawString("true", 2, MARGIN - 4);
        g.dispose();
        return image;
    }

    private static void centre(Graphics2D g, FontMetrics f, String text, int x, int y, int cell) {
        g.drawString(text, x + (cell - f.stringWidth(text)) / 2, y + (cell + f.getAscent()) / 2);
    }
}
