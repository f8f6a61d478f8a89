/**
 * The driver, NVRTC, cuBLASLt, cuDNN, NCCL and NVML through the Bytedeco presets: the only package that names their
 * classes. Nothing here may be touched before {@link dev.levin.device.cuda.load.CudaInstallation} says that CUDA can be
 * used.
 *
 * <p>Rules: device addresses are {@code long}s and become pointers only for the length of a call, in objects that are used
 * again; temporaries live in a {@code PointerScope}; handles have owners that close them; only functions of CUDA 13.0 are
 * called, since a missing one ends the process.
 */
package dev.levin.device.cuda.bind;
