package dev.levin.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Tensors as the corpus writes them, and how near results must come. */
final class CaseTensors {
    private CaseTensors() {
    }

    static Tensor read(JsonNode e) {
        DType dtype = DType.parse(e.get("dtype").textValue());
        int[] dims = new int[e.get("shape").size()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = e.get("shape").get(i).intValue();
        }
        Shape shape = Shape.of(dims);
        HostArray out = HostArray.allocate(dtype, shape.numel());
        for (int i = 0; i < out.length(); i++) {
            JsonNode v = e.get("data").get(i);
            if (dtype.isFloat()) {
                out.setDouble(i, number(v));
            } else {
                out.setLong(i, integer(v));
            }
        }
        return Tensor.of(out, shape);
    }

    static double number(JsonNode v) {
        return v.isTextual() ? Double.parseDouble(v.textValue()) : v.doubleValue();
    }

    private static long integer(JsonNode v) {
        return v.isBoolean() ? v.booleanValue() ? 1 : 0 : v.longValue();
    }

    /** The first difference in dtype, shape or values beyond the tolerance, or null. */
    static String difference(Tensor actual, JsonNode expected, double rtol, double atol) {
        Tensor want = read(expected);
        if (actual.dtype() != want.dtype() || !actual.shape().equals(want.shape())) {
            return actual.dtype() + "" + actual.shape() + ", expected " + want.dtype() + want.shape();
        }
        double[] a = actual.toDoubles();
        double[] b = want.toDoubles();
        for (int i = 0; i < a.length; i++) {
            boolean close = a[i] == b[i] || Double.isNaN(a[i]) && Double.isNaN(b[i]) || Math.abs(a[i] - b[i]) <= atol + rtol * Math.abs(b[i]);
            if (!close) {
                return "element " + i + " of " + actual.shape() + " is " + a[i] + ", expected " + b[i];
            }
        }
        return null;
    }
}
