package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.CsvTable;
import dev.levin.data.Dataset;
import dev.levin.data.FeatureColumns;
import dev.levin.data.KFold;
import dev.levin.data.TensorDataset;
import dev.levin.metrics.MeanAbsoluteError;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.optim.Adam;
import dev.levin.tensor.Tensor;
import dev.levin.trainer.DataModule;
import dev.levin.trainer.LightningModule;
import dev.levin.trainer.Log;
import dev.levin.trainer.Optimizers;
import dev.levin.type.DType;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Miles per gallon from what is known of a car: numbers, buckets and categories as feature columns. */
final class AutoMpgJob implements Job {
    /** Columns to 1 + 1 + 1 + 1 + 1 numeric, 4 buckets of years and 3 origins. */
    private static FeatureColumns columns() {
        return new FeatureColumns().numeric("cylinders").numeric("displacement").numeric("horsepower").numeric("weight")
                .numeric("acceleration").bucketized("model_year", 73, 76, 79).oneHot("origin");
    }

    @Override
    public String name() {
        return "auto-mpg";
    }

    @Override
    public String description() {
        return "fuel consumption from feature columns (--data FILE.csv or FOLDER)";
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return new Net(12, options.lrOr(1e-2));
    }

    @Override
    public DataModule<Batch> data(Options options) {
        CsvTable table = table(options);
        Parts parts = Parts.of(KFold.of(table.size(), 5, true, options.seed()));
        FeatureColumns features = columns().fit(table.rows(parts.train()));
        return new TableData(samples(table.rows(parts.train()), features), samples(table.rows(parts.val()), features),
                samples(table.rows(parts.test()), features), options.batchSizeOr(batchSize()), options.seed());
    }

    private static CsvTable table(Options options) {
        try {
            return CsvTable.read(JobFiles.autoMpg(options)).dropMissing("horsepower");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TensorDataset samples(CsvTable rows, FeatureColumns features) {
        return new TensorDataset(features.transform(rows), target(rows));
    }

    /** Features are scaled by the whole table. */
    @Override
    public Dataset<Batch> dataset(Options options) {
        CsvTable table = table(options);
        return samples(table, columns().fit(table));
    }

    @Override
    public int batchSize() {
        return 32;
    }

    @Override
    public boolean isClassification() {
        return false;
    }

    private static Tensor target(CsvTable table) {
        return Tensor.of(table.numbers("mpg")).to(DType.F32).unsqueeze(1);
    }

    @Override
    public int epochs() {
        return 60;
    }

    @Override
    public String monitor() {
        return "val_mae";
    }

    @Override
    public boolean maximize() {
        return false;
    }

    private static final class Net extends LightningModule<Batch> {
        final Layer net;
        final MeanAbsoluteError mae = new MeanAbsoluteError();
        private final double lr;

        Net(int features, double lr) {
            net = new Sequential(new Linear(features, 64), new ReLU(), new Linear(64, 64), new ReLU(), new Linear(64, 1));
            this.lr = lr;
        }

        @Override
        public Tensor forward(Tensor x) {
            return net.forward(x);
        }

        @Override
        public Tensor trainingStep(Batch batch, int batchIndex) {
            Tensor loss = Losses.mse(forward(batch.input()), batch.target());
            log("train_loss", loss);
            return loss;
        }

        @Override
        public void validationStep(Batch batch, int batchIndex) {
            mae.update(forward(batch.input()), batch.target());
            log("val_mae", mae, Log.onProgressBar());
        }

        @Override
        public void testStep(Batch batch, int batchIndex) {
            mae.update(forward(batch.input()), batch.target());
            log("test_mae", mae);
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new Adam(parameters(), lr));
        }
    }
}
