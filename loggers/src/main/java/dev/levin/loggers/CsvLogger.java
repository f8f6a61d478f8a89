package dev.levin.loggers;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * Logs to {@code saveDir/name/version/metrics.csv}: one row per call, a column per metric and one for the step, sorted by
 * name; fields without a value are empty.
 *
 * <p>Rows are appended; when a new metric appears the file is written anew with one column more. A metrics file that is
 * already in the folder is deleted with a warning; that of a run that is resumed is continued. Rows are kept back until {@link #flushEvery} of them are there, or
 * five seconds have passed.
 */
public final class CsvLogger extends FolderLogger<CsvLogger> {
    private static final long FLUSH_NANOS = 5_000_000_000L;
    private static final String STEP = "step";

    private final List<Map<String, String>> pending = new ArrayList<>();
    private SequencedSet<String> columns = new TreeSet<>();
    private int flushEvery = 100;
    private long lastFlush;
    private boolean begun;
    /** The first step that is written anew; -1 for a run that begins. */
    private long resumeStep = -1;

    /** Runs in {@code saveDir/lightning_logs/version_N}. */
    public CsvLogger(String saveDir) {
        this(saveDir, DEFAULT_NAME);
    }

    /**
     * Runs in {@code saveDir/name/version_N}.
     *
     * @param name of the experiment; empty for no such level
     */
    public CsvLogger(String saveDir, String name) {
        super(saveDir, name);
    }

    @Override
    protected CsvLogger self() {
        return this;
    }

    /** Number of rows after which {@link #save} writes them; 100 by default. */
    public CsvLogger flushEvery(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("flushEvery needs at least 1 row, got " + rows);
        }
        set(() -> flushEvery = rows);
        return this;
    }

    /** The file with the metrics. */
    public Path file() {
        return folder().resolve("metrics.csv");
    }

    @Override
    public synchronized void logMetrics(Map<String, Double> metrics, long step) {
        if (failure().isPresent()) {
            return;
        }
        if (pending.isEmpty()) {
            lastFlush = System.nanoTime();
        }
        Map<String, String> row = new TreeMap<>();
        prefixed(metrics).forEach((name, value) -> row.put(name, format(value)));
        row.put(STEP, Long.toString(step));
        pending.add(row);
    }

    @Override
    public synchronized void save() {
        super.save();
        if (pending.size() >= flushEvery || !pending.isEmpty() && System.nanoTime() - lastFlush >= FLUSH_NANOS) {
            write();
        }
    }

    @Override
    public synchronized void flush() {
        write();
        super.flush();
    }

    @Override
    public synchronized void finalizeRun(Status status) {
        super.save();
        write();
    }

    private void write() {
        if (pending.isEmpty() || failure().isPresent()) {
            return;
        }
        Path file = file();
        try {
            if (!begun) {
                begin(file);
            }
            SequencedSet<String> grown = new TreeSet<>(columns);
            pending.forEach(row -> grown.addAll(row.keySet()));
            if (!grown.equals(columns)) {
                widen(file, grown);
            }
            try (BufferedWriter out = Files.newBufferedWriter(file, StandardOpenOption.APPEND)) {
                for (Map<String, String> row : pending) {
                    out.write(line(columns.stream().map(c -> row.getOrDefault(c, ""))));
                }
            }
            pending.clear();
            lastFlush = System.nanoTime();
        } catch (IOException e) {
            fail(file, e);
        }
    }

    @Override
    public synchronized void resumesAt(long step) {
        resumeStep = step;
    }

    private void begin(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        if (resumeStep >= 0 && Files.exists(file)) {
            keepUntil(file, resumeStep);
        } else if (Files.deleteIfExists(file)) {
            LoggerFactory.getLogger(CsvLogger.class).warn(
                    "{} was there already and is replaced; give each run its own version to keep both", file);
        }
        begun = true;
    }

    /** Takes over the rows of the run that goes on. */
    private void keepUntil(Path file, long step) throws IOException {
        List<String> lines = Files.readAllLines(file);
        List<String> names = lines.isEmpty() ? List.of() : names(lines.getFirst());
        int at = names.indexOf(STEP);
        if (at < 0) {
            return;
        }
        columns = new TreeSet<>(names);
        List<String> kept = new ArrayList<>(lines.subList(0, 1));
        lines.stream().skip(1).filter(l -> isBefore(l.split(",", -1), names.size(), at, step)).forEach(kept::add);
        Path rewritten = file.resolveSibling(file.getFileName() + ".tmp");
        Files.write(rewritten, kept);
        Files.move(rewritten, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The header's fields, which may be quoted. */
    private static List<String> names(String header) {
        List<String> names = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (char c : (header + ",").toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
            }
            if (c == ',' && !quoted) {
                String f = field.toString();
                names.add(f.startsWith("\"") ? f.substring(1, f.length() - 1).replace("\"\"", "\"") : f);
                field.setLength(0);
            } else {
                field.append(c);
            }
        }
        return names;
    }

    /** A killed run may have cut its last line. */
    private static boolean isBefore(String[] fields, int columns, int at, long step) {
        return fields.length == columns && fields[at].matches("-?\\d+") && Long.parseLong(fields[at]) < step;
    }

    /** Rewrites the file with more columns beside it, then swaps the two, so that a kill loses nothing. */
    private void widen(Path file, SequencedSet<String> grown) throws IOException {
        Path wide = file.resolveSibling(file.getFileName() + ".tmp");
        try (BufferedWriter out = Files.newBufferedWriter(wide)) {
            out.write(line(grown.stream()));
            if (!columns.isEmpty()) {
                try (Stream<String> lines = Files.lines(file)) {
                    for (Iterator<String> rows = lines.skip(1).iterator(); rows.hasNext();) {
                        // Values are numbers: no field holds a comma or a quote.
                        Iterator<String> old = List.of(rows.next().split(",", -1)).iterator();
                        out.write(line(grown.stream().map(c -> columns.contains(c) ? old.next() : "")));
                    }
                }
            }
        }
        Files.move(wide, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        columns = grown;
    }

    private static String line(Stream<String> fields) {
        return String.join(",", fields.map(CsvLogger::quoted).toList()) + "\n";
    }

    private static String quoted(String field) {
        return field.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + field.replace("\"", "\"\"") + '"' : field;
    }

    /** Whole numbers without a fraction; nan and inf as Python and pandas spell them. */
    static String format(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value);
    }
}
