package dev.levin.device.cuda.driver;

/**
 * What a GPU is.
 *
 * @param capability ten times the major plus the minor number of its compute capability
 * @param processors number of multiprocessors
 * @param bytes of memory
 */
public record DeviceInfo(String name, int capability, int processors, long bytes) {
}
