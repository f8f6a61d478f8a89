/**
 * Machine code for x86-64 with AVX-512: an assembler for the few instructions kernels need, and memory to run it from.
 * Knows nothing of kernels.
 */
package dev.levin.kernel.x64;
