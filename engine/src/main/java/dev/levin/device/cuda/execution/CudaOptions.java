package dev.levin.device.cuda.execution;

/**
 * How a GPU runs plans.
 *
 * @param tf32 F32 products and convolutions may round operands to 10 bits of mantissa
 * @param deterministic the same program gives the same bits each time, also where a library has a faster way
 * @param capture plans that run often become CUDA graphs
 * @param sync wait after each launch, so that an error names the launch it came from
 * @param ranges plans and launches show as ranges in NVIDIA's profilers
 * @param tune products are timed when they are first met; the fastest algorithm is kept on disk
 */
public record CudaOptions(boolean tf32, boolean deterministic, boolean capture, boolean sync, boolean ranges, boolean tune) {
    public static final CudaOptions DEFAULT = new CudaOptions(false, false, true, false, false, false);

    /** Reads {@code levin.cuda.tf32, deterministic, capture, sync, nvtx, tune = true|false}. */
    public static CudaOptions fromSystemProperties() {
        return new CudaOptions(flag("tf32", DEFAULT.tf32), flag("deterministic", DEFAULT.deterministic), flag("capture", DEFAULT.capture),
                flag("sync", DEFAULT.sync), flag("nvtx", DEFAULT.ranges), flag("tune", DEFAULT.tune));
    }

    private static boolean flag(String name, boolean otherwise) {
        String v = System.getProperty("levin.cuda." + name);
        if (v == null) {
            return otherwise;
        }
        if (!v.equals("true") && !v.equals("false")) {
            throw new IllegalArgumentException("levin.cuda." + name + "=" + v + " must be true or false");
        }
        return v.equals("true");
    }

    public CudaOptions withTf32(boolean on) {
        return new CudaOptions(on, deterministic, capture, sync, ranges, tune);
    }

    public CudaOptions withCapture(boolean on) {
        return new CudaOptions(tf32, deterministic, on, sync, ranges, tune);
    }

    public CudaOptions withSync(boolean on) {
        return new CudaOptions(tf32, deterministic, capture, on, ranges, tune);
    }

    public CudaOptions withDeterministic(boolean on) {
        return new CudaOptions(tf32, on, capture, sync, ranges, tune);
    }
}
