package dev.levin.device;

/** The asked-for device is not there or can't be used; the message says what is missing. */
public final class DeviceUnavailableException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public DeviceUnavailableException(String message) {
        super(message);
    }
}
