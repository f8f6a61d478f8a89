package dev.levin.io;

import java.nio.file.Path;

/**
 * Bytes that a file may still make a reader copy. References, views and zero strides let a small file describe a huge
 * result; this keeps what is allocated in proportion to the file.
 */
final class Budget {
    private static final int FACTOR = 8;
    private static final long FREE = 1 << 20;

    private final Path file;
    private final long total;
    private long left;

    Budget(Path file, long fileSize) {
        this.file = file;
        this.total = FREE + FACTOR * fileSize;
        this.left = total;
    }

    /** @throws FormatException if the file has used up what its size allows */
    void spend(long bytes) throws FormatException {
        if (bytes > left) {
            throw new FormatException(file, "expands to far more data than it holds (over " + total + " bytes, by shared or "
                    + "repeated contents); save contiguous copies of expanded tensors instead");
        }
        left -= bytes;
    }
}
