package dev.levin.device.cuda;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.driver.DeviceInfo;
import java.lang.foreign.Arena;

/** A GPU that compiles nothing and runs nothing: plans are made for it to see their kernels. */
final class SilentDriver implements CudaDriver {
    private final DeviceInfo info;
    private long next = 1L << 40;

    SilentDriver(int capability, int processors) {
        info = new DeviceInfo("nothing", capability, processors, 1L << 36);
    }

    private long handle(long bytes) {
        long h = next;
        next += (bytes + 511) / 512 * 512 + 512;
        return h;
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public void makeCurrent() {
        // any thread will do
    }

    @Override
    public long freeBytes() {
        return 1L << 50;
    }

    @Override
    public long allocate(long bytes, long stream) {
        return handle(bytes);
    }

    @Override
    public void free(long address, long stream) {
        // addresses are not used again
    }

    @Override
    public long granularity() {
        return 2 << 20;
    }

    @Override
    public long reserve(long bytes) {
        return handle(bytes);
    }

    @Override
    public void unreserve(long address, long bytes) {
        // nothing was reserved
    }

    @Override
    public long map(long address, long bytes) {
        return handle(1);
    }

    @Override
    public void unmap(long address, long bytes, long handle) {
        // nothing was mapped
    }

    @Override
    public long allocateHost(long bytes) {
        return Arena.global().allocate(bytes, 64).address();
    }

    @Override
    public void freeHost(long address) {
        // lives as long as the process
    }

    @Override
    public long createStream() {
        return handle(1);
    }

    @Override
    public void destroyStream(long stream) {
        // nothing runs
    }

    @Override
    public void synchronize(long stream) {
        // nothing runs
    }

    @Override
    public long createEvent(boolean timed) {
        return handle(1);
    }

    @Override
    public void destroyEvent(long event) {
        // nothing runs
    }

    @Override
    public void record(long event, long stream) {
        // nothing runs
    }

    @Override
    public boolean isReached(long event) {
        return true;
    }

    @Override
    public void await(long event) {
        // nothing runs
    }

    @Override
    public void waitFor(long stream, long event) {
        // nothing runs
    }

    @Override
    public float milliseconds(long from, long to) {
        return 0;
    }

    @Override
    public void toDevice(long device, long host, long bytes, long stream) {
        // nothing runs
    }

    @Override
    public void toHost(long host, long device, long bytes, long stream) {
        // nothing runs
    }

    @Override
    public void copy(long to, long from, long bytes, long stream) {
        // nothing runs
    }

    @Override
    public void fill(long address, int value, long bytes, long stream) {
        // nothing runs
    }

    @Override
    public long loadModule(byte[] image) {
        return handle(1);
    }

    @Override
    public void unloadModule(long module) {
        // nothing was loaded
    }

    @Override
    public long function(long module, String name) {
        return handle(1);
    }

    @Override
    public void launch(long function, int blocks, int threads, long parameters, long stream) {
        // nothing runs
    }

    @Override
    public void beginCapture(long stream) {
        // nothing runs
    }

    @Override
    public long endCapture(long stream) {
        return handle(1);
    }

    @Override
    public void launchGraph(long graph, long stream) {
        // nothing runs
    }

    @Override
    public void destroyGraph(long graph) {
        // nothing runs
    }

    @Override
    public void close() {
        // nothing is held
    }
}
