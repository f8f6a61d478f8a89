package dev.levin.kernel.jvm;

import java.util.Map;

/** Tables of sixteen floats, from which passes take elements by the low four bits of a value: one register, one instruction. */
final class Tables {
    static final int SIZE = 16;

    /** Coefficients of the polynomials of {@link F32Math#erf}, lowest power first, by piece. */
    static final float[] ERF0 = {
        0.0f, 2.9307994e-1f, 5.4794383e-1f, 7.406747e-1f, 8.6741424e-1f, 9.39889e-1f, 9.7592777e-1f, 9.9151087e-1f,
        9.9736995e-1f, 9.992855e-1f, 9.9983007e-1f, 9.9996465e-1f, 9.9999356e-1f, 9.99999e-1f, 9.999999e-1f, 1.0f};
    static final float[] ERF1 = {
        1.1283792f, 1.051372f, 8.504725e-1f, 5.972645e-1f, 3.6414614e-1f, 1.9274688e-1f, 8.857305e-2f, 3.533611e-2f,
        1.2238816e-2f, 3.6801558e-3f, 9.6075033e-4f, 2.1778535e-4f, 4.289795e-5f, 7.376369e-6f, 1.1438435e-6f, 1.9835738e-7f};
    static final float[] ERF2 = {
        2.1282438e-7f, -2.7952248e-1f, -4.5222446e-1f, -4.7637305e-1f, -3.8725623e-1f, -2.562275e-1f, -1.4129515e-1f,
        -6.576356e-2f, -2.6017996e-2f, -8.804898e-3f, -2.5580735e-3f, -6.378848e-4f, -1.3041445e-4f, -2.7816695e-5f,
        -1.3810686e-5f, -9.182137e-6f};
    static final float[] ERF3 = {
        -3.7614068e-1f, -3.0094364e-1f, -1.2320146e-1f, 5.421213e-2f, 1.531794e-1f, 1.628282e-1f, 1.207402e-1f, 6.9817364e-2f,
        3.2832623e-2f, 1.2820414e-2f, 4.206724e-3f, 1.1687478e-3f, 2.763511e-4f, 5.581477e-5f, 9.655128e-6f, -5.610755e-6f};
    static final float[] ERF4 = {
        2.8496314e-4f, 1.3218422e-1f, 1.8241408e-1f, 1.3626999e-1f, 4.7565244e-2f, -2.2404402e-2f, -4.8814546e-2f, -4.295341e-2f,
        -2.7020203e-2f, -1.2509804e-2f, -4.558352e-3f, -1.4503249e-3f, -7.548207e-4f, 5.2674473e-5f, 5.344136e-4f, 5.5033754e-4f};
    static final float[] ERF5 = {
        1.10943094e-1f, 7.729835e-2f, -8.9397834e-4f, -5.9319418e-2f, -6.599166e-2f, -3.6757447e-2f, -5.05825e-3f, 1.0918738e-2f,
        1.240687e-2f, 8.0316495e-3f, 3.8028713e-3f, 1.4163988e-3f, 4.2871817e-4f, 1.0738139e-4f, 2.250187e-5f, 9.002567e-4f};

    private static final Map<String, float[]> BY_NAME = Map.of("ERF0", ERF0, "ERF1", ERF1, "ERF2", ERF2, "ERF3", ERF3, "ERF4", ERF4, "ERF5", ERF5);

    private Tables() {
    }

    /** Bits of a table, as a register holds them. */
    static int[] bits(String name) {
        float[] table = BY_NAME.get(name);
        int[] bits = new int[SIZE];
        for (int k = 0; k < SIZE; k++) {
            bits[k] = Float.floatToRawIntBits(table[k]);
        }
        return bits;
    }

    static float lookup(float[] table, float index) {
        return table[Float.floatToRawIntBits(index) & SIZE - 1];
    }
}
