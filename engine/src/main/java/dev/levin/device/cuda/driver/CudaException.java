package dev.levin.device.cuda.driver;

/** A CUDA call failed. After an error of a kernel (illegal address, assertion) the device can't be used any more. */
public final class CudaException extends IllegalStateException {
    private static final long serialVersionUID = 1L;
    private static final int OUT_OF_MEMORY = 2;

    private final int code;

    /** @param code what the function returned */
    public CudaException(String what, int code, String name) {
        super(what + " failed: " + name + " (" + code + ")" + advice(code));
        this.code = code;
    }

    private static String advice(int code) {
        return switch (code) {
            case 700, 716, 717, 718, 719 -> "; a kernel read or wrote where it must not. The device is unusable until the process ends; "
                    + "run with -Dlevin.cuda.sync=true to learn which launch it was";
            case 209, 218, 222 -> "; the compiled kernel does not fit this GPU or driver. Empty the cubin cache (-Dlevin.cuda.cache=FOLDER) and retry";
            default -> "";
        };
    }

    public int code() {
        return code;
    }

    public boolean isOutOfMemory() {
        return code == OUT_OF_MEMORY;
    }
}
