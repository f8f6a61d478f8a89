package dev.levin.examples.jobs;

import dev.levin.data.Batch;
import dev.levin.data.CsvTable;
import dev.levin.data.Dataset;
import dev.levin.data.FeatureColumns;
import dev.levin.data.KFold;
import dev.levin.data.TensorDataset;
import dev.levin.metrics.Accuracy;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Fisher's iris flowers: 4 measurements, 3 species. */
final class IrisJob implements Job {
    private static final List<String> SPECIES = List.of("setosa", "versicolor", "virginica");

    @Override
    public String name() {
        return "iris";
    }

    @Override
    public String description() {
        return "a small network on Fisher's iris table (--data FILE.csv or FOLDER)";
    }

    @Override
    public LightningModule<Batch> model(Options options) {
        return new Net(options.lrOr(0.01));
    }

    @Override
    public DataModule<Batch> data(Options options) {
        CsvTable table = table(options);
        int[] labels = labels(table);
        Parts parts = Parts.of(KFold.stratified(labels, 5, options.seed()));
        FeatureColumns features = columns().fit(table.rows(parts.train()));
        return new TableData(samples(table, labels, parts.train(), features), samples(table, labels, parts.val(), features),
                samples(table, labels, parts.test(), features), options.batchSizeOr(batchSize()), options.seed());
    }

    private static CsvTable table(Options options) {
        try {
            return CsvTable.read(JobFiles.iris(options));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TensorDataset samples(CsvTable table, int[] labels, int[] rows, FeatureColumns features) {
        return new TensorDataset(features.transform(table.rows(rows)), TensorDataset.labels(labels).get((Object) rows));
    }

    private static FeatureColumns columns() {
        return new FeatureColumns().numeric("sepal_length").numeric("sepal_width").numeric("petal_length").numeric("petal_width");
    }

    private static int[] labels(CsvTable table) {
        return table.column("species").stream().mapToInt(s -> {
            if (!SPECIES.contains(s)) {
                throw new IllegalArgumentException("unknown species '" + s + "'; expected one of " + SPECIES);
            }
            return SPECIES.indexOf(s);
        }).toArray();
    }

    /** Features are scaled by the whole table. */
    @Override
    public Dataset<Batch> dataset(Options options) {
        CsvTable table = table(options);
        return new TensorDataset(columns().fit(table).transform(table), TensorDataset.labels(labels(table)));
    }

    @Override
    public int batchSize() {
        return 10;
    }

    @Override
    public int epochs() {
        return 30;
    }

    private static final class Net extends LightningModule<Batch> {
        final Layer net = new Sequential(new Linear(4, 16), new ReLU(), new Linear(16, 3));
        final Accuracy accuracy = new Accuracy(3);
        private final double lr;

        Net(double lr) {
            this.lr = lr;
        }

        @Override
        public Tensor forward(Tensor x) {
            return net.forward(x);
        }

        @Override
        public Tensor trainingStep(Batch batch, int batchIndex) {
            Tensor loss = Losses.crossEntropy(forward(batch.input()), batch.target());
            log("train_loss", loss);
            return loss;
        }

        @Override
        public void validationStep(Batch batch, int batchIndex) {
            evaluate(batch, "val");
        }

        @Override
        public void testStep(Batch batch, int batchIndex) {
            evaluate(batch, "test");
        }

        private void evaluate(Batch batch, String stage) {
            Tensor logits = forward(batch.input());
            accuracy.update(logits, batch.target());
            log(stage + "_loss", Losses.crossEntropy(logits, batch.target()));
            log(stage + "_acc", accuracy, Log.onProgressBar());
        }

        @Override
        public Optimizers configureOptimizers() {
            return Optimizers.of(new Adam(parameters(), lr));
        }
    }
}
