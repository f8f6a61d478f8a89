package dev.levin.device.cpu.dnnl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.levin.type.DType;
import dev.levin.type.HostArray;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReluTest {
    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"BF16", "F16"})
    void every16BitPattern(DType dtype) {
        assumeTrue(Dnnl.availability().available(), Dnnl.availability().reason());
        short[] all = new short[(1 << 16) - 1];
        for (int i = 0; i < all.length; i++) {
            all[i] = (short) (i * 40503);
        }
        var a = new NativeArray(dtype, all.length + 1);
        MemorySegment.copy(MemorySegment.ofArray(all), 0, a.segment, 2, 2L * all.length);
        // From an address that is not a multiple of four.
        Relu.inPlace(dtype, a.address() + 2, all.length);
        HostArray in = HostArray.wrap(dtype, all);
        HostArray out = HostArray.allocate(dtype, all.length).copyFrom(a.segment.asSlice(2));
        for (int i = 0; i < all.length; i++) {
            double x = in.getDouble(i);
            assertEquals(Double.isNaN(x) ? x : x > 0 ? x : 0.0, out.getDouble(i), "relu of " + x);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void floats(boolean inJava) {
        assumeTrue(Dnnl.availability().available(), Dnnl.availability().reason());
        float[] each = {0f, -0f, 1f, -1f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY,
            Float.NaN, Float.intBitsToFloat(0xffc00000), Float.intBitsToFloat(0xff800001), Float.MAX_VALUE, -Float.MAX_VALUE};
        // more than a vector, and a rest
        float[] values = new float[20 * each.length + 5];
        for (int i = 0; i < values.length; i++) {
            values[i] = each[i % each.length];
        }
        var a = NativeArray.of(values);
        if (inJava) {
            Relu.inJava(DType.F32, a.address(), values.length);
        } else {
            Relu.inPlace(DType.F32, a.address(), values.length);
        }
        double[] got = a.doubles();
        for (int i = 0; i < values.length; i++) {
            assertEquals(Float.isNaN(values[i]) ? Double.NaN : values[i] > 0 ? values[i] : 0.0, got[i], "relu of " + values[i]);
        }
    }
}
