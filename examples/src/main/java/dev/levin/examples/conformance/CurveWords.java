package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the words of a curve's file say: data, batch, loss, optimizer.
 *
 * @param data {@code iris}, {@code xor} or {@code mnist}
 * @param rows how many rows of the data are used, 0 for all
 * @param batch rows in a batch, 0 for all
 * @param loss {@code cross entropy}, {@code bce} or {@code mse}
 * @param outputSigmoid whether the model's output passes a sigmoid before the loss
 * @param clip norm to which gradients are clipped, 0 for none
 */
record CurveWords(String data, int rows, int batch, String loss, boolean outputSigmoid, String optimizer, Map<String, Object> options,
        double clip) {
    private static final Pattern OPTIMIZER = Pattern.compile("\\b(" + String.join("|", OptimTable.OPTIMIZERS.keySet()) + ")\\(([^)]*)\\)");
    private static final Pattern OPTION = Pattern.compile("([a-z_]+)\\s*[= ]\\s*([-+.\\deE]+(?:/[-+.\\deE]+)?|True|False)");

    /**
     * @param curves every curve of the folder by name, since one may be described as another with a difference
     */
    static CurveWords of(JsonNode curve, Map<String, JsonNode> curves) {
        String text = text(curve, curves);
        String lower = text.toLowerCase(Locale.ROOT);
        String data = List.of("iris", "xor", "mnist").stream().filter(lower::contains).findFirst()
                .orElseThrow(() -> new UnsupportedOperationException("no known data in \"" + text + "\""));
        String loss = lower.contains("squared error") || lower.contains("mse") ? "mse" : lower.contains("cross entropy") ? "cross entropy"
                : lower.contains("bce") ? "bce" : "";
        Matcher optimizer = OPTIMIZER.matcher(text);
        if (loss.isEmpty() || !optimizer.find()) {
            throw new UnsupportedOperationException("no known loss or optimizer in \"" + text + "\"");
        }
        return new CurveWords(data, (int) number("first (\\d+)", lower), (int) number("batch (\\d+)", lower), loss,
                lower.contains("output passes a sigmoid"), optimizer.group(1), options(optimizer.group(2)),
                number("clip[a-z_ ]*?[ =(]([\\d.]+)", lower));
    }

    /** "as OTHER but DIFFERENCE" gives OTHER's words with its loss taken out, and the difference. */
    private static String text(JsonNode curve, Map<String, JsonNode> curves) {
        String what = curve.path("what").asText();
        Matcher m = Pattern.compile("^as (\\w+) but (.*)$", Pattern.DOTALL).matcher(what);
        if (!m.matches()) {
            return what;
        }
        JsonNode other = curves.get(m.group(1));
        if (other == null) {
            throw new IllegalArgumentException(curve.path("name").asText() + " is described by " + m.group(1) + ", which is not in the folder");
        }
        boolean otherLoss = m.group(2).toLowerCase(Locale.ROOT).contains("loss");
        String base = text(other, curves);
        return (otherLoss ? base.replaceAll("(?i)cross entropy|bce|mean squared error|mse", "") : base) + "; " + m.group(2);
    }

    private static double number(String pattern, String text) {
        Matcher m = Pattern.compile(pattern).matcher(text);
        return m.find() ? Double.parseDouble(m.group(1)) : 0;
    }

    private static Map<String, Object> options(String text) {
        Map<String, Object> options = new LinkedHashMap<>();
        Matcher m = OPTION.matcher(text);
        while (m.find()) {
            String v = m.group(2);
            options.put(m.group(1), v.equals("True") || v.equals("False") ? (Object) v.equals("True")
                    : v.contains("/") ? java.util.Arrays.stream(v.split("/")).map(Double::valueOf).toList() : (Object) Double.valueOf(v));
        }
        return options;
    }
}
