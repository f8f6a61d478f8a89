/**
 * What Levin asks of NVIDIA's libraries: matrix products and convolutions, as specs that become calls. A library that has
 * none for a spec answers null, and Levin's own kernels do it. {@code device.cuda.bind} implements this over cuBLASLt and
 * cuDNN, tests over the reference interpreter.
 */
package dev.levin.device.cuda.libraries;
