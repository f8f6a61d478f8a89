package dev.levin.device.cuda.libraries;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Algorithms that a library chose for specs, from one process to the next: a text file for each library version and GPU, a line
 * {@code spec TAB hexadecimal digits} for each. Several processes may write; the last line of a spec counts, and a line that was
 * cut off is skipped. Used by one thread.
 */
public final class AlgorithmCache {
    private static final Logger LOG = LoggerFactory.getLogger(AlgorithmCache.class);

    private final Path file;
    private final Map<String, byte[]> known = new HashMap<>();
    private boolean broken;

    /** @param file where choices are kept, or null to forget them at the end of the process */
    public AlgorithmCache(Path file) {
        this.file = file;
        if (file == null || !Files.exists(file)) {
            return;
        }
        try {
            for (String line : Files.readAllLines(file)) {
                read(line);
            }
        } catch (IOException e) {
            LOG.warn("chosen algorithms in {} can't be read ({}); they are chosen again", file, e.getMessage());
        }
    }

    private void read(String line) {
        int tab = line.indexOf('\t');
        try {
            if (tab > 0) {
                known.put(line.substring(0, tab), HexFormat.of().parseHex(line, tab + 1, line.length()));
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("a line of {} is no choice: {}", file, line);
        }
    }

    /** Null if nothing is known of it. */
    public byte[] get(Object spec) {
        return known.get(spec.toString());
    }

    public void put(Object spec, byte[] algorithm) {
        byte[] old = known.put(spec.toString(), algorithm.clone());
        if (file == null || broken || java.util.Arrays.equals(old, algorithm)) {
            return;
        }
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, List.of(spec + "\t" + HexFormat.of().formatHex(algorithm)), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            broken = true;
            LOG.warn("chosen algorithms can't be kept in {} ({})", file, e.getMessage());
        }
    }
}
