package dev.levin.peers.dl4j;

import dev.levin.examples.bench.measure.PeerLoop;
import dev.levin.examples.bench.measure.PeerWorkload;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Trains with DL4J's layers and {@code fit}, its workspaces on. Labels are one-hot, as its losses take them. */
public final class Dl4j {
    private Dl4j() {
    }

    /** {@code WORKLOAD THREADS STEPS WARMUP}; prints a line of JSON. Threads come from the environment, {@code OMP_NUM_THREADS}. */
    public static void main(String[] args) throws IOException {
        PeerWorkload w = PeerWorkload.named(args[0]);
        boolean images = w == PeerWorkload.CNN_MNIST;
        List<DataSet> batches = w.batches((x, y) -> {
            INDArray in = images ? Nd4j.create(x, new int[] {w.batch(), 1, 28, 28}) : Nd4j.create(x, new int[] {w.batch(), PeerWorkload.PIXELS});
            return new DataSet(in, w == PeerWorkload.AUTOENCODER ? in : oneHot(y));
        });
        MultiLayerNetwork net = new MultiLayerNetwork(images ? cnn() : mlp(w));
        net.init();
        Map<String, String> versions = Map.of("DL4J", "1.0.0-M2.1");
        PeerLoop.run("dl4j", versions, args, batches, (b, wanted) -> {
            net.fit(b);
            return wanted ? net.score() : 0;
        });
    }

    private static INDArray oneHot(long[] labels) {
        float[] y = new float[labels.length * PeerWorkload.CLASSES];
        for (int i = 0; i < labels.length; i++) {
            y[i * PeerWorkload.CLASSES + (int) labels[i]] = 1;
        }
        return Nd4j.create(y, new int[] {labels.length, PeerWorkload.CLASSES});
    }

    private static NeuralNetConfiguration.Builder configuration() {
        return new NeuralNetConfiguration.Builder().updater(new Adam(1e-3)).trainingWorkspaceMode(WorkspaceMode.ENABLED).inferenceWorkspaceMode(WorkspaceMode.ENABLED);
    }

    private static MultiLayerConfiguration mlp(PeerWorkload w) {
        int[] widths = w.widths();
        NeuralNetConfiguration.Builder c = configuration();
        if (w == PeerWorkload.MLP_WIDE) {
            c.weightDecay(0.01);
        }
        NeuralNetConfiguration.ListBuilder list = c.list();
        int last = widths.length - 1;
        for (int i = 1; i < last; i++) {
            list.layer(new DenseLayer.Builder().nIn(widths[i - 1]).nOut(widths[i]).activation(Activation.RELU).build());
        }
        boolean copies = w == PeerWorkload.AUTOENCODER;
        return list.layer(new OutputLayer.Builder(copies ? LossFunction.MSE : LossFunction.MCXENT).nIn(widths[last - 1]).nOut(widths[last])
                .activation(copies ? Activation.IDENTITY : Activation.SOFTMAX).build()).build();
    }

    /** DL4J says how much of its input a dropout layer keeps, not how much it drops. */
    private static MultiLayerConfiguration cnn() {
        return configuration().convolutionMode(ConvolutionMode.Truncate).list()
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(32).activation(Activation.RELU).dataFormat(CNN2DFormat.NCHW).build())
                .layer(new ConvolutionLayer.Builder(3, 3).nOut(64).activation(Activation.RELU).build())
                .layer(new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build())
                .layer(new DropoutLayer.Builder(0.75).build())
                .layer(new DenseLayer.Builder().nOut(128).activation(Activation.RELU).build())
                .layer(new DropoutLayer.Builder(0.5).build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT).nOut(PeerWorkload.CLASSES).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.convolutional(28, 28, 1)).build();
    }
}
