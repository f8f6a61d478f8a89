/**
 * Finding out whether CUDA can be used, without touching anything that could fail for ever.
 *
 * <p>{@link dev.levin.device.cuda.load.DriverProbe} asks the driver through {@code java.lang.foreign};
 * {@link dev.levin.device.cuda.load.LibrarySearch} looks for NVIDIA's libraries on the disk;
 * {@link dev.levin.device.cuda.load.CudaInstallation} judges both and loads the libraries in the order in which they need
 * each other. Until it says that all is well, no class of the Bytedeco presets may be initialised: a preset that fails
 * once stays broken for the life of the JVM.
 */
package dev.levin.device.cuda.load;
