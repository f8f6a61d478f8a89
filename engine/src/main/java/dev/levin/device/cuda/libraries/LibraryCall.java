package dev.levin.device.cuda.libraries;

/** A prepared library call: descriptors made, algorithm chosen, only addresses missing. */
public interface LibraryCall extends AutoCloseable {
    /** Bytes of device memory it works in. */
    long workspaceBytes();

    /**
     * Puts the work on the stream. Safe to capture.
     *
     * @param operands addresses in the order of the spec
     * @param workspace address of {@link #workspaceBytes} bytes, aligned to 256
     */
    void run(long[] operands, long result, long workspace, long stream);

    @Override
    void close();
}
