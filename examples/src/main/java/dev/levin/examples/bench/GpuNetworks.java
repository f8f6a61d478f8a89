package dev.levin.examples.bench;

import dev.levin.data.Batch;
import dev.levin.nn.AdaptiveAvgPool2d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.Flatten;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.Losses;
import dev.levin.nn.MaxPool2d;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.optim.AdamW;
import dev.levin.optim.ParamGroup;
import dev.levin.optim.SGD;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The two large workloads that only a GPU is fast enough for, beside those of {@link Workload}. */
final class GpuNetworks {
    private static final Workload.Work NOT_COUNTED = new Workload.Work(0, 0);

    private GpuNetworks() {
    }

    /** @throws IllegalArgumentException listing the names of the small ones */
    static Workload workload(String name) {
        return switch (name) {
            case "resnet50" -> new Workload(name, 128, GpuNetworks::resnet50, new BenchData.Made(256, (n, batch) -> images(batch, 224, n)),
                    (y, b) -> Losses.crossEntropy(y, b.target()),
                    m -> new SGD(List.of(ParamGroup.of(m.parameters())), 0.01, 0.9, 0, 5e-4, false, false), null, false, NOT_COUNTED, 7, 2);
            case "gpt2_124m" -> new Workload(name, 8, () -> new Networks.Gpt(12, 12, 768, 1024, 50304),
                    new BenchData.Made(32, (n, batch) -> tokens(batch, 1024, 50304, n)),
                    (y, b) -> Losses.crossEntropy(y.flatten(0, 1), b.target().flatten()),
                    m -> new AdamW(List.of(ParamGroup.of(m.parameters())), 1e-3, 0.9, 0.99, 1e-8, 0.1, false, false), 1.0, false, NOT_COUNTED, 7, 2);
            case "resnet50_tiny" -> new Workload(name, 2, GpuNetworks::resnet50, new BenchData.Made(4, (n, batch) -> images(batch, 32, n)),
                    (y, b) -> Losses.crossEntropy(y, b.target()),
                    m -> new SGD(m.parameters(), 0.01), null, false, NOT_COUNTED, 2, 1);
            default -> Workload.named(name);
        };
    }

    /** 1x1, 3x3 and 1x1 convolutions beside a shortcut, the stride in the middle one (He et al. 2016, version 1.5). */
    private static final class Bottleneck extends Layer {
        final Sequential body;
        final Layer shortcut;

        Bottleneck(int in, int c, int stride) {
            body = new Sequential(new Conv2d(in, c, 1, ConvOptions.stride(1).bias(false)), new BatchNorm2d(c), new ReLU(),
                    new Conv2d(c, c, 3, ConvOptions.stride(stride).padding(1).bias(false)), new BatchNorm2d(c), new ReLU(),
                    new Conv2d(c, 4 * c, 1, ConvOptions.stride(1).bias(false)), new BatchNorm2d(4 * c));
            shortcut = stride == 1 && in == 4 * c ? new Sequential()
                    : new Sequential(new Conv2d(in, 4 * c, 1, ConvOptions.stride(stride).bias(false)), new BatchNorm2d(4 * c));
        }

        @Override
        public Tensor forward(Tensor x) {
            return body.forward(x).add(shortcut.forward(x)).relu();
        }
    }

    private static Layer resnet50() {
        List<Layer> layers = new ArrayList<>(List.of(new Conv2d(3, 64, 7, ConvOptions.stride(2).padding(3).bias(false)), new BatchNorm2d(64), new ReLU(),
                new MaxPool2d(3, 2, 1)));
        int in = 64;
        int[][] stages = {{64, 3, 1}, {128, 4, 2}, {256, 6, 2}, {512, 3, 2}};
        for (int[] s : stages) {
            for (int i = 0; i < s[1]; i++) {
                layers.add(new Bottleneck(in, s[0], i == 0 ? s[2] : 1));
                in = 4 * s[0];
            }
        }
        layers.addAll(List.of(new AdaptiveAvgPool2d(1), new Flatten(), new Linear(2048, 1000)));
        return new Sequential(layers.toArray(Layer[]::new));
    }

    private static Batch[] images(int batch, int side, int batches) {
        Batch[] all = new Batch[batches];
        for (int b = 0; b < batches; b++) {
            SplittableRandom r = new SplittableRandom(b);
            float[] x = new float[batch * 3 * side * side];
            for (int i = 0; i < x.length; i++) {
                x[i] = r.nextFloat() * 2 - 1;
            }
            all[b] = new Batch(Tensor.of(HostArray.wrap(DType.F32, x), Shape.of(batch, 3, side, side)), labels(r, 1000, batch));
        }
        return all;
    }

    private static Tensor labels(SplittableRandom r, int classes, int... shape) {
        Shape s = Shape.of(shape);
        long[] y = r.longs(s.numel(), 0, classes).toArray();
        return Tensor.of(HostArray.wrap(DType.I64, y), s);
    }

    private static Batch[] tokens(int batch, int block, int vocabulary, int batches) {
        Batch[] all = new Batch[batches];
        for (int b = 0; b < batches; b++) {
            SplittableRandom r = new SplittableRandom(b);
            all[b] = new Batch(labels(r, vocabulary, batch, block), labels(r, vocabulary, batch, block));
        }
        return all;
    }
}
