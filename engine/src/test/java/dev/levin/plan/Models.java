package dev.levin.plan;

import dev.levin.graph.ConvAttr;
import dev.levin.graph.Nodes;
import dev.levin.graph.Op;
import dev.levin.graph.PoolAttr;
import dev.levin.nn.GRU;
import dev.levin.nn.LSTM;
import dev.levin.nn.RecurrentModule;
import dev.levin.nn.RnnOptions;
import dev.levin.optim.Adam;
import dev.levin.optim.AdamW;
import dev.levin.optim.Optimizer;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Small networks written with tensors alone, to plan and to run. */
public final class Models {
    public final List<Parameter> parameters = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(5);

    Parameter parameter(String name, double scale, int... dims) {
        HostArray h = HostArray.allocate(DType.F32, Shape.of(dims).numel());
        for (int i = 0; i < h.length(); i++) {
            h.setDouble(i, (random.nextDouble() * 2 - 1) * scale);
        }
        Parameter p = new Parameter(name, Tensor.of(h, Shape.of(dims)));
        parameters.add(p);
        return p;
    }

    public Tensor data(int... dims) {
        HostArray h = HostArray.allocate(DType.F32, Shape.of(dims).numel());
        for (int i = 0; i < h.length(); i++) {
            h.setDouble(i, random.nextDouble() * 2 - 1);
        }
        return Tensor.of(h, Shape.of(dims));
    }

    public Tensor labels(int classes, int... dims) {
        HostArray h = HostArray.allocate(DType.I64, Shape.of(dims).numel());
        for (int i = 0; i < h.length(); i++) {
            h.setLong(i, random.nextInt(classes));
        }
        return Tensor.of(h, Shape.of(dims));
    }

    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        return logits.logSoftmax(1).gather(1, labels.unsqueeze(1)).neg().mean();
    }

    Function<Tensor, Tensor> linear(String name, int in, int out) {
        Parameter w = parameter(name + ".weight", 1 / Math.sqrt(in), out, in);
        Parameter b = parameter(name + ".bias", 1 / Math.sqrt(in), out);
        return x -> x.matmul(w.transpose(0, 1)).add(b);
    }

    Function<Tensor, Tensor> conv(String name, int in, int out, int k) {
        Parameter w = parameter(name + ".weight", 1 / Math.sqrt(in * k * k), out, in, k, k);
        Parameter b = parameter(name + ".bias", 1 / Math.sqrt(in * k * k), out);
        ConvAttr attr = new ConvAttr(new int[] {1, 1}, new int[2], new int[2], new int[] {1, 1}, 1);
        return x -> Tensor.wrap(Nodes.conv(x.node(), w.node(), attr)).add(b.reshape(1, out, 1, 1));
    }

    static Tensor maxPool2(Tensor x) {
        PoolAttr attr = new PoolAttr(new int[] {2, 2}, new int[] {2, 2}, new int[2], new int[2], new int[] {1, 1});
        return Tensor.wrap(Nodes.pool(Op.POOL_MAX, x.node(), attr));
    }

    Function<Tensor, Tensor> layerNorm(String name, int d) {
        Parameter g = parameter(name + ".weight", 1, d);
        Parameter b = parameter(name + ".bias", 1, d);
        return x -> {
            Tensor c = x.sub(x.mean(-1, true));
            Tensor v = c.mul(c).mean(-1, true);
            return c.mul(v.add(1e-5).rsqrt()).mul(g).add(b);
        };
    }

    public static Tensor dropout(Tensor x, double p) {
        Tensor keep = Tensor.rand(x.shape().dims()).ge(p);
        return keep.where(x.mul(1 / (1 - p)), Tensor.zerosLike(x));
    }

    static Tensor gelu(Tensor x) {
        return x.mul(0.5).mul(x.mul(Math.sqrt(0.5)).erf().add(1.0));
    }

    /** A whole training step: forward, backward, update. */
    public record Training(Models models, Optimizer optimizer, Function<Tensor, Tensor> loss) {
        public Tensor step(Tensor x) {
            optimizer.zeroGrad();
            Tensor l = loss.apply(x);
            l.backward();
            optimizer.step();
            return l;
        }
    }

    public static Training mlp(int batch, Tensor labels) {
        Models m = new Models();
        Function<Tensor, Tensor> a = m.linear("a", 784, 128);
        Function<Tensor, Tensor> b = m.linear("b", 128, 10);
        return new Training(m, new Adam(m.parameters, 1e-3), x -> crossEntropy(b.apply(a.apply(x).relu()), labels));
    }

    public static Training cnn(Tensor labels) {
        return cnn(labels, 8, 32);
    }

    /** Two convolutions, of {@code c} and {@code 2 c} channels, and two linear layers. */
    public static Training cnn(Tensor labels, int c, int hidden) {
        Models m = new Models();
        Function<Tensor, Tensor> c1 = m.conv("c1", 1, c, 3);
        Function<Tensor, Tensor> c2 = m.conv("c2", c, 2 * c, 3);
        Function<Tensor, Tensor> f1 = m.linear("f1", 2 * c * 12 * 12, hidden);
        Function<Tensor, Tensor> f2 = m.linear("f2", hidden, 10);
        return new Training(m, new Adam(m.parameters, 1e-3), x -> {
            Tensor y = maxPool2(c2.apply(c1.apply(x).relu()).relu());
            y = dropout(y, 0.25).reshape(x.shape().dim(0), 2 * c * 12 * 12);
            return crossEntropy(f2.apply(dropout(f1.apply(y).relu(), 0.5)), labels);
        });
    }

    private Function<Tensor, Tensor> batchNorm(String name, int c) {
        Parameter g = parameter(name + ".weight", 1, c);
        Parameter b = parameter(name + ".bias", 1, c);
        int[] axes = {0, 2, 3};
        return x -> {
            Tensor centred = x.sub(x.mean(axes, true));
            Tensor scale = centred.mul(centred).mean(axes, true).add(1e-5).rsqrt();
            return centred.mul(scale).mul(g.reshape(1, c, 1, 1)).add(b.reshape(1, c, 1, 1));
        };
    }

    private Function<Tensor, Tensor> conv(String name, int in, int out, int k, int stride, int pad) {
        Parameter w = parameter(name + ".weight", 1 / Math.sqrt(in * k * k), out, in, k, k);
        ConvAttr attr = new ConvAttr(new int[] {stride, stride}, new int[] {pad, pad}, new int[] {pad, pad}, new int[] {1, 1}, 1);
        return x -> Tensor.wrap(Nodes.conv(x.node(), w.node(), attr));
    }

    /** A residual network of two blocks, the second of which halves the image. */
    public static Training resnet(int channels, Tensor labels) {
        Models m = new Models();
        int c = channels;
        Function<Tensor, Tensor> stem = m.conv("stem", 3, c, 3, 1, 1);
        Function<Tensor, Tensor> bn0 = m.batchNorm("bn0", c);
        Function<Tensor, Tensor> c1 = m.conv("c1", c, c, 3, 1, 1);
        Function<Tensor, Tensor> bn1 = m.batchNorm("bn1", c);
        Function<Tensor, Tensor> c2 = m.conv("c2", c, 2 * c, 3, 2, 1);
        Function<Tensor, Tensor> bn2 = m.batchNorm("bn2", 2 * c);
        Function<Tensor, Tensor> shortcut = m.conv("s", c, 2 * c, 1, 2, 0);
        Function<Tensor, Tensor> bns = m.batchNorm("bns", 2 * c);
        Function<Tensor, Tensor> head = m.linear("head", 2 * c, 10);
        PoolAttr pool = new PoolAttr(new int[] {3, 3}, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1}, new int[] {1, 1});
        return new Training(m, new Adam(m.parameters, 1e-3), x -> {
            Tensor h = bn0.apply(stem.apply(x)).relu();
            h = bn1.apply(c1.apply(h)).relu().add(h);
            h = Tensor.wrap(Nodes.pool(Op.POOL_SUM, h.node(), pool)).mul(1 / 9.0);
            h = bn2.apply(c2.apply(h)).add(bns.apply(shortcut.apply(h))).relu();
            return crossEntropy(head.apply(h.mean(new int[] {2, 3}, false)), labels);
        });
    }

    /** Two layers of an LSTM or a GRU over sequences of [batch, steps, width], and a head over classes for each step. */
    public static Training recurrent(boolean gru, int batch, int steps, int width, Tensor labels) {
        Models m = new Models();
        RnnOptions options = RnnOptions.layers(2).batchFirst();
        RecurrentModule layers = gru ? new GRU(width, width, options) : new LSTM(width, width, options);
        m.parameters.addAll(layers.parameters());
        Function<Tensor, Tensor> head = m.linear("head", width, 7);
        return new Training(m, new Adam(m.parameters, 1e-2), x -> {
            Tensor h = layers instanceof GRU g ? g.forward(x).output() : ((LSTM) layers).forward(x).output();
            return crossEntropy(head.apply(h.reshape(batch * steps, width)), labels);
        });
    }

    /** One block of a transformer with a head over {@code vocab} classes. */
    public static Training gpt(int batch, int t, int d, int heads, int vocab, Tensor labels) {
        return gptDeep(1, batch, t, d, heads, vocab, labels);
    }

    private Function<Tensor, Tensor> block(String name, int batch, int t, int d, int heads) {
        Function<Tensor, Tensor> ln1 = layerNorm(name + ".ln1", d);
        Function<Tensor, Tensor> qkv = linear(name + ".qkv", d, 3 * d);
        Function<Tensor, Tensor> proj = linear(name + ".proj", d, d);
        Function<Tensor, Tensor> ln2 = layerNorm(name + ".ln2", d);
        Function<Tensor, Tensor> up = linear(name + ".up", d, 4 * d);
        Function<Tensor, Tensor> down = linear(name + ".down", 4 * d, d);
        return x -> {
            Tensor h = qkv.apply(ln1.apply(x)).reshape(batch, t, 3, heads, d / heads).permute(2, 0, 3, 1, 4);
            Tensor scores = h.select(0, 0).matmul(h.select(0, 1).transpose(2, 3)).mul(1 / Math.sqrt(d / heads));
            Tensor later = Tensor.arange(t).unsqueeze(0).gt(Tensor.arange(t).unsqueeze(1));
            Tensor p = scores.maskedFill(later, Double.NEGATIVE_INFINITY).softmax(-1);
            Tensor o = p.matmul(h.select(0, 2)).permute(0, 2, 1, 3).reshape(batch, t, d);
            Tensor y = x.add(proj.apply(o));
            return y.add(down.apply(gelu(up.apply(ln2.apply(y)))));
        };
    }

    /** A transformer of {@code blocks} blocks. */
    public static Training gptDeep(int blocks, int batch, int t, int d, int heads, int vocab, Tensor labels) {
        Models m = new Models();
        Parameter tokens = m.parameter("tokens", 0.02, vocab, d);
        Parameter positions = m.parameter("positions", 0.02, t, d);
        List<Function<Tensor, Tensor>> layers = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            layers.add(m.block("h" + i, batch, t, d, heads));
        }
        Function<Tensor, Tensor> lnf = m.layerNorm("lnf", d);
        return new Training(m, new AdamW(m.parameters, 1e-3), ids -> {
            Tensor x = Tensor.wrap(Nodes.take(tokens.node(), ids.node(), 0)).add(positions);
            for (Function<Tensor, Tensor> layer : layers) {
                x = layer.apply(x);
            }
            Tensor logits = lnf.apply(x).matmul(tokens.transpose(0, 1));
            return crossEntropy(logits.reshape(batch * t, vocab), labels);
        });
    }
}
