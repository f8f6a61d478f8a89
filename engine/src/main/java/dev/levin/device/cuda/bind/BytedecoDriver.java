package dev.levin.device.cuda.bind;

import static org.bytedeco.cuda.global.cudart.*;

import dev.levin.device.cuda.driver.CudaDriver;
import dev.levin.device.cuda.driver.DeviceInfo;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmemAccessDesc_v1;
import org.bytedeco.cuda.cudart.CUmemAllocationProp_v1;
import org.bytedeco.cuda.cudart.CUmemPoolHandle_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;

/** The NVIDIA driver. Handles are positions in lists, so that a launch costs two list look-ups and one JNI call. */
public final class BytedecoDriver implements CudaDriver {
    private final int device;
    private final CUctx_st context = new CUctx_st();
    private final DeviceInfo info;
    private final CUmemAllocationProp_v1 properties = new CUmemAllocationProp_v1();
    private final CUmemAccessDesc_v1 access = new CUmemAccessDesc_v1();
    private final List<CUstream_st> streams = new ArrayList<>();
    private final List<CUevent_st> events = new ArrayList<>();
    private final List<CUmod_st> modules = new ArrayList<>();
    private final List<CUfunc_st> functions = new ArrayList<>();
    private final List<CUgraphExec_st> graphs = new ArrayList<>();
    private final Address host = new Address();
    private final Address.Array parameterArray = new Address.Array();
    private final Address.Array none = new Address.Array();
    private final long[] result = new long[1];
    private final long granularity;

    public BytedecoDriver(int index) {
        try (PointerScope _ = new PointerScope()) {
            Status.driver(cuInit(0), "cuInit");
            int[] v = new int[1];
            Status.driver(cuDeviceGet(v, index), "cuDeviceGet " + index);
            device = v[0];
            byte[] name = new byte[256];
            Status.driver(cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
            SizeTPointer bytes = new SizeTPointer(1);
            Status.driver(cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
            int length = 0;
            while (name[length] != 0) {
                length++;
            }
            info = new DeviceInfo(new String(name, 0, length, StandardCharsets.UTF_8),
                    10 * attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) + attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                    attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT), bytes.get());
            // the primary context is the one that cuBLAS and cuDNN use
            Status.driver(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
            Status.driver(cuCtxSetCurrent(context), "cuCtxSetCurrent");
            properties.zero();
            properties.type(CU_MEM_ALLOCATION_TYPE_PINNED);
            properties.location().type(CU_MEM_LOCATION_TYPE_DEVICE);
            properties.location().id(device);
            access.zero();
            access.location().type(CU_MEM_LOCATION_TYPE_DEVICE);
            access.location().id(device);
            access.flags(CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
            SizeTPointer size = new SizeTPointer(1);
            Status.driver(cuMemGetAllocationGranularity(size, properties, CU_MEM_ALLOC_GRANULARITY_RECOMMENDED), "cuMemGetAllocationGranularity");
            granularity = size.get();
            CUmemPoolHandle_st pool = new CUmemPoolHandle_st();
            Status.driver(cuDeviceGetDefaultMemPool(pool, device), "cuDeviceGetDefaultMemPool");
            // freed memory stays in the pool: giving it to the system waits for the device
            Status.driver(cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, new LongPointer(new long[] {-1L})), "cuMemPoolSetAttribute");
        }
    }

    private int attribute(int which) {
        int[] v = new int[1];
        Status.driver(cuDeviceGetAttribute(v, which, device), "cuDeviceGetAttribute " + which);
        return v[0];
    }

    /** The stream's own handle, for libraries. */
    CUstream_st stream(long stream) {
        return streams.get((int) stream);
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    public void makeCurrent() {
        Status.driver(cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    @Override
    public long freeBytes() {
        try (SizeTPointer free = new SizeTPointer(1); SizeTPointer total = new SizeTPointer(1)) {
            Status.driver(cuMemGetInfo(free, total), "cuMemGetInfo");
            return free.get();
        }
    }

    // ---- memory ------------------------------------------------------------------------------------------------------------

    @Override
    public long allocate(long bytes, long stream) {
        Status.driver(cuMemAllocAsync(result, bytes, stream(stream)), "allocation of " + bytes + " bytes");
        return result[0];
    }

    @Override
    public void free(long address, long stream) {
        Status.driver(cuMemFreeAsync(address, stream(stream)), "cuMemFreeAsync");
    }

    @Override
    public long granularity() {
        return granularity;
    }

    @Override
    public long reserve(long bytes) {
        long size = (bytes + granularity - 1) / granularity * granularity;
        Status.driver(cuMemAddressReserve(result, size, 0, 0, 0), "reservation of " + size + " bytes of addresses");
        return result[0];
    }

    @Override
    public void unreserve(long address, long bytes) {
        Status.driver(cuMemAddressFree(address, bytes), "cuMemAddressFree");
    }

    @Override
    public long map(long address, long bytes) {
        Status.driver(cuMemCreate(result, bytes, properties, 0), "allocation of " + bytes + " bytes");
        long handle = result[0];
        int r = cuMemMap(address, bytes, 0, handle, 0);
        if (r == 0) {
            r = cuMemSetAccess(address, bytes, access, 1);
            if (r != 0) {
                cuMemUnmap(address, bytes);
            }
        }
        if (r != 0) {
            cuMemRelease(handle);
        }
        Status.driver(r, "mapping of " + bytes + " bytes");
        return handle;
    }

    @Override
    public void unmap(long address, long bytes, long handle) {
        Status.driver(cuMemUnmap(address, bytes), "cuMemUnmap");
        Status.driver(cuMemRelease(handle), "cuMemRelease");
    }

    @Override
    public long allocateHost(long bytes) {
        Pointer p = new Address();
        Status.driver(cuMemHostAlloc(p, bytes, CU_MEMHOSTALLOC_PORTABLE), "allocation of " + bytes + " bytes of pinned host memory");
        return p.address();
    }

    @Override
    public void freeHost(long address) {
        Status.driver(cuMemFreeHost(host.at(address)), "cuMemFreeHost");
    }

    // ---- streams and events --------------------------------------------------------------------------------------------------

    /** Adds to a list, in a free place if there is one. */
    private static <T> long add(List<T> list, T element) {
        int free = list.indexOf(null);
        if (free >= 0) {
            list.set(free, element);
            return free;
        }
        list.add(element);
        return list.size() - 1;
    }

    private static <T> T remove(List<T> list, long handle) {
        return list.set((int) handle, null);
    }

    @Override
    public long createStream() {
        CUstream_st s = new CUstream_st();
        Status.driver(cuStreamCreate(s, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        return add(streams, s);
    }

    @Override
    public void destroyStream(long stream) {
        Status.driver(cuStreamDestroy(remove(streams, stream)), "cuStreamDestroy");
    }

    @Override
    public void synchronize(long stream) {
        Status.driver(cuStreamSynchronize(stream(stream)), "waiting for the GPU");
    }

    @Override
    public long createEvent(boolean timed) {
        CUevent_st e = new CUevent_st();
        Status.driver(cuEventCreate(e, timed ? CU_EVENT_DEFAULT : CU_EVENT_DISABLE_TIMING), "cuEventCreate");
        events.add(e);
        return events.size() - 1;
    }

    private CUevent_st event(long event) {
        return events.get((int) event);
    }

    @Override
    public void destroyEvent(long event) {
        Status.driver(cuEventDestroy(remove(events, event)), "cuEventDestroy");
    }

    @Override
    public void record(long event, long stream) {
        Status.driver(cuEventRecord(event(event), stream(stream)), "cuEventRecord");
    }

    @Override
    public boolean isReached(long event) {
        int r = cuEventQuery(event(event));
        if (r == 600) {
            return false;
        }
        Status.driver(r, "work on the GPU");
        return true;
    }

    @Override
    public void await(long event) {
        Status.driver(cuEventSynchronize(event(event)), "work on the GPU");
    }

    @Override
    public void waitFor(long stream, long event) {
        Status.driver(cuStreamWaitEvent(stream(stream), event(event), 0), "cuStreamWaitEvent");
    }

    @Override
    public float milliseconds(long from, long to) {
        float[] ms = new float[1];
        Status.driver(cuEventElapsedTime(ms, event(from), event(to)), "cuEventElapsedTime");
        return ms[0];
    }

    // ---- copies ----------------------------------------------------------------------------------------------------------------

    @Override
    public void toDevice(long to, long from, long bytes, long stream) {
        Status.driver(cuMemcpyHtoDAsync(to, host.at(from), bytes, stream(stream)), "copy of " + bytes + " bytes to the GPU");
    }

    @Override
    public void toHost(long to, long from, long bytes, long stream) {
        Status.driver(cuMemcpyDtoHAsync(host.at(to), from, bytes, stream(stream)), "copy of " + bytes + " bytes from the GPU");
    }

    @Override
    public void copy(long to, long from, long bytes, long stream) {
        Status.driver(cuMemcpyDtoDAsync(to, from, bytes, stream(stream)), "copy of " + bytes + " bytes on the GPU");
    }

    @Override
    public void fill(long address, int value, long bytes, long stream) {
        Status.driver(cuMemsetD8Async(address, (byte) value, bytes, stream(stream)), "fill of " + bytes + " bytes");
    }

    // ---- code ------------------------------------------------------------------------------------------------------------------

    @Override
    public long loadModule(byte[] image) {
        try (BytePointer p = new BytePointer(image)) {
            CUmod_st m = new CUmod_st();
            Status.driver(cuModuleLoadData(m, p), "loading of compiled kernels");
            return add(modules, m);
        }
    }

    @Override
    public void unloadModule(long module) {
        Status.driver(cuModuleUnload(remove(modules, module)), "cuModuleUnload");
    }

    @Override
    public long function(long module, String name) {
        CUfunc_st f = new CUfunc_st();
        Status.driver(cuModuleGetFunction(f, modules.get((int) module), name), "looking up " + name);
        functions.add(f);
        return functions.size() - 1;
    }

    @Override
    public void launch(long function, int blocks, int threads, long parameters, long stream) {
        int r = cuLaunchKernel(functions.get((int) function), blocks, 1, 1, threads, 1, 1, 0, streams.get((int) stream),
                parameterArray.at(parameters), none);
        if (r != 0) {
            Status.driver(r, "launch of " + blocks + " x " + threads + " threads");
        }
    }

    // ---- graphs ----------------------------------------------------------------------------------------------------------------

    @Override
    public void beginCapture(long stream) {
        Status.driver(cuStreamBeginCapture(stream(stream), CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "cuStreamBeginCapture");
    }

    @Override
    public long endCapture(long stream) {
        CUgraph_st graph = new CUgraph_st();
        Status.driver(cuStreamEndCapture(stream(stream), graph), "capture of a graph");
        CUgraphExec_st exec = new CUgraphExec_st();
        int r = cuGraphInstantiate(exec, graph, 0);
        cuGraphDestroy(graph);
        Status.driver(r, "cuGraphInstantiate");
        return add(graphs, exec) + 1;
    }

    @Override
    public void launchGraph(long graph, long stream) {
        Status.driver(cuGraphLaunch(graphs.get((int) graph - 1), stream(stream)), "launch of a graph");
    }

    @Override
    public void destroyGraph(long graph) {
        Status.driver(cuGraphExecDestroy(remove(graphs, graph - 1)), "cuGraphExecDestroy");
    }

    @Override
    public void close() {
        Status.driver(cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease");
    }
}
