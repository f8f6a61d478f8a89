package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;

import dev.levin.io.ArrayData;
import dev.levin.nn.AdaptiveAvgPool2d;
import dev.levin.nn.BatchNorm1d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.Dropout;
import dev.levin.nn.Embedding;
import dev.levin.nn.Flatten;
import dev.levin.nn.LSTM;
import dev.levin.nn.Layer;
import dev.levin.nn.LeakyReLU;
import dev.levin.nn.Linear;
import dev.levin.nn.LogSoftmax;
import dev.levin.nn.MaxPool2d;
import dev.levin.nn.ReLU;
import dev.levin.nn.RnnOptions;
import dev.levin.nn.Sequential;
import dev.levin.nn.Tanh;
import dev.levin.tensor.Grad;
import dev.levin.tensor.Tensor;
import dev.levin.type.Shape;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The models of the interop files, written as a user would write them: weights trained in Python go in by name, and the
 * outputs must be Python's. Sizes are those of the weights.
 */
final class InteropModels {
    private InteropModels() {
    }

    /** {@code y = fc3(dropout(relu(bn1(fc2(tanh(fc1(x)))))))}. */
    private static final class Mlp extends Layer {
        final Linear fc1;
        final Linear fc2;
        final BatchNorm1d bn1;
        final Dropout drop = new Dropout(0.5);
        final Linear fc3;
        final Tanh tanh = new Tanh();
        final ReLU relu = new ReLU();

        Mlp(Sizes s) {
            fc1 = s.linear("fc1");
            fc2 = s.linear("fc2");
            bn1 = new BatchNorm1d(s.of("bn1.weight", 0));
            fc3 = s.linear("fc3");
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor hidden = fc2.forward(tanh.forward(fc1.forward(x)));
            return fc3.forward(drop.forward(relu.forward(bn1.forward(hidden))));
        }
    }

    /** Two convolutions with batch norm, pooled to 2 by 2, and the log-probabilities of a linear classifier. */
    private static final class Cnn extends Layer {
        final Sequential features;
        final Layer pool = new AdaptiveAvgPool2d(2);
        final Linear classifier;
        final Layer flatten = new Flatten();
        final Layer logSoftmax = new LogSoftmax(1);

        Cnn(Sizes s) {
            int a = s.of("features.0.weight", 0);
            int b = s.of("features.4.weight", 0);
            features = new Sequential(
                    new Conv2d(s.of("features.0.weight", 1), a, s.of("features.0.weight", 2), ConvOptions.padded(1)),
                    new BatchNorm2d(a), new ReLU(), new MaxPool2d(2),
                    new Conv2d(a, b, s.of("features.4.weight", 2), ConvOptions.stride(2).bias(false)),
                    new BatchNorm2d(b), new LeakyReLU(0.1));
            classifier = s.linear("classifier");
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor flat = flatten.forward(pool.forward(features.forward(x)));
            return logSoftmax.forward(classifier.forward(flat));
        }
    }

    /** Token numbers [N, T] to logits [N, T, classes]. */
    private static final class LstmNet extends Layer {
        final Embedding embed;
        final LSTM lstm;
        final Linear head;
        final Dropout dropout = new Dropout(0.5);

        LstmNet(Sizes s) {
            embed = new Embedding(s.of("embed.weight", 0), s.of("embed.weight", 1));
            int layers = (int) s.arrays().keySet().stream().filter(k -> k.startsWith("lstm.weight_ih_l")).count();
            lstm = new LSTM(s.of("lstm.weight_ih_l0", 1), s.of("lstm.weight_hh_l0", 1),
                    RnnOptions.layers(layers).batchFirst());
            head = s.linear("head");
        }

        @Override
        public Tensor forward(Tensor ids) {
            return head.forward(dropout.forward(lstm.forward(embed.forward(ids)).output()));
        }
    }

    /** Extents of the weights by name. */
    private record Sizes(Map<String, ArrayData> arrays) {
        int of(String name, int axis) {
            ArrayData a = arrays.get(name);
            if (a == null) {
                throw new IllegalArgumentException("the file has no weight '" + name + "'");
            }
            return a.shape().dim(axis);
        }

        Linear linear(String name) {
            return new Linear(of(name + ".weight", 1), of(name + ".weight", 0), arrays.containsKey(name + ".bias"));
        }
    }

    /** Whether the JSON describes a model to run. */
    static boolean describes(JsonNode json) {
        return json != null && json.has("model") && json.has("inputs") && json.has("outputs");
    }

    /** Loads the weights, runs the model, and compares its output; returns null or the first difference. */
    static String difference(JsonNode json, Map<String, ArrayData> weights) {
        Layer model = build(json.get("model").asText(), new Sizes(weights));
        Map<String, Tensor> state = new LinkedHashMap<>();
        weights.forEach((name, a) -> state.put(name, Tensor.of(a.data(), a.shape())));
        model.loadStateDict(state);
        Map<String, ArrayData> kept = new LinkedHashMap<>();
        model.stateDict().forEach((name, t) -> kept.put(name, new ArrayData(t.shape(), t.toHost())));
        String changed = InteropExpectation.sameValues(weights, kept, "state dict");
        if (changed != null) {
            return changed;
        }
        ArrayData x = InteropExpectation.tensor(json.at("/inputs/x"));
        ArrayData want = InteropExpectation.tensor(json.at("/outputs/y"));
        Tensor y;
        try (var ignored = Grad.off()) {
            y = model.eval().forward(Tensor.of(x.data(), x.shape()));
        }
        return close(want, y, json.at("/tol/rtol").asDouble(1e-4), json.at("/tol/atol").asDouble(1e-6));
    }

    private static Layer build(String name, Sizes sizes) {
        return switch (name) {
            case "mlp" -> new Mlp(sizes);
            case "cnn" -> new Cnn(sizes);
            case "lstm" -> new LstmNet(sizes);
            default -> throw new IllegalArgumentException("there is no model '" + name + "' here; known are mlp, cnn, lstm");
        };
    }

    private static String close(ArrayData want, Tensor got, double rtol, double atol) {
        Shape shape = got.shape();
        if (!shape.equals(want.shape()) || got.dtype() != want.dtype()) {
            return "the output should be " + want + ", is " + got.dtype().torchName() + shape;
        }
        double[] y = got.toDoubles();
        for (int i = 0; i < y.length; i++) {
            double w = want.data().getDouble(i);
            if (!(Math.abs(y[i] - w) <= atol + rtol * Math.abs(w))) {
                return "output element " + i + " should be " + w + ", is " + y[i];
            }
        }
        return null;
    }
}
