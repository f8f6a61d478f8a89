package dev.levin.examples.conformance;

import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.Functional;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A model written out: its layers as PyTorch prints them, and its forward pass as nested calls. */
final class CurveNet extends Layer {
    private static final Pattern LAYER = Pattern.compile("\\((\\w+)\\): (\\w+)\\((.*)\\)");

    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private final String[] statements;

    CurveNet(String printed, String forward) {
        Matcher m = LAYER.matcher(printed);
        while (m.find()) {
            layers.put(m.group(1), layer(m.group(2), m.group(3)));
        }
        statements = forward.split(";");
    }

    private static Layer layer(String type, String text) {
        return switch (type) {
            case "Linear" -> new Linear(number(text, "in_features"), number(text, "out_features"), !text.contains("bias=False"));
            case "Conv2d" -> {
                String[] channels = text.split(",");
                yield new Conv2d(Integer.parseInt(channels[0].trim()), Integer.parseInt(channels[1].trim()), pair(text, "kernel_size", 1),
                        ConvOptions.stride(pair(text, "stride", 1)).padding(pair(text, "padding", 0)).bias(!text.contains("bias=False")));
            }
            default -> throw new UnsupportedOperationException("no layer of type " + type + " in curves");
        };
    }

    private static int number(String text, String name) {
        return pair(text, name, 0)[0];
    }

    private static int[] pair(String text, String name, int otherwise) {
        Matcher m = Pattern.compile(name + "=\\(?(\\d+)(?:, (\\d+))?").matcher(text);
        if (!m.find()) {
            return new int[] {otherwise, otherwise};
        }
        int first = Integer.parseInt(m.group(1));
        return new int[] {first, m.group(2) == null ? first : Integer.parseInt(m.group(2))};
    }

    @Override
    protected void members(BiConsumer<String, Object> visitor) {
        layers.forEach(visitor);
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor y = x;
        for (String s : statements) {
            String call = s.replaceFirst("^\\s*\\w+\\s*=", "").trim();
            // "x(N, 1, 28, 28)" names the input's axes.
            if (!call.isEmpty() && !call.startsWith("x(")) {
                y = call(call, y);
            }
        }
        return y;
    }

    private Tensor call(String text, Tensor x) {
        int open = text.indexOf('(');
        if (open < 0) {
            return text.equals("x") ? x : apply(text, x);
        }
        return apply(text.substring(0, open), call(text.substring(open + 1, text.lastIndexOf(')')), x));
    }

    private Tensor apply(String name, Tensor x) {
        Layer layer = layers.get(name);
        return layer != null ? layer.call(x) : switch (name) {
            case "sigmoid" -> x.sigmoid();
            case "tanh" -> x.tanh();
            case "relu" -> x.relu();
            case "maxpool2" -> Functional.maxPool2d(x, 2);
            case "avgpool2" -> Functional.avgPool2d(x, 2);
            case "flatten" -> x.flatten(1, -1);
            default -> throw new UnsupportedOperationException("no function named " + name + " in curves");
        };
    }
}
