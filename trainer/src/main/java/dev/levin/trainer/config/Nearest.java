package dev.levin.trainer.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

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

    /**
     * {@code "; did you mean 'b/c.yaml'?"} for a path that does not exist, by the names in its folder; or by those beside the first of its
     * folders that does not exist. Empty where nothing there is close.
     */
    public static String fileHint(Path missing) {
        Path folder = missing.toAbsolutePath().normalize();
        while (folder.getParent() != null && !Files.isDirectory(folder.getParent())) {
            folder = folder.getParent();
        }
        Path name = folder.getFileName();
        if (name == null || folder.getParent() == null) {
            return "";
        }
        try (Stream<Path> files = Files.list(folder.getParent())) {
            Path given = missing.toAbsolutePath().normalize();
            Path rest = folder.equals(given) ? Path.of("") : folder.relativize(given);
            Path home = missing.isAbsolute() ? folder.getParent() : Path.of("").toAbsolutePath().relativize(folder.getParent());
            return to(name.toString(), files.map(f -> f.getFileName().toString()).toList())
                    .map(n -> home.resolve(n).resolve(rest)).filter(Files::exists).map(p -> "; did you mean '" + p + "'?").orElse("");
        } catch (IOException e) {
            return "";
        }
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
