package dev.levin.nn;

import dev.levin.graph.Composition;
import dev.levin.graph.Context;
import dev.levin.graph.Node;
import dev.levin.tensor.Parameter;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiConsumer;

/**
 * What {@link RNN}, {@link LSTM} and {@link GRU} share: parameters in PyTorch's names, layers, directions, padding.
 *
 * <p>The input's projection is one product over all time steps; only the recurrent product runs step by step.
 */
public abstract sealed class RecurrentModule extends Module permits RNN, LSTM, GRU {
    private final int inputSize;
    private final int hiddenSize;
    private final RnnOptions options;
    private final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();

    RecurrentModule(int gates, int inputSize, int hiddenSize, RnnOptions options) {
        if (options.projSize() >= hiddenSize || options.projSize() > 0 && !(this instanceof LSTM)) {
            throw new IllegalArgumentException("proj_size is for LSTM and must be smaller than hidden_size " + hiddenSize + ", not "
                    + options.projSize());
        }
        this.inputSize = inputSize;
        this.hiddenSize = hiddenSize;
        this.options = options;
        Init init = WeightedLayer.defaultBias(hiddenSize);
        for (int layer = 0; layer < options.numLayers(); layer++) {
            for (int direction = 0; direction < options.directions(); direction++) {
                String suffix = suffix(layer, direction);
                int in = layer == 0 ? inputSize : stateSize() * options.directions();
                parameters.put("weight_ih" + suffix, parameter(init, gates * hiddenSize, in));
                parameters.put("weight_hh" + suffix, parameter(init, gates * hiddenSize, stateSize()));
                if (options.bias()) {
                    parameters.put("bias_ih" + suffix, parameter(init, gates * hiddenSize));
                    parameters.put("bias_hh" + suffix, parameter(init, gates * hiddenSize));
                }
                if (options.projSize() > 0) {
                    parameters.put("weight_hr" + suffix, parameter(init, options.projSize(), hiddenSize));
                }
            }
        }
    }

    private static String suffix(int layer, int direction) {
        return "_l" + layer + (direction == 1 ? "_reverse" : "");
    }

    /** Size of the hidden state that is passed on. */
    final int stateSize() {
        return options.projSize() > 0 ? options.projSize() : hiddenSize;
    }

    public final int hiddenSize() {
        return hiddenSize;
    }

    public final RnnOptions options() {
        return options;
    }

    /** A parameter by its key, such as {@code weight_ih_l0_reverse}. */
    public final Parameter parameter(String key) {
        Parameter p = parameters.get(key);
        if (p == null) {
            throw new IllegalArgumentException("no parameter '" + key + "'; there are " + parameters.keySet());
        }
        return p;
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        parameters.forEach(visitor);
    }

    /** Weights of one layer in one direction; biases and projection may be null. */
    record Weights(Tensor ih, Tensor hh, Tensor biasIh, Tensor biasHh, Tensor hr) {
        Tensor input(Tensor x) {
            return Functional.linear(x, ih, biasIh);
        }

        Tensor hidden(Tensor h) {
            return Functional.linear(h, hh, biasHh);
        }
    }

    /** The states after one step: hidden, and for an LSTM cell. {@code projected} is the input's part of the gates. */
    abstract Tensor[] step(Tensor projected, Tensor[] state, Weights weights);

    /** Outputs and the last states [layers * directions, N, size]. */
    record Result(Tensor output, Tensor[] states) {
    }

    /**
     * @param initial states [layers * directions, N, size]; null for zeros
     * @param lengths valid time steps of each sample, or null if all are
     */
    final Result run(Tensor x, Tensor[] initial, int[] stateSizes, int[] lengths) {
        return within(() -> lengths != null || options.dropout() > 0 && isTraining() ? forward(x, initial, stateSizes, lengths)
                : repeated(x, initial, stateSizes));
    }

    /** Nothing is drawn and no host data are read: a function of the tensors, which a step records once. */
    private Result repeated(Tensor x, Tensor[] initial, int[] sizes) {
        Node[] inputs = new Node[1 + (initial == null ? 0 : initial.length)];
        inputs[0] = x.node();
        for (int i = 1; i < inputs.length; i++) {
            inputs[i] = initial[i - 1].node();
        }
        Node[] out = Context.current().trace().repeat(this, inputs, () -> {
            Result r = forward(x, initial, sizes, null);
            Node[] all = new Node[1 + r.states.length];
            all[0] = r.output.node();
            for (int i = 1; i < all.length; i++) {
                all[i] = r.states[i - 1].node();
            }
            return all;
        });
        return new Result(Tensor.wrap(out[0]), Arrays.stream(out).skip(1).map(Tensor::wrap).toArray(Tensor[]::new));
    }

    private Result forward(Tensor input, Tensor[] initial, int[] sizes, int[] lengths) {
        String what = getClass().getSimpleName();
        Args.needRank(what, input, options.isBatchFirst() ? "[N, T, input_size] or [T, input_size]" : "[T, N, input_size] or [T, input_size]", 2, 3);
        if (input.size(-1) != inputSize) {
            throw new IllegalArgumentException(what + ": the last axis of " + input.shape() + " must be input_size = " + inputSize + Args.at());
        }
        boolean single = input.dim() == 2;
        Tensor x = single ? input.unsqueeze(1) : options.isBatchFirst() ? input.transpose(0, 1) : input;
        int batch = x.size(1);
        int slots = options.numLayers() * options.directions();
        Tensor[] start = new Tensor[sizes.length];
        for (int s = 0; s < sizes.length; s++) {
            Shape shape = Shape.of(slots, batch, sizes[s]);
            Tensor given = initial == null ? Tensor.zeros(shape, x.dtype()) : single ? initial[s].unsqueeze(1) : initial[s];
            if (!given.shape().equals(shape)) {
                throw new IllegalArgumentException(what + ": an initial state must be " + (single ? shape.drop(1) : shape) + ", not "
                        + initial[s].shape() + Args.at());
            }
            start[s] = given;
        }
        Tensor[] valid = masks(x, lengths);
        List<List<Tensor>> last = new ArrayList<>();
        for (int s = 0; s < sizes.length; s++) {
            last.add(new ArrayList<>());
        }
        for (int layer = 0; layer < options.numLayers(); layer++) {
            if (layer > 0 && options.dropout() > 0) {
                x = Functional.dropout(x, options.dropout(), isTraining());
            }
            List<Tensor> outputs = new ArrayList<>();
            Tensor in = x;
            for (int direction = 0; direction < options.directions(); direction++) {
                int slot = layer * options.directions() + direction;
                Tensor[] state = Arrays.stream(start).map(t -> t.select(0, slot)).toArray(Tensor[]::new);
                outputs.add(scan(x, state, weights(layer, direction), direction == 1, valid));
                for (int s = 0; s < sizes.length; s++) {
                    last.get(s).add(state[s]);
                }
            }
            x = Tensor.cat(outputs, -1);
            if (valid == null && options.projSize() == 0 && Context.current().onComposition() != null) {
                compose(layer, in, initial == null ? null : start, x, last);
            }
        }
        Tensor[] states = last.stream().map(l -> Tensor.stack(l, 0)).map(t -> single ? t.squeeze(1) : t).toArray(Tensor[]::new);
        return new Result(single ? x.squeeze(1) : options.isBatchFirst() ? x.transpose(0, 1) : x, states);
    }

    /**
     * One layer as a function: inputs are x, the initial states by kind and direction, and per direction the weights and
     * biases of input and hidden state; outputs are y [T, N, directions * size] and the last states by direction and kind.
     */
    private void compose(int layer, Tensor x, Tensor[] start, Tensor y, List<List<Tensor>> last) {
        int directions = options.directions();
        int kinds = last.size();
        List<Tensor> in = new ArrayList<>(List.of(x));
        for (int i = 0; i < kinds * directions; i++) {
            in.add(start == null ? null : start[i / directions].select(0, layer * directions + i % directions));
        }
        List<Node> out = new ArrayList<>(List.of(y.node()));
        for (int d = 0; d < directions; d++) {
            Weights w = weights(layer, d);
            in.addAll(Arrays.asList(w.ih(), w.hh(), w.biasIh(), w.biasHh()));
            for (List<Tensor> states : last) {
                out.add(states.get(layer * directions + d).node());
            }
        }
        Composition.of(getClass().getSimpleName(), out, Map.of("hidden_size", hiddenSize, "directions", directions,
                "activation", activation()), in.stream().map(t -> t == null ? null : t.node()).toArray(Node[]::new));
    }

    /** ONNX's name of the nonlinearity, where there is a choice. */
    String activation() {
        return "Tanh";
    }

    private Weights weights(int layer, int direction) {
        String suffix = suffix(layer, direction);
        return new Weights(parameters.get("weight_ih" + suffix), parameters.get("weight_hh" + suffix),
                parameters.get("bias_ih" + suffix), parameters.get("bias_hh" + suffix), parameters.get("weight_hr" + suffix));
    }

    /** One layer in one direction over time; leaves the last states in {@code state}. */
    private Tensor scan(Tensor x, Tensor[] state, Weights w, boolean reverse, Tensor[] valid) {
        int steps = x.size(0);
        List<Tensor> projected = w.input(x).unbind(0);
        Tensor[] outputs = new Tensor[steps];
        for (int i = 0; i < steps; i++) {
            int t = reverse ? steps - 1 - i : i;
            Tensor[] next = step(projected.get(t), state, w);
            outputs[t] = next[0];
            if (valid != null) {
                outputs[t] = valid[t].where(next[0], Tensor.scalar(0, next[0].dtype()));
            }
            for (int s = 0; s < state.length; s++) {
                state[s] = valid == null ? next[s] : valid[t].where(next[s], state[s]);
            }
        }
        return steps == 0 ? Tensor.zeros(Shape.of(0, x.size(1), stateSize()), x.dtype()) : Tensor.stack(Arrays.asList(outputs), 0);
    }

    /** BOOL [N, 1] per time step: whether a sample is that long. */
    private static Tensor[] masks(Tensor x, int[] lengths) {
        if (lengths == null) {
            return null;
        }
        if (lengths.length != x.size(1)) {
            throw new IllegalArgumentException("one length per sample is needed: " + x.size(1) + ", not " + lengths.length);
        }
        Tensor each = Tensor.of(lengths, lengths.length, 1).to(DType.I64);
        Tensor[] masks = new Tensor[x.size(0)];
        for (int t = 0; t < masks.length; t++) {
            masks[t] = each.gt((long) t);
        }
        return masks;
    }

    @Override
    protected String describe() {
        StringBuilder s = new StringBuilder(inputSize + ", " + hiddenSize);
        if (options.projSize() > 0) {
            s.append(", proj_size=").append(options.projSize());
        }
        if (options.numLayers() != 1) {
            s.append(", num_layers=").append(options.numLayers());
        }
        if (!options.bias()) {
            s.append(", bias=False");
        }
        if (options.isBatchFirst()) {
            s.append(", batch_first=True");
        }
        if (options.dropout() != 0) {
            s.append(", dropout=").append(Text.number(options.dropout()));
        }
        return s.append(options.isBidirectional() ? ", bidirectional=True" : "").toString();
    }
}
