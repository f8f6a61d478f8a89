package dev.levin.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** A table of separated values (RFC 4180 quoting), all cells as text. */
public final class CsvTable {
    private final String source;
    private final List<String> header;
    private final List<List<String>> rows;

    private CsvTable(String source, List<String> header, List<List<String>> rows) {
        this.source = source;
        this.header = header;
        this.rows = rows;
    }

    /**
     * @throws IOException naming the line that does not fit the header
     */
    public static CsvTable read(Path file) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            return read(in, file.toString());
        }
    }

    /**
     * A table with another separator, or without a header.
     *
     * @param separator such as {@code ';'} or a tab
     * @param names of the columns, for files without a header; null if the first line names them
     */
    public static CsvTable read(Path file, char separator, List<String> names) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            return read(in, file.toString(), separator, names);
        }
    }

    /** @param source what error messages call the table */
    public static CsvTable read(Reader in, String source) throws IOException {
        return read(in, source, ',', null);
    }

    static CsvTable read(Reader in, String source, char separator, List<String> names) throws IOException {
        List<List<String>> all = new ArrayList<>();
        if (names != null) {
            all.add(List.copyOf(names));
        }
        List<String> row = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        boolean any = false;
        int line = 1;
        int c;
        int peeked = -2;
        while ((c = peeked != -2 ? peeked : in.read()) != -1) {
            peeked = -2;
            any = true;
            if (quoted) {
                if (c == '"') {
                    peeked = in.read();
                    if (peeked == '"') {
                        cell.append('"');
                        peeked = -2;
                    } else {
                        quoted = false;
                    }
                } else {
                    line += c == '\n' ? 1 : 0;
                    cell.append((char) c);
                }
            } else if (c == '"' && cell.isEmpty()) {
                quoted = true;
            } else if (c == separator) {
                row.add(cell.toString().strip());
                cell.setLength(0);
            } else if (c == '\n') {
                endRow(all, row, cell, source, line++);
                row = new ArrayList<>();
                any = false;
            } else if (c != '\r') {
                cell.append((char) c);
            }
        }
        if (quoted) {
            throw new IOException(source + ": a quote that is opened before line " + line + " is never closed");
        }
        if (any) {
            endRow(all, row, cell, source, line);
        }
        if (all.isEmpty()) {
            throw new IOException(source + " is empty; a table needs a header line");
        }
        return new CsvTable(source, List.copyOf(all.getFirst()), Collections.unmodifiableList(all.subList(1, all.size())));
    }

    private static void endRow(List<List<String>> all, List<String> row, StringBuilder cell, String source, int line) throws IOException {
        row.add(cell.toString().strip());
        cell.setLength(0);
        if (row.size() == 1 && row.getFirst().isEmpty()) {
            return;
        }
        if (!all.isEmpty() && row.size() != all.getFirst().size()) {
            throw new IOException(source + ", line " + line + ": " + row.size() + " cells, but the header has " + all.getFirst().size());
        }
        all.add(List.copyOf(row));
    }

    public int size() {
        return rows.size();
    }

    public List<String> header() {
        return header;
    }

    /**
     * @throws IllegalArgumentException listing the columns there are
     */
    public List<String> column(String name) {
        int i = index(name);
        return rows.stream().map(r -> r.get(i)).toList();
    }

    private int index(String name) {
        int i = header.indexOf(name);
        if (i < 0) {
            throw new IllegalArgumentException(source + " has no column '" + name + "'; it has " + header);
        }
        return i;
    }

    /** A column as numbers; empty cells and {@code ?} are NaN. */
    public double[] numbers(String name) {
        List<String> cells = column(name);
        double[] v = new double[cells.size()];
        for (int i = 0; i < v.length; i++) {
            String s = cells.get(i);
            try {
                v[i] = isMissing(s) ? Double.NaN : Double.parseDouble(s);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(source + ", row " + (i + 1) + ", column " + name + ": '" + s + "' is not a number", e);
            }
        }
        return v;
    }

    static boolean isMissing(String cell) {
        return cell.isEmpty() || cell.equals("?") || Set.of("na", "nan", "null").contains(cell.toLowerCase(Locale.ROOT));
    }

    /** The rows that have a value in every named column (in every column, if none is named). */
    public CsvTable dropMissing(String... columns) {
        int[] at = columns.length == 0 ? Samplers.identity(header.size())
                : Arrays.stream(columns).mapToInt(this::index).toArray();
        return where(r -> Arrays.stream(at).noneMatch(i -> isMissing(r.get(i))));
    }

    /** The rows that a condition on the cells accepts. */
    public CsvTable where(Predicate<List<String>> condition) {
        return new CsvTable(source, header, rows.stream().filter(condition).toList());
    }

    /** Some rows, in the given order. */
    public CsvTable rows(int[] numbers) {
        return new CsvTable(source, header, Arrays.stream(numbers).mapToObj(rows::get).toList());
    }
}
