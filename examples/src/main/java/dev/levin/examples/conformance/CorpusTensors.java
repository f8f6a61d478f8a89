package dev.levin.examples.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.levin.tensor.Tensor;
import dev.levin.type.DType;
import dev.levin.type.HostArray;
import dev.levin.type.Shape;

/** Tensors as the corpus writes them: elements, or the formula that makes them; sums and samples of expected ones. */
final class CorpusTensors {
    private static final int SUM_SEED = 777;

    private CorpusTensors() {
    }

    static Shape shape(JsonNode e) {
        int[] d = new int[e.get("shape").size()];
        for (int i = 0; i < d.length; i++) {
            d[i] = e.get("shape").get(i).intValue();
        }
        return Shape.of(d);
    }

    static Tensor read(JsonNode e) {
        DType dtype = DType.parse(e.get("dtype").textValue());
        Shape shape = shape(e);
        HostArray out = HostArray.allocate(dtype, shape.numel());
        if (e.has("gen")) {
            generate(e.get("gen"), out);
        } else {
            JsonNode data = e.get("data");
            if (data.size() != out.length()) {
                throw new IllegalArgumentException("a tensor of shape " + shape + " with " + data.size() + " elements");
            }
            for (int i = 0; i < out.length(); i++) {
                if (dtype.isFloat()) {
                    out.setDouble(i, number(data.get(i)));
                } else {
                    out.setLong(i, data.get(i).isBoolean() ? data.get(i).booleanValue() ? 1 : 0 : data.get(i).longValue());
                }
            }
        }
        return Tensor.of(out, shape);
    }

    static double number(JsonNode v) {
        return v.isTextual() ? Double.parseDouble(v.textValue()) : v.doubleValue();
    }

    /** 24 random bits for element i of a seed. */
    private static int raw(int i, int seed) {
        int u = i * 0x9E3779B1 + seed * 0x85EBCA77;
        u ^= u >>> 15;
        u *= 0x2C1B3C6D;
        u ^= u >>> 12;
        u *= 0x297A2D39;
        u ^= u >>> 15;
        return u >>> 8;
    }

    private static double symmetric(int i, int seed) {
        return raw(i, seed) * 0x1p-24 * 2 - 1;
    }

    private static void generate(JsonNode gen, HostArray out) {
        int seed = (int) gen.get("seed").longValue();
        for (int i = 0; i < out.length(); i++) {
            if (gen.has("mod")) {
                out.setLong(i, raw(i, seed) % gen.get("mod").longValue());
            } else if (gen.has("p")) {
                out.setLong(i, raw(i, seed) * 0x1p-24 < gen.get("p").doubleValue() ? 1 : 0);
            } else {
                out.setDouble(i, (float) (gen.get("scale").doubleValue() * symmetric(i, seed) + gen.get("shift").doubleValue()));
            }
        }
    }

    /** The first difference in dtype, shape or values beyond the tolerance, or null. */
    static String difference(Tensor actual, JsonNode expected, double rtol, double atol) {
        String form = form(actual, expected);
        return form != null ? form : expected.has("data") ? elements(actual, expected, rtol, atol)
                : summary(actual.toHost(), expected, rtol, atol);
    }

    /** The first difference in dtype or shape, or null. */
    static String form(Tensor actual, JsonNode expected) {
        DType dtype = DType.parse(expected.get("dtype").textValue());
        Shape shape = shape(expected);
        return actual.dtype() == dtype && actual.shape().equals(shape) ? null
                : actual.dtype() + "" + actual.shape() + ", expected " + dtype + shape;
    }

    private static String elements(Tensor actual, JsonNode expected, double rtol, double atol) {
        HostArray a = actual.toHost();
        JsonNode data = expected.get("data");
        for (int i = 0; i < a.length(); i++) {
            boolean exact = !a.dtype().isFloat();
            if (exact ? a.getLong(i) != integer(data.get(i)) : !close(a.getDouble(i), number(data.get(i)), rtol, atol)) {
                return at(i, actual.shape()) + (exact ? a.getLong(i) : a.getDouble(i)) + ", expected " + data.get(i).asText();
            }
        }
        return null;
    }

    private static long integer(JsonNode v) {
        return v.isBoolean() ? v.booleanValue() ? 1 : 0 : v.longValue();
    }

    private static String at(int flat, Shape s) {
        StringBuilder b = new StringBuilder("[");
        long rest = flat;
        long[] strides = s.strides();
        for (int i = 0; i < strides.length; i++) {
            b.append(i == 0 ? "" : ", ").append(rest / strides[i]);
            rest %= strides[i];
        }
        return b.append("] = ").toString();
    }

    static boolean close(double a, double b, double rtol, double atol) {
        return a == b || Double.isNaN(a) && Double.isNaN(b) || Math.abs(a - b) <= atol + rtol * Math.abs(b);
    }

    private static String summary(HostArray a, JsonNode e, double rtol, double atol) {
        JsonNode idx = e.get("idx");
        for (int i = 0; i < idx.size(); i++) {
            double value = a.getDouble(idx.get(i).intValue());
            double want = number(e.get("val").get(i));
            if (!close(value, want, rtol, atol)) {
                return "element " + idx.get(i) + " = " + value + ", expected " + want;
            }
        }
        double sum = 0;
        double dot = 0;
        for (int i = 0; i < a.length(); i++) {
            sum += a.getDouble(i);
            dot += a.getDouble(i) * symmetric(i, SUM_SEED);
        }
        double allowed = 1e-4 * Math.max(number(e.get("abs_sum")), 1e-6) + atol;
        if (!(Math.abs(sum - number(e.get("sum"))) <= allowed)) {
            return "sum = " + sum + ", expected " + e.get("sum").asText();
        }
        return Math.abs(dot - number(e.get("dot"))) <= allowed ? null : "weighted sum = " + dot + ", expected " + e.get("dot").asText();
    }
}
