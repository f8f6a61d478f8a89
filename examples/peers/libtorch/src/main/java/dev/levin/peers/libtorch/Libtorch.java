package dev.levin.peers.libtorch;

import dev.levin.examples.bench.measure.PeerLoop;
import dev.levin.examples.bench.measure.PeerWorkload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.DropoutImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Trains with libtorch's C++ interface: its modules, its optimizers, a pointer scope around each step. */
public final class Libtorch {
    private record Batch(Tensor input, Tensor target) {}

    private interface Net {
        Tensor forward(Tensor x);

        List<Module> parts();
    }

    private record Mlp(List<LinearImpl> layers) implements Net {
        static Mlp of(int[] widths) {
            List<LinearImpl> layers = new ArrayList<>();
            for (int i = 0; i + 1 < widths.length; i++) {
                layers.add(new LinearImpl(widths[i], widths[i + 1]));
            }
            return new Mlp(layers);
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor h = x;
            for (LinearImpl layer : layers) {
                h = layer.forward(layer == layers.getFirst() ? h : torch.relu(h));
            }
            return h;
        }

        @Override
        public List<Module> parts() {
            return List.copyOf(layers);
        }
    }

    private record Cnn(Conv2dImpl conv1, Conv2dImpl conv2, DropoutImpl drop1, DropoutImpl drop2, LinearImpl fc1, LinearImpl fc2) implements Net {
        static Cnn create() {
            Cnn net = new Cnn(conv(1, 32), conv(32, 64), new DropoutImpl(0.25), new DropoutImpl(0.5), new LinearImpl(9216, 128),
                    new LinearImpl(128, PeerWorkload.CLASSES));
            for (Conv2dImpl c : List.of(net.conv1, net.conv2)) {
                c.weight().set_data(c.weight().contiguous(torch.MemoryFormat.ChannelsLast));
            }
            return net;
        }

        private static Conv2dImpl conv(long in, long out) {
            try (LongPointer kernel = new LongPointer(3, 3)) {
                return new Conv2dImpl(in, out, kernel);
            }
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor h = torch.relu(conv2.forward(torch.relu(conv1.forward(x))));
            Tensor flat = drop1.forward(torch.max_pool2d(h, 2, 2)).flatten(1, -1);
            return fc2.forward(drop2.forward(torch.relu(fc1.forward(flat))));
        }

        @Override
        public List<Module> parts() {
            return List.of(conv1, conv2, fc1, fc2);
        }
    }

    private Libtorch() {
    }

    /** {@code WORKLOAD THREADS STEPS WARMUP}; prints a line of JSON. */
    public static void main(String[] args) throws IOException {
        PeerWorkload w = PeerWorkload.named(args[0]);
        torch.set_num_threads(Integer.parseInt(args[1]));
        torch.manual_seed(0);
        boolean images = w == PeerWorkload.CNN_MNIST;
        List<Batch> batches = w.batches((x, y) -> batch(w.batch(), x, y, images));
        Net net = images ? Cnn.create() : Mlp.of(w.widths());
        Optimizer optimizer = optimizer(w, net);
        PeerLoop.run("libtorch", Map.of("libtorch by Bytedeco", "2.10.0-1.5.13"), args, batches, (b, wanted) -> {
            try (PointerScope _ = new PointerScope()) {
                optimizer.zero_grad();
                Tensor y = net.forward(b.input);
                Tensor loss = w == PeerWorkload.AUTOENCODER ? torch.mse_loss(y, b.input) : torch.cross_entropy_loss(y, b.target);
                loss.backward();
                optimizer.step();
                return wanted ? loss.item_float() : 0;
            }
        });
    }

    private static Batch batch(int n, float[] x, long[] y, boolean images) {
        Tensor input = torch.from_blob(new FloatPointer(x), n, PeerWorkload.PIXELS).clone();
        if (images) {
            input = input.view(n, 1, 28, 28).contiguous(torch.MemoryFormat.ChannelsLast);
        }
        return new Batch(input, torch.from_blob(new LongPointer(y), new long[] {n}, new TensorOptions(torch.ScalarType.Long)).clone());
    }

    private static Optimizer optimizer(PeerWorkload w, Net net) {
        TensorVector parameters = new TensorVector();
        for (Module part : net.parts()) {
            TensorVector own = part.parameters();
            for (long i = 0; i < own.size(); i++) {
                parameters.push_back(own.get(i));
            }
        }
        if (w == PeerWorkload.MLP_WIDE) {
            AdamWOptions o = new AdamWOptions(1e-3);
            o.weight_decay().put(0.01);
            return new AdamW(parameters, o);
        }
        AdamOptions o = new AdamOptions(1e-3);
        DoublePointer eps = o.eps();
        eps.put(1e-8);
        return new Adam(parameters, o);
    }
}
