/** Measures gathered over batches on the device, read when someone asks. */
package dev.levin.metrics;
