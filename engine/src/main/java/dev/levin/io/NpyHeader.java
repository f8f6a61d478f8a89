package dev.levin.io;

import dev.levin.type.DType;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The dictionary at the head of a {@code .npy} file: {@code {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}}.
 * It is a Python literal; this reads the few forms that NumPy writes and evaluates nothing.
 */
record NpyHeader(DType dtype, ByteOrder order, boolean fortran, List<Long> shape) {

    /** Parses the text of the dictionary; {@code what} names the array in messages. */
    static NpyHeader parse(Path file, String what, String text) throws FormatException {
        Map<String, Object> values = new Literal(file, what, text).dictionary();
        if (values.size() != 3 || !(values.get("descr") instanceof String descr)
                || !(values.get("fortran_order") instanceof Boolean fortran)
                || !(values.get("shape") instanceof List<?> shape)) {
            throw new FormatException(file, what + " needs a header with a string 'descr' (structured types are not "
                    + "supported), 'fortran_order' and 'shape', has " + values.keySet());
        }
        List<Long> extents = new ArrayList<>();
        for (Object o : shape) {
            extents.add((Long) o);
        }
        return new NpyHeader(dtype(file, what, descr), orderOf(descr), fortran, extents);
    }

    private static DType dtype(Path file, String what, String descr) throws FormatException {
        DType dtype = typeOf(descr);
        if (dtype == null) {
            throw new FormatException(file, what + " has the unsupported type '" + descr + "'"
                    + (descr.contains("O") ? ": Python objects are pickled code and are never read" : "")
                    + "; supported are b1, u1, i1, i2, i4, i8, f2, f4, f8");
        }
        return dtype;
    }

    /** The type of {@code <f4} and its like, or null for one that Levin has not. */
    static DType typeOf(String descr) {
        boolean prefixed = !descr.isEmpty() && "<>|=".indexOf(descr.charAt(0)) >= 0;
        return switch (prefixed ? descr.substring(1) : descr) {
            case "b1" -> DType.BOOL;
            case "u1" -> DType.U8;
            case "i1" -> DType.I8;
            case "i2" -> DType.I16;
            case "i4" -> DType.I32;
            case "i8" -> DType.I64;
            case "f2" -> DType.F16;
            case "f4" -> DType.F32;
            case "f8" -> DType.F64;
            default -> null;
        };
    }

    /** The byte order of {@code >f4} and its like. */
    static ByteOrder orderOf(String descr) {
        return descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** The type as NumPy spells it. */
    static String descr(DType dtype) {
        return switch (dtype) {
            case BOOL -> "|b1";
            case U8 -> "|u1";
            case I8 -> "|i1";
            case I16 -> "<i2";
            case I32 -> "<i4";
            case I64 -> "<i8";
            case F16 -> "<f2";
            case F32 -> "<f4";
            case F64 -> "<f8";
            case BF16 -> throw new IllegalArgumentException("NumPy has no bfloat16; convert to float32 before writing, "
                    + "or write safetensors");
        };
    }

    /** A scanner for the literal: strings, True, False, tuples of integers. */
    private static final class Literal {
        private final Path file;
        private final String what;
        private final String text;
        private int at;

        Literal(Path file, String what, String text) {
            this.file = file;
            this.what = what;
            this.text = text;
        }

        Map<String, Object> dictionary() throws FormatException {
            Map<String, Object> values = new LinkedHashMap<>();
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                if (values.put(key, value()) != null) {
                    throw wrong("has the key '" + key + "' twice");
                }
                if (!accept(',')) {
                    expect('}');
                    break;
                }
            }
            skipSpace();
            if (at != text.length()) {
                throw wrong("goes on after its dictionary");
            }
            return values;
        }

        private Object value() throws FormatException {
            skipSpace();
            char c = at < text.length() ? text.charAt(at) : 0;
            if (c == '\'' || c == '"') {
                return string();
            }
            if (c == '(') {
                return tuple();
            }
            for (boolean b : new boolean[] {true, false}) {
                String word = b ? "True" : "False";
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return b;
                }
            }
            throw wrong("holds a value of an unsupported kind at character " + at);
        }

        private List<Long> tuple() throws FormatException {
            List<Long> values = new ArrayList<>();
            expect('(');
            while (!accept(')')) {
                values.add(integer());
                if (!accept(',')) {
                    expect(')');
                    break;
                }
            }
            return values;
        }

        private long integer() throws FormatException {
            skipSpace();
            int from = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == from || at - from > 18) {
                throw wrong("holds an extent that is not a number from 0 to 10^18 at character " + from);
            }
            long value = Long.parseLong(text.substring(from, at));
            if (at < text.length() && text.charAt(at) == 'L') {
                at++; // as Python 2 wrote it
            }
            return value;
        }

        private String string() throws FormatException {
            skipSpace();
            char quote = at < text.length() ? text.charAt(at) : 0;
            int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
            if (end < 0) {
                throw wrong("lacks a string at character " + at);
            }
            String s = text.substring(at + 1, end);
            at = end + 1;
            return s;
        }

        private boolean accept(char c) {
            skipSpace();
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }

        private void expect(char c) throws FormatException {
            if (!accept(c)) {
                throw wrong("lacks '" + c + "' at character " + at);
            }
        }

        private void skipSpace() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private FormatException wrong(String reason) {
            return new FormatException(file, what + " has a malformed header: it " + reason);
        }
    }
}
