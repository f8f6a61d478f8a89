package dev.levin.callbacks;

import dev.levin.data.Batch;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.Callback;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Stage;
import dev.levin.trainer.Trainer;
import java.awt.image.BufferedImage;
import java.util.function.Function;

/**
 * Sends pictures of samples to the loggers: of the first validation batch of each run, in a grid. What is shown can be
 * computed from the batch: reconstructions, generated samples, masks.
 *
 * <p>Pictures are [N, 1 or 3, H, W] or [N, H, W]; values from 0 to 1, others are cut off.
 */
public final class SampleImages implements Callback {
    private final Function<Object, Tensor> pictures;
    private final int most;
    private String tag = "samples";
    private ImageTargets targets;

    /** The inputs of 16 samples at most. */
    public SampleImages() {
        this(16, batch -> switch (batch) {
            case Batch b -> b.input();
            case Tensor t -> t;
            case null, default -> throw new MisconfigurationException("SampleImages can't find the pictures in a batch of type "
                    + (batch == null ? "null" : batch.getClass().getSimpleName()) + "; pass a function that does: new SampleImages(16, batch -> ...)");
        });
    }

    /**
     * @param most pictures at most
     * @param pictures what to show of a batch
     */
    public SampleImages(int most, Function<Object, Tensor> pictures) {
        if (most < 1) {
            throw new IllegalArgumentException("SampleImages shows 1 picture or more, got " + most);
        }
        this.most = most;
        this.pictures = pictures;
    }

    public SampleImages tag(String name) {
        tag = name;
        return this;
    }

    @Override
    public void setup(Trainer trainer, LightningModule<?> module, Stage stage) {
        targets = new ImageTargets(trainer, this);
    }

    @Override
    public void onValidationBatchEnd(Trainer trainer, LightningModule<?> module, Object output, Object batch, int batchIndex, int loader) {
        if (batchIndex == 0 && loader == 0 && !trainer.isSanityChecking()) {
            targets.send("val/" + tag, grid(pictures.apply(batch), most), trainer.loggerStep());
        }
    }

    /** Pictures side by side, rows as long as there are rows, with a dark line between. */
    static BufferedImage grid(Tensor batch, int most) {
        int rank = batch.dim();
        if (rank != 3 && rank != 4 || rank == 4 && batch.size(1) != 1 && batch.size(1) != 3) {
            throw new MisconfigurationException("SampleImages shows pictures of shape [N, H, W], [N, 1, H, W] or [N, 3, H, W], got " + batch.shape());
        }
        int channels = rank == 4 ? batch.size(1) : 1;
        int h = batch.size(rank - 2);
        int w = batch.size(rank - 1);
        int n = Math.min(most, batch.size(0));
        double[] v = batch.toDoubles();
        int columns = (int) Math.ceil(Math.sqrt(n));
        int rows = (n + columns - 1) / columns;
        BufferedImage image = new BufferedImage(columns * (w + 1) - 1, rows * (h + 1) - 1, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < n; i++) {
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    int rgb = 0;
                    for (int c = 0; c < 3; c++) {
                        int channel = channels == 3 ? c : 0;
                        double value = v[((i * channels + channel) * h + y) * w + x];
                        rgb = rgb << 8 | (int) Math.round(255 * Math.clamp(Double.isNaN(value) ? 0 : value, 0, 1));
                    }
                    image.setRGB(i % columns * (w + 1) + x, i / columns * (h + 1) + y, rgb);
                }
            }
        }
        return image;
    }
}
