package dev.levin.device.cpu.dnnl;

/**
 * Layouts of a convolution's operands, or of their gradients. Null stands for plain when an operation is made, and for
 * "the library may choose" in {@link Dnnl#preferred}.
 *
 * @param src     {@code [N, C, S...]}
 * @param weights {@code [O, C, K...]}, or {@code [G, O / G, C / G, K...]} for a grouped convolution
 * @param dst     {@code [N, O, T...]}
 */
public record ConvLayouts(DnnlLayout src, DnnlLayout weights, DnnlLayout dst) {
    /** All plain (or, when asking for preferences, all free). */
    public static final ConvLayouts NONE = new ConvLayouts(null, null, null);
}
