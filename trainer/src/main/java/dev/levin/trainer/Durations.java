package dev.levin.trainer;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times written as {@code DD:HH:MM:SS}. */
public final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d+):(\\d\\d):(\\d\\d):(\\d\\d)");

    private Durations() {
    }

    /**
     * Parses {@code DD:HH:MM:SS}; parts may exceed their usual range ({@code 12:34:56:65}).
     *
     * @throws MisconfigurationException for any other form
     */
    public static Duration parse(String text) {
        Matcher m = FORM.matcher(text.trim());
        if (!m.matches()) {
            throw new MisconfigurationException("'" + text + "' is not a time; write DD:HH:MM:SS, such as 00:12:00:00 for twelve hours");
        }
        return Duration.ofDays(Long.parseLong(m.group(1))).plusHours(Long.parseLong(m.group(2))).plusMinutes(Long.parseLong(m.group(3)))
                .plusSeconds(Long.parseLong(m.group(4)));
    }
}
