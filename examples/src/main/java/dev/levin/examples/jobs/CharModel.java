package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.loggers.tensorboard.SummaryWriter;
import dev.levin.nn.Losses;
import dev.levin.optim.AdamW;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Optimizers;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.Map;
import java.util.Random;

/** Predicts the next character. Input: [N, T] characters; output: logits [N, T, vocabulary]. */
abstract class CharModel extends LightningModule<Batch> {
    private static final int SAMPLE = 300;

    private final CharText text;
    private final int window;
    private final double lr;

    CharModel(CharText text, int window, double lr, String kind) {
        this.text = text;
        this.window = window;
        this.lr = lr;
        saveHyperparameters(Map.of("kind", kind, "window", window, "vocabulary", text.vocabulary(), "lr", lr));
    }

    private Tensor loss(Batch batch) {
        Tensor logits = forward(batch.input());
        return Losses.crossEntropy(logits.reshape(-1, text.vocabulary()), batch.target().reshape(-1));
    }

    @Override
    public Tensor trainingStep(Batch batch, int batchIndex) {
        Tensor loss = loss(batch);
        log("train_loss", loss, Log.onProgressBar());
        return loss;
    }

    @Override
    public void validationStep(Batch batch, int batchIndex) {
        log("val_loss", loss(batch), Log.onProgressBar());
    }

    @Override
    public Optimizers configureOptimizers() {
        return Optimizers.of(new AdamW(parameters(), lr));
    }

    @Override
    public void onValidationEpochEnd() {
        if (!trainer().isSanityChecking()) {
            trainer().logger().experiment(SummaryWriter.class).ifPresent(w -> w.addText("sample", "```\n" + sample(new Random(0)) + "\n```",
                    trainer().globalStep()));
        }
    }

    /** Writes on from a line break, one character at a time. */
    String sample(Random random) {
        long[] last = new long[window];
        StringBuilder written = new StringBuilder();
        try (var _ = Grad.off()) {
            for (int i = 0; i < SAMPLE; i++) {
                int at = Math.min(i, window - 1);
                Tensor input = Tensor.of(HostArray.wrap(DType.I64, last.clone()), Shape.of(1, window));
                float[] p = forward(input).get(0, at).softmax(0).toFloats();
                int next = draw(p, random.nextDouble());
                written.append(text.character(next));
                if (i + 1 < window) {
                    last[i + 1] = next;
                } else {
                    System.arraycopy(last, 1, last, 0, window - 1);
                    last[window - 1] = next;
                }
            }
        }
        return written.toString();
    }

    private static int draw(float[] p, double share) {
        double sum = 0;
        for (int k = 0; k < p.length; k++) {
            sum += p[k];
            if (share < sum) {
                return k;
            }
        }
        return p.length - 1;
    }
}
