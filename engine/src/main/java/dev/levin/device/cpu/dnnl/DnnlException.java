package dev.levin.device.cpu.dnnl;

/** A oneDNN call failed: which one, for what operation and shapes, and with which status. */
public final class DnnlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final String[] NAMES = {"success", "out of memory", "invalid arguments", "unimplemented",
            "last implementation reached", "runtime error", "not required", "invalid graph", "invalid graph operation",
            "invalid shape", "invalid data type"};
    private static final int UNIMPLEMENTED = 3;

    private final int status;

    DnnlException(int status, String call, String what) {
        super("oneDNN " + call + " failed with status " + status + " (" + name(status) + ")"
                + (what.isEmpty() ? "" : " for " + what)
                + (status == UNIMPLEMENTED ? "; this library or CPU has no such kernel, use the generated one" : ""));
        this.status = status;
    }

    private static String name(int status) {
        return status >= 0 && status < NAMES.length ? NAMES[status] : "unknown";
    }

    /** The library's status code, as in {@code dnnl_status_t}. */
    public int status() {
        return status;
    }

    /** True if the library has no implementation for this combination on this CPU: fall back to another kernel. */
    public boolean isUnsupported() {
        return status == UNIMPLEMENTED;
    }
}
