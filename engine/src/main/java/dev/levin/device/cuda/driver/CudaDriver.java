package dev.levin.device.cuda.driver;

/**
 * One GPU with its context. Not thread-safe: one thread at a time, which calls {@link #makeCurrent} when it takes over.
 * Functions on a stream return before the work is done. Every method may throw {@link CudaException}.
 */
public interface CudaDriver extends AutoCloseable {
    DeviceInfo info();

    /** Makes the context that of the calling thread. */
    void makeCurrent();

    /** Bytes of memory nobody has. */
    long freeBytes();

    // ---- memory ------------------------------------------------------------------------------------------------------------

    /** Memory that may be used by what follows on the stream. */
    long allocate(long bytes, long stream);

    /** Gives memory back once everything before it on the stream is done. */
    void free(long address, long stream);

    /** Sizes of mapped memory must be multiples of this. */
    long granularity();

    /** A range of addresses without memory. */
    long reserve(long bytes);

    void unreserve(long address, long bytes);

    /** Puts new memory under reserved addresses; returns its handle. */
    long map(long address, long bytes);

    /** Takes the memory of a handle away from its addresses. */
    void unmap(long address, long bytes, long handle);

    /** Host memory that copies use directly; its address is valid in the process. */
    long allocateHost(long bytes);

    void freeHost(long address);

    // ---- streams and events --------------------------------------------------------------------------------------------------

    long createStream();

    void destroyStream(long stream);

    /** Waits until the stream has nothing to do. */
    void synchronize(long stream);

    /** @param timed whether {@link #milliseconds} will be asked */
    long createEvent(boolean timed);

    void destroyEvent(long event);

    void record(long event, long stream);

    boolean isReached(long event);

    /** Waits in the calling thread. */
    void await(long event);

    /** Lets what follows on the stream wait. */
    void waitFor(long stream, long event);

    float milliseconds(long from, long to);

    // ---- copies ----------------------------------------------------------------------------------------------------------------

    void toDevice(long device, long host, long bytes, long stream);

    void toHost(long host, long device, long bytes, long stream);

    void copy(long to, long from, long bytes, long stream);

    void fill(long address, int value, long bytes, long stream);

    // ---- code ------------------------------------------------------------------------------------------------------------------

    long loadModule(byte[] image);

    void unloadModule(long module);

    long function(long module, String name);

    /** @param parameters address of a {@code void*[]} in host memory, read before the method returns */
    void launch(long function, int blocks, int threads, long parameters, long stream);

    // ---- graphs ----------------------------------------------------------------------------------------------------------------

    /** From here on work on the stream is recorded instead of done. */
    void beginCapture(long stream);

    /** Ends recording; returns a graph that can be launched, never 0. */
    long endCapture(long stream);

    void launchGraph(long graph, long stream);

    void destroyGraph(long graph);

    @Override
    void close();
}
