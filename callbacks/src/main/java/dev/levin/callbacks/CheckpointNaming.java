package dev.levin.callbacks;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How checkpoint files are called. A template such as {@code {epoch}-{val_loss:.2f}} becomes
 * {@code epoch=3-val_loss=0.12.ckpt}.
 *
 * @param join stands between parts of a name: {@code -}
 * @param equals stands between a metric's name and its value: {@code =}
 * @param last template of the newest file: {@code last}
 * @param extension ending: {@code .ckpt}
 * @param startingVersion number of the first file whose name was taken: 1 for {@code name-v1}
 */
public record CheckpointNaming(String join, String equals, String last, String extension, int startingVersion) {
    /** Lightning's names. */
    public static final CheckpointNaming DEFAULT = new CheckpointNaming("-", "=", "last", ".ckpt", 1);

    private static final Pattern FIELD = Pattern.compile("\\{([^{}:]+)(?::([^{}]*))?}");

    public CheckpointNaming {
        if (!extension.startsWith(".")) {
            throw new IllegalArgumentException("the extension of checkpoints is '" + extension + "'; begin it with a dot, such as .ckpt");
        }
        if (last.isBlank()) {
            throw new IllegalArgumentException("the name of the newest checkpoint must not be blank; use for example 'last' or 'last-{epoch}'");
        }
    }

    public CheckpointNaming withJoin(String text) {
        return new CheckpointNaming(text, equals, last, extension, startingVersion);
    }

    public CheckpointNaming withEquals(String text) {
        return new CheckpointNaming(join, text, last, extension, startingVersion);
    }

    public CheckpointNaming withLast(String template) {
        return new CheckpointNaming(join, equals, template, extension, startingVersion);
    }

    public CheckpointNaming withExtension(String ending) {
        return new CheckpointNaming(join, equals, last, ending, startingVersion);
    }

    public CheckpointNaming withStartingVersion(int version) {
        return new CheckpointNaming(join, equals, last, extension, version);
    }

    /**
     * A name without ending.
     *
     * @param template null or empty for {@code {epoch}-{step}}
     * @param metrics values by name; those that are absent are 0. {@code epoch} and {@code step} come first from here
     * @param insertNames whether {@code name=} stands before each value
     * @param prefix stands before everything; empty for none
     */
    public String format(String template, Map<String, Double> metrics, int epoch, long step, boolean insertNames, String prefix) {
        Matcher m = FIELD.matcher(template == null || template.isEmpty() ? "{epoch}" + join + "{step}" : template);
        StringBuilder out = new StringBuilder(prefix.isEmpty() ? "" : prefix + join);
        while (m.find()) {
            String name = m.group(1);
            String value = value(name, m.group(2), metrics, epoch, step);
            m.appendReplacement(out, Matcher.quoteReplacement((insertNames ? name + equals : "") + value));
        }
        return m.appendTail(out).toString();
    }

    /** The file name: {@code name-v3.ckpt}; {@code name.ckpt} for version 0. */
    public String file(String name, int version) {
        return name + (version == 0 ? "" : join + "v" + version) + extension;
    }

    /** Whether a file of this name was written as the newest one. */
    public boolean isLast(String file) {
        Matcher m = FIELD.matcher(last);
        StringBuilder pattern = new StringBuilder();
        int from = 0;
        while (m.find()) {
            pattern.append(Pattern.quote(last.substring(from, m.start()))).append(".*");
            from = m.end();
        }
        pattern.append(Pattern.quote(last.substring(from))).append("(").append(Pattern.quote(join)).append("v\\d+)?").append(Pattern.quote(extension));
        return file.matches(pattern.toString());
    }

    private static String value(String name, String format, Map<String, Double> metrics, int epoch, long step) {
        Double v = metrics.get(name);
        boolean counter = name.equals("epoch") || name.equals("step");
        long n = v != null ? v.longValue() : name.equals("epoch") ? epoch : step;
        double d = counter ? n : v == null ? 0 : v;
        if (format == null || format.isEmpty()) {
            return counter || v == null ? Long.toString((long) d) : plain(d);
        }
        if (!format.matches("0?\\d*(\\.\\d+)?[defg]?")) {
            throw new IllegalArgumentException("checkpoint name: '" + format + "' in {" + name + ":" + format + "} is not a number format; use for example "
                    + ".2f or 03d");
        }
        char kind = format.charAt(format.length() - 1);
        if (kind == 'd' || counter && Character.isDigit(kind)) {
            return padded(Long.toString((long) d), format);
        }
        return String.format(Locale.ROOT, "%" + (Character.isLetter(kind) ? format : format + "f"), d);
    }

    /** As short as tells the value apart: single precision where the value is one. */
    private static String plain(double d) {
        return (float) d == d ? Float.toString((float) d) : Double.toString(d);
    }

    /** {@code 03d} or {@code 3}: width, filled with zeros or spaces. */
    private static String padded(String digits, String format) {
        String width = format.replaceAll("[^0-9]", "");
        int n = width.isEmpty() ? 0 : Integer.parseInt(width);
        return (width.startsWith("0") ? "0" : " ").repeat(Math.max(0, n - digits.length())) + digits;
    }
}
