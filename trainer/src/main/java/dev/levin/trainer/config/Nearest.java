package dev.levin.trainer.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The name that a mistyped one was meant to be. */
public final class Nearest {
    private Nearest() {
    }

    /** The closest candidate, if it is close enough to be what was meant. */
    public static Optional<String> to(String typed, Collection<String> candidates) {
        String word = typed.toLowerCase(Locale.ROOT);
        return candidates.stream().min(Comparator.comparingInt(c -> distance(word, c.toLowerCase(Locale.ROOT))))
                .filter(c -> distance(word, c.toLowerCase(Locale.ROOT)) <= Math.max(2, typed.length() / 2));
    }

    /** {@code "; did you mean 'x'?"}, or a full stop. */
    public static String hint(String typed, Collection<String> candidates) {
        return to(typed, candidates).map(c -> "; did you mean '" + c + "'?").orElse(".");
    }

    /** Edits that make one word of the other: insert, delete, replace, or swap two neighbours. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
