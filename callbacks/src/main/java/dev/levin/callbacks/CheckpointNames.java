package dev.levin.callbacks;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** File names from templates: {@code {epoch}-{val_loss:.2f}} becomes {@code epoch=3-val_loss=0.12}. */
final class CheckpointNames {
    private static final Pattern FIELD = Pattern.compile("\\{([^{}:]+)(?::([^{}]*))?}");

    private CheckpointNames() {
    }

    /**
     * @param metrics values by name; absent ones are 0
     * @param insertNames whether {@code name=} stands before each value
     */
    static String format(String template, Map<String, Double> metrics, int epoch, long step, boolean insertNames) {
        Matcher m = FIELD.matcher(template);
        StringBuilder out = new StringBuilder();
        while (m.find()) {
            String name = m.group(1);
            String value = value(name, m.group(2), metrics, epoch, step);
            m.appendReplacement(out, Matcher.quoteReplacement((insertNames ? name + "=" : "") + value));
        }
        return m.appendTail(out).toString();
    }

    private static String value(String name, String format, Map<String, Double> metrics, int epoch, long step) {
        Double v = metrics.get(name);
        if (name.equals("epoch") || name.equals("step")) {
            long n = v != null ? v.longValue() : name.equals("epoch") ? epoch : step;
            return format == null || format.isEmpty() ? Long.toString(n) : pad(Long.toString(n), format);
        }
        double d = v == null ? 0 : v;
        if (format == null || format.isEmpty()) {
            return Double.toString(d);
        }
        if (!format.matches("0?\\d*(\\.\\d+)?[defg]?")) {
            throw new IllegalArgumentException("checkpoint name: '" + format + "' is not a number format; use for example .2f or 03d");
        }
        char last = format.charAt(format.length() - 1);
        if (last == 'd') {
            return pad(Long.toString((long) d), format);
        }
        return String.format(Locale.ROOT, "%" + (Character.isLetter(last) ? format : format + "f"), d);
    }

    /** {@code 03d} or {@code 3}: width, filled with zeros or spaces. */
    private static String pad(String digits, String format) {
        String width = format.replaceAll("[^0-9]", "");
        int n = width.isEmpty() ? 0 : Integer.parseInt(width);
        String fill = width.startsWith("0") ? "0" : " ";
        return fill.repeat(Math.max(0, n - digits.length())) + digits;
    }
}
