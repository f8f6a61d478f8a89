package dev.levin.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Bytes of a pickle, counted: no length is believed that goes beyond the end of the file. */
final class PickleInput {
    private static final int MAX_INTEGER_BYTES = 1024;
    private static final int MAX_NUMBER_TEXT = 700;
    private static final int MAX_LINE = 1 << 20;

    private final Path file;
    private final InputStream in;
    private final long limit;
    private long position;

    /** @param limit bytes the stream has */
    PickleInput(Path file, InputStream in, long limit) {
        this.file = file;
        this.in = in;
        this.limit = limit;
    }

    long position() {
        return position;
    }

    /** Bytes of the whole stream. */
    long size() {
        return limit;
    }

    FormatException wrong(String reason) {
        return new FormatException(file, "its pickle is malformed at byte " + position + ": " + reason);
    }

    int u8() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw wrong("it ends without a STOP; it is truncated");
        }
        position++;
        return b;
    }

    byte[] bytes(long n) throws IOException {
        if (n < 0 || n > limit - position || n > Integer.MAX_VALUE - 8) {
            throw wrong("a value claims " + n + " bytes, " + (limit - position) + " are left");
        }
        byte[] b = in.readNBytes((int) n);
        if (b.length < n) {
            throw wrong("it ends within a value; it is truncated");
        }
        position += n;
        return b;
    }

    /** Skips bytes that the caller knows to be there. */
    void skip(long n) throws IOException {
        in.skipNBytes(n);
        position += n;
    }

    int u16() throws IOException {
        return u8() | u8() << 8;
    }

    int i32() throws IOException {
        return u16() | u16() << 16;
    }

    long u32() throws IOException {
        return i32() & 0xffffffffL;
    }

    long i64() throws IOException {
        return u32() | u32() << 32;
    }

    /** The length of a frame, which must be there; nothing else depends on frames. */
    void frame() throws IOException {
        long n = i64();
        if (n < 0 || n > limit - position) {
            throw wrong("a frame claims " + Long.toUnsignedString(n) + " bytes, " + (limit - position) + " are left");
        }
    }

    double f64() throws IOException {
        return ByteBuffer.wrap(bytes(8)).order(ByteOrder.BIG_ENDIAN).getDouble();
    }

    /** UTF-8 text up to a line feed, which is consumed. */
    String line() throws IOException {
        return utf8(lineBytes());
    }

    /** Text up to a line feed, one byte a character. */
    String latinLine() throws IOException {
        return new String(lineBytes(), StandardCharsets.ISO_8859_1);
    }

    private byte[] lineBytes() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = u8(); b != '\n'; b = u8()) {
            line.write(b);
            if (line.size() > MAX_LINE) {
                throw wrong("a line has more than " + MAX_LINE + " bytes");
            }
        }
        return line.toByteArray();
    }

    String utf8(byte[] b) throws IOException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(b)).toString();
        } catch (CharacterCodingException e) {
            throw wrong("a string is not valid UTF-8");
        }
    }

    /** A two's complement integer, least byte first: a Long where it fits, else a BigInteger. */
    Number integer(long n) throws IOException {
        if (n < 0 || n > MAX_INTEGER_BYTES) {
            throw wrong("an integer of " + n + " bytes; up to " + MAX_INTEGER_BYTES + " are read");
        }
        byte[] b = bytes(n);
        for (int i = 0, j = b.length - 1; i < j; i++, j--) {
            byte t = b[i];
            b[i] = b[j];
            b[j] = t;
        }
        return narrow(b.length == 0 ? BigInteger.ZERO : new BigInteger(b));
    }

    /** A decimal integer, or 01 and 00, which protocol 0 writes for True and False. */
    Object decimal(String text) throws IOException {
        if (text.equals("01") || text.equals("00")) {
            return text.equals("01");
        }
        String digits = text.endsWith("L") ? text.substring(0, text.length() - 1) : text;
        if (digits.length() > MAX_NUMBER_TEXT || !digits.matches("[+-]?[0-9]+")) {
            throw wrong("an integer that is not a number of up to " + MAX_NUMBER_TEXT + " digits");
        }
        return narrow(new BigInteger(digits));
    }

    /** A decimal float; {@code nan} and {@code inf} as Python spells them. */
    double floating(String text) throws IOException {
        return switch (text) {
            case "nan" -> Double.NaN;
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            default -> {
                if (text.length() > 100 || !text.matches("[+-]?[0-9]*\\.?[0-9]*([eE][+-]?[0-9]+)?")
                        || text.chars().noneMatch(Character::isDigit)) {
                    throw wrong("a float that is not a number");
                }
                try {
                    yield Double.parseDouble(text);
                } catch (NumberFormatException e) {
                    throw wrong("a float that is not a number");
                }
            }
        };
    }

    private static Number narrow(BigInteger v) {
        if (v.bitLength() < Long.SIZE) {
            return v.longValue();
        }
        return v;
    }

    /** Undoes Python's escapes: of a quoted byte string ({@code \n \x41}) or of raw unicode (A) text. */
    String unescape(String s, boolean unicode) throws IOException {
        if (s.indexOf('\\') < 0) {
            return s;
        }
        var out = new StringBuilder(s.length());
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            char e = c == '\\' && i + 1 < s.length() ? s.charAt(i + 1) : 0;
            int digits = unicode ? (e == 'u' ? 4 : e == 'U' ? 8 : 0) : e == 'x' ? 2 : 0;
            if (c != '\\' || e == 0 || unicode && digits == 0) {
                out.append(c);
            } else if (digits > 0) {
                out.appendCodePoint(hex(s, i + 2, digits));
                i += 1 + digits;
            } else {
                out.append(switch (e) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    case '0' -> '\0';
                    case '\\', '\'', '"' -> e;
                    default -> throw wrong("the unknown escape \\" + e + " in a string");
                });
                i++;
            }
        }
        return out.toString();
    }

    private int hex(String s, int from, int n) throws IOException {
        try {
            int v = from + n <= s.length() ? Integer.parseUnsignedInt(s.substring(from, from + n), 16) : -1;
            if (Character.isValidCodePoint(v)) {
                return v;
            }
        } catch (NumberFormatException e) {
            // reported below, as any other escape that is none
        }
        throw wrong("an escape in a string is not a character");
    }
}
