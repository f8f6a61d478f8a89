package dev.levin.peers.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.levin.examples.bench.measure.PeerLoop;
import dev.levin.examples.bench.measure.PeerWorkload;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Trains with DJL's blocks and trainer on its PyTorch engine, without listeners; arrays of a step are closed with it. */
public final class Djl {
    private record Batch(NDList input, NDList target) {}

    private Djl() {
    }

    /** {@code WORKLOAD THREADS STEPS WARMUP}; prints a line of JSON. */
    public static void main(String[] args) throws IOException {
        PeerWorkload w = PeerWorkload.named(args[0]);
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.num_threads", args[1]);
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        boolean images = w == PeerWorkload.CNN_MNIST;
        try (NDManager manager = NDManager.newBaseManager(Device.cpu()); Model model = Model.newInstance(w.label(), Device.cpu())) {
            Shape input = images ? new Shape(w.batch(), 1, 28, 28) : new Shape(w.batch(), PeerWorkload.PIXELS);
            List<Batch> batches = w.batches((x, y) -> {
                NDList in = new NDList(manager.create(x, input));
                return new Batch(in, w == PeerWorkload.AUTOENCODER ? in : new NDList(manager.create(y, new Shape(w.batch()))));
            });
            model.setBlock(images ? cnn() : mlp(w.widths()));
            Loss loss = w == PeerWorkload.AUTOENCODER ? meanSquares() : Loss.softmaxCrossEntropyLoss();
            Optimizer optimizer = w == PeerWorkload.MLP_WIDE
                    ? Optimizer.adamW().optLearningRateTracker(Tracker.fixed(1e-3f)).optWeightDecays(0.01f).build()
                    : Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build();
            try (Trainer trainer = model.newTrainer(new DefaultTrainingConfig(loss).optOptimizer(optimizer).optDevices(new Device[] {Device.cpu()}))) {
                trainer.initialize(input);
                Map<String, String> versions = Map.of("DJL", Engine.getDjlVersion(), "DJL's PyTorch", Engine.getEngine("PyTorch").getVersion());
                PeerLoop.run("djl", versions, args, batches, (b, wanted) -> step(trainer, b, wanted));
            }
        }
    }

    private static double step(Trainer trainer, Batch b, boolean wanted) {
        double result = 0;
        try (NDManager scope = trainer.getManager().newSubManager(); GradientCollector gradients = trainer.newGradientCollector()) {
            // results belong to their arguments' manager: this step's, which closes them
            b.input.tempAttach(scope);
            if (b.target != b.input) {
                b.target.tempAttach(scope);
            }
            NDArray loss = trainer.getLoss().evaluate(b.target, trainer.forward(b.input));
            gradients.backward(loss);
            result = wanted ? loss.getFloat() : 0;
        }
        trainer.step();
        return result;
    }

    /** The mean of the squared differences; DJL's own halves it. */
    private static Loss meanSquares() {
        return Loss.l2Loss("mse", 1);
    }

    private static Block mlp(int[] widths) {
        SequentialBlock net = new SequentialBlock();
        for (int i = 1; i < widths.length; i++) {
            if (i > 1) {
                net.add(Activation.reluBlock());
            }
            net.add(Linear.builder().setUnits(widths[i]).build());
        }
        return net;
    }

    private static Block cnn() {
        Shape three = new Shape(3, 3);
        return new SequentialBlock().add(Conv2d.builder().setFilters(32).setKernelShape(three).build()).add(Activation.reluBlock())
                .add(Conv2d.builder().setFilters(64).setKernelShape(three).build()).add(Activation.reluBlock())
                .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2))).add(Dropout.builder().optRate(0.25f).build()).add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(128).build()).add(Activation.reluBlock()).add(Dropout.builder().optRate(0.5f).build())
                .add(Linear.builder().setUnits(PeerWorkload.CLASSES).build());
    }
}
