package dev.levin.io;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * A checksum over a whole safetensors file, kept in its metadata as {@code levin.checksum = "crc32c:0123abcd"}.
 * It covers the header too, read with the checksum's own digits as zeros.
 */
public enum Checksum {
    /** No checksum is written. */
    NONE("", 0),
    /** Finds damage by accident, at memory speed. */
    CRC32C("crc32c:", 8),
    /** Finds any change; about half a second per gigabyte. */
    SHA256("sha256:", 64);

    /** The metadata key under which a writer stores it. */
    public static final String KEY = "levin.checksum";

    private final String prefix;
    private final int digits;

    Checksum(String prefix, int digits) {
        this.prefix = prefix;
        this.digits = digits;
    }

    /** The stored text before the digits are known. */
    String placeholder() {
        return prefix + "0".repeat(digits);
    }

    String prefix() {
        return prefix;
    }

    /** The kind of a stored text, or null if it is none. */
    static Checksum ofText(String text) {
        for (Checksum c : new Checksum[] {CRC32C, SHA256}) {
            if (text.startsWith(c.prefix) && text.length() == c.prefix.length() + c.digits) {
                return c;
            }
        }
        return null;
    }

    /** Running state of one computation. */
    interface Digest {
        void update(ByteBuffer bytes);

        /** The stored form: prefix and lower-case hexadecimal digits. */
        String text();
    }

    Digest start() {
        return switch (this) {
            case NONE -> throw new IllegalStateException("no checksum to compute");
            case CRC32C -> {
                CRC32C crc = new CRC32C();
                yield digest(crc::update, () -> HexFormat.of().toHexDigits((int) crc.getValue()));
            }
            case SHA256 -> {
                MessageDigest sha = sha256();
                yield digest(sha::update, () -> HexFormat.of().formatHex(sha.digest()));
            }
        };
    }

    private Digest digest(java.util.function.Consumer<ByteBuffer> update, java.util.function.Supplier<String> hex) {
        return new Digest() {
            @Override
            public void update(ByteBuffer bytes) {
                update.accept(bytes);
            }

            @Override
            public String text() {
                return prefix + hex.get();
            }
        };
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
