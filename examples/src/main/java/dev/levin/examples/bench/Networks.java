package dev.levin.examples.bench;

import dev.levin.nn.AdaptiveAvgPool2d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.Dropout;
import dev.levin.nn.Embedding;
import dev.levin.nn.Flatten;
import dev.levin.nn.Functional;
import dev.levin.nn.GELU;
import dev.levin.nn.LSTM;
import dev.levin.nn.Layer;
import dev.levin.nn.LayerNorm;
import dev.levin.nn.Linear;
import dev.levin.nn.MaxPool2d;
import dev.levin.nn.ReLU;
import dev.levin.nn.RnnOptions;
import dev.levin.nn.Sequential;
import dev.levin.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The benchmark's networks. */
final class Networks {
    private Networks() {
    }

    /** Linear layers with ReLU between them. */
    static Layer mlp(int... sizes) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i + 1 < sizes.length; i++) {
            if (i > 0) {
                layers.add(new ReLU());
            }
            layers.add(new Linear(sizes[i], sizes[i + 1]));
        }
        return new Sequential(layers.toArray(Layer[]::new));
    }

    static Layer cnn() {
        return new Sequential(new Conv2d(1, 32, 3), new ReLU(), new Conv2d(32, 64, 3), new ReLU(), new MaxPool2d(2), new Dropout(0.25),
                new Flatten(), new Linear(9216, 128), new ReLU(), new Dropout(0.5), new Linear(128, 10));
    }

    /** Two 3x3 convolutions beside a shortcut. */
    static final class BasicBlock extends Layer {
        final Conv2d conv1;
        final BatchNorm2d bn1;
        final Conv2d conv2;
        final BatchNorm2d bn2;
        final Layer shortcut;

        BasicBlock(int in, int out, int stride) {
            conv1 = new Conv2d(in, out, 3, ConvOptions.stride(stride).padding(1).bias(false));
            bn1 = new BatchNorm2d(out);
            conv2 = new Conv2d(out, out, 3, ConvOptions.padded(1).bias(false));
            bn2 = new BatchNorm2d(out);
            shortcut = stride == 1 && in == out ? new Sequential()
                    : new Sequential(new Conv2d(in, out, 1, ConvOptions.stride(stride).bias(false)), new BatchNorm2d(out));
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor y = bn1.forward(conv1.forward(x)).relu();
            return bn2.forward(conv2.forward(y)).add(shortcut.forward(x)).relu();
        }
    }

    static Layer resnet18() {
        List<Layer> layers = new ArrayList<>(List.of(new Conv2d(3, 64, 3, ConvOptions.padded(1).bias(false)), new BatchNorm2d(64), new ReLU()));
        int in = 64;
        for (int out : new int[] {64, 128, 256, 512}) {
            layers.add(new BasicBlock(in, out, out == 64 ? 1 : 2));
            layers.add(new BasicBlock(out, out, 1));
            in = out;
        }
        layers.addAll(List.of(new AdaptiveAvgPool2d(1), new Flatten(), new Linear(512, 10)));
        return new Sequential(layers.toArray(Layer[]::new));
    }

    /** A transformer block with pre-normalisation. */
    static final class Block extends Layer {
        final LayerNorm ln1;
        final Linear qkv;
        final Linear proj;
        final LayerNorm ln2;
        final Linear up;
        final GELU gelu = new GELU();
        final Linear down;
        private final int heads;

        Block(int d, int heads) {
            this.heads = heads;
            ln1 = new LayerNorm(d);
            qkv = new Linear(d, 3 * d);
            proj = new Linear(d, d);
            ln2 = new LayerNorm(d);
            up = new Linear(d, 4 * d);
            down = new Linear(4 * d, d);
        }

        @Override
        public Tensor forward(Tensor x) {
            int n = x.size(0);
            int t = x.size(1);
            int d = x.size(2);
            List<Tensor> parts = qkv.forward(ln1.forward(x)).reshape(n, t, 3, heads, d / heads).permute(2, 0, 3, 1, 4).unbind(0);
            Tensor a = Functional.scaledDotProductAttention(parts.get(0), parts.get(1), parts.get(2), null, 0, true);
            Tensor y = x.add(proj.forward(a.transpose(1, 2).reshape(n, t, d)));
            return y.add(down.forward(gelu.forward(up.forward(ln2.forward(y)))));
        }
    }

    /** Tokens [N, T] to logits [N, T, V]; the output layer is the token embedding. */
    static final class Gpt extends Layer {
        final Embedding tokens;
        final Embedding positions;
        final Sequential blocks;
        final LayerNorm norm;

        Gpt(int layers, int heads, int d, int block, int vocabulary) {
            tokens = new Embedding(vocabulary, d);
            positions = new Embedding(block, d);
            Layer[] list = new Layer[layers];
            for (int i = 0; i < layers; i++) {
                list[i] = new Block(d, heads);
            }
            blocks = new Sequential(list);
            norm = new LayerNorm(d);
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor h = tokens.forward(x).add(positions.forward(Tensor.arange(x.size(1))));
            return norm.forward(blocks.forward(h)).matmul(tokens.weight.t());
        }
    }

    /** Tokens [N, T] to logits [N, T, V]. */
    static final class CharLstm extends Layer {
        final Embedding embedding = new Embedding(65, 64);
        final LSTM lstm = new LSTM(64, 128, RnnOptions.layers(2).batchFirst());
        final Linear out = new Linear(128, 65);

        @Override
        public Tensor forward(Tensor x) {
            return out.forward(lstm.forward(embedding.forward(x)).output());
        }
    }
}
