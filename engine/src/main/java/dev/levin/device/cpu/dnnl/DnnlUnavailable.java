package dev.levin.device.cpu.dnnl;

/** oneDNN cannot be used on this machine; the message says why and what to do. */
public final class DnnlUnavailable extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    DnnlUnavailable(String reason) {
        super(reason);
    }
}
