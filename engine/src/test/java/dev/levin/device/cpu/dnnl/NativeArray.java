package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Test data in native memory with its values as doubles: what the library reads, and what the expected value is made of. */
final class NativeArray {
    final DType dtype;
    final int length;
    final MemorySegment segment;

    NativeArray(DType dtype, long length) {
        this.dtype = dtype;
        this.length = Math.toIntExact(length);
        segment = Arena.ofAuto().allocate(Math.max(64, length * dtype.bytes()), 64);
    }

    static NativeArray random(DType dtype, long length, Random random) {
        var a = new NativeArray(dtype, length);
        var host = HostArray.allocate(dtype, length);
        for (int i = 0; i < length; i++) {
            host.setDouble(i, random.nextGaussian());
        }
        MemorySegment.copy(host.segment(), 0, a.segment, 0, host.bytes());
        return a;
    }

    static NativeArray of(float... values) {
        var a = new NativeArray(DType.F32, values.length);
        MemorySegment.copy(MemorySegment.ofArray(values), 0, a.segment, 0, 4L * values.length);
        return a;
    }

    NativeArray copy() {
        var a = new NativeArray(dtype, length);
        a.segment.copyFrom(segment);
        return a;
    }

    long address() {
        return segment.address();
    }

    HostArray host() {
        return HostArray.allocate(dtype, length).copyFrom(segment);
    }

    double[] doubles() {
        HostArray h = host();
        double[] d = new double[length];
        for (int i = 0; i < length; i++) {
            d[i] = h.getDouble(i);
        }
        return d;
    }
}
