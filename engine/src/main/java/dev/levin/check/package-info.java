/**
 * Compares devices with the reference interpreter on random programs.
 *
 * <p>{@link dev.levin.check.Fuzzer} is the way in. A {@link dev.levin.check.Sample} is a program with the values of its
 * leaves; {@link dev.levin.check.Oracle} knows what its results are and how far
 * rounding moves each of them, its {@link dev.levin.check.Enclosure} how far rounding could at the most.
 */
package dev.levin.check;
