package dev.levin.device.cuda.driver;

/** Makes code that {@link CudaDriver#loadModule} takes. Thread-safe. */
public interface KernelCompiler {
    /** Name and version, part of the key under which code is kept. */
    String version();

    /**
     * @param capability of the device, as 90
     * @throws IllegalStateException with the compiler's log
     */
    byte[] compile(String source, int capability);
}
