package dev.levin.device.cpu.dnnl;

import dev.levin.type.DType;

/**
 * What the loaded library makes of this CPU.
 *
 * @param version      e.g. {@code 3.11.0}
 * @param isa          the instruction set its kernels use, e.g. {@code avx512_core_bf16}
 * @param fastBf16     the CPU multiplies BF16 natively; without it BF16 may work, but not faster than F32
 * @param fastF16      the same for F16
 * @param bf16         BF16 matmul and convolution are available at all
 * @param f16          F16 matmul and convolution are available at all
 * @param path         the file the library was loaded from
 */
public record CpuFeatures(String version, String isa, boolean bf16, boolean fastBf16, boolean f16, boolean fastF16,
        String path) {

    /** True if operations on this type exist: F32 always, the 16-bit floats as the CPU allows. */
    public boolean supports(DType dtype) {
        return switch (dtype) {
            case F32 -> true;
            case BF16 -> bf16;
            case F16 -> f16;
            default -> false;
        };
    }

    static String isaName(int isa) {
        return switch (isa) {
            case 0x1 -> "sse41";
            case 0x3 -> "avx";
            case 0x7 -> "avx2";
            case 0xf -> "avx2_vnni";
            case 0x1f -> "avx2_vnni_2";
            case 0x27 -> "avx512_core";
            case 0x67 -> "avx512_core_vnni";
            case 0xe7 -> "avx512_core_bf16";
            case 0x1ef -> "avx512_core_fp16";
            case 0xfef -> "avx512_core_amx";
            case 0x1fef -> "avx512_core_amx_fp16";
            case 0x201ff -> "avx10_2_512";
            case 0x22fff -> "avx10_2_512_amx_2";
            default -> isa == 0 ? "generic" : "isa 0x" + Integer.toHexString(isa);
        };
    }
}
