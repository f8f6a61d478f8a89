package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.DataLoader;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;

/** Learns to write like a text file, by a transformer or an LSTM. */
final class TextJob implements Job {
    private static final int WINDOW = 64;
    private static final int WIDTH = 128;

    private final boolean transformer;

    TextJob(boolean transformer) {
        this.transformer = transformer;
    }

    @Override
    public String name() {
        return transformer ? "gpt" : "lstm";
    }

    @Override
    public String description() {
        return "characters by a " + (transformer ? "small GPT" : "two-layer LSTM") + " (--data FILE.txt or FOLDER)";
    }

    private static CharText text(Options options) {
        return CharText.read(JobFiles.text(options));
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return transformer ? new CharGpt(text(options), WINDOW, WIDTH, 4, 3, options.lrOr(1e-3))
                : new CharLstm(text(options), WINDOW, WIDTH, options.lrOr(2e-3));
    }

    @Override
    public DataModule<Batch> data(Options options) {
        CharText text = text(options);
        int batch = options.batchSizeOr(batchSize());
        return new DataModule<>() {
            @Override
            public Iterable<Batch> trainDataloader() {
                return new DataLoader<>(text.windows(0, 0.9, WINDOW), batch).shuffle(options.seed()).dropLast();
            }

            @Override
            public Iterable<Batch> valDataloader() {
                return new DataLoader<>(text.windows(0.9, 1, WINDOW), batch).dropLast();
            }
        };
    }

    @Override
    public int epochs() {
        return 5;
    }

    @Override
    public int batchSize() {
        return 32;
    }

    @Override
    public String monitor() {
        return "val_loss";
    }

    @Override
    public boolean maximize() {
        return false;
    }

    @Override
    public boolean isTested() {
        return false;
    }
}
