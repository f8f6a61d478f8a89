package dev.levin.nn;

import dev.levin.graph.Buffer;
import dev.levin.graph.Context;
import dev.levin.tensor.Engine;
import dev.levin.tensor.Tensor;
import dev.levin.tensor.VariableTensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Checks a state dict against a module as a whole before any value is changed. */
final class StateLoader {
    private static final int MOST_LISTED = 10;

    private StateLoader() {
    }

    static LoadReport load(Module module, Map<String, VariableTensor> own, Map<String, ? extends Tensor> given, boolean strict) {
        List<String> missing = own.keySet().stream().filter(k -> !given.containsKey(k)).toList();
        List<String> unexpected = given.keySet().stream().filter(k -> !own.containsKey(k)).toList();
        List<String> problems = new ArrayList<>();
        if (strict && !missing.isEmpty()) {
            problems.add("missing: " + list(missing, given.keySet()));
        }
        if (strict && !unexpected.isEmpty()) {
            problems.add("unexpected: " + list(unexpected, own.keySet()));
        }
        own.forEach((key, variable) -> {
            Tensor value = given.get(key);
            if (value != null && !value.shape().equals(variable.shape())) {
                problems.add(key + " has shape " + value.shape() + ", but this module needs " + variable.shape());
            }
        });
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("this state dict does not fit " + module.getClass().getSimpleName() + ":\n  "
                    + String.join("\n  ", problems) + (strict && problems.size() == count(missing) + count(unexpected)
                    ? "\npass strict = false to load the keys that both sides have" : ""));
        }
        boolean step = Context.current().trace().isStep();
        if (!step) {
            Engine.flush();
        }
        own.forEach((key, variable) -> {
            Tensor value = given.get(key);
            if (value != null && value != variable) {
                assign(variable, value, step);
            }
        });
        return new LoadReport(missing, unexpected);
    }

    private static int count(List<String> keys) {
        return keys.isEmpty() ? 0 : 1;
    }

    private static void assign(VariableTensor variable, Tensor value, boolean step) {
        Tensor converted = value.detach().to(variable.dtype());
        if (step) {
            variable.set(converted);
        } else {
            variable.variable().store(new Buffer.Host(converted.toHost().copy()));
        }
    }

    private static String list(List<String> keys, Collection<String> others) {
        List<String> shown = keys.stream().limit(MOST_LISTED).map(k -> k + nearest(k, others)).toList();
        return String.join(", ", shown) + (keys.size() > MOST_LISTED ? " and " + (keys.size() - MOST_LISTED) + " more" : "");
    }

    private static String nearest(String key, Collection<String> others) {
        return others.stream().filter(o -> distance(key, o) <= Math.max(2, key.length() / 3))
                .min(Comparator.comparingInt(o -> distance(key, o))).map(o -> " (near " + o + ")").orElse("");
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
