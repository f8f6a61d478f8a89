package dev.levin.examples.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.levin.data.Batch;
import dev.levin.nn.Layer;
import dev.levin.tensor.Tensor;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data and networks are those that PyTorch's side of the benchmark has; sums and counts come from there. */
class WorkloadTest {
    @ParameterizedTest
    @CsvSource({"mlp_mnist, 7.519515, 101770", "mlp_wide, 114.303170, 1863690", "iris_mlp, 4.773278, 131", "cnn_mnist, 7.519515, 1199882",
        "resnet18_cifar, 57.149652, 11173962", "gpt_tiny, 64816, 413312", "gpt_small, 32628, 10721664", "lstm_char, 64816, 243969",
        "autoencoder, 4.632707, 435536"})
    void theFirstBatchAndTheParametersAreThePeers(String name, double sum, long parameters) {
        Workload w = Workload.named(name);
        Batch first = w.data().batches(w.batch(), 1)[0];
        var host = first.input().toHost();
        assertEquals(sum, IntStream.range(0, host.length()).mapToDouble(host::getDouble).sum(), 1e-6 * Math.max(1, sum));
        Layer model = w.model().get();
        assertEquals(parameters, model.parameters().stream().mapToLong(Tensor::numel).sum());
    }

    @ParameterizedTest
    @CsvSource({"cnn_mnist, 2", "lstm_char, 3"})
    void batchesAreTheSamplesInOrder(String name, int n) {
        Workload w = Workload.named(name);
        Batch[] few = w.data().batches(4, n);
        Batch one = w.data().batches(4 * n, 1)[0];
        assertEquals(n, few.length);
        var whole = one.input().toHost();
        var target = one.target().toHost();
        int row = few[0].input().toHost().length();
        int labels = few[0].target().toHost().length();
        for (int i = 0; i < whole.length(); i++) {
            assertEquals(whole.getDouble(i), few[i / row].input().toHost().getDouble(i % row));
        }
        for (int i = 0; i < target.length(); i++) {
            assertEquals(target.getLong(i), few[i / labels].target().toHost().getLong(i % labels));
        }
    }
}
