package dev.levin.device.cuda.memory;

/** The GPU has too little memory; the message lists who holds it. */
public final class OutOfDeviceMemory extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    OutOfDeviceMemory(String message, Throwable cause) {
        super(message, cause);
    }
}
