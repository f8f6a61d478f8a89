/**
 * Measures gathered over batches on the device, read when someone asks; names, defaults and edge rules are those of torchmetrics.
 *
 * <p>{@code update} only records into the current step: nothing waits for the device, so values are not checked there; what torchmetrics
 * warns about (a class without samples, a division by zero, a constant target) is written at the metric that it concerns. Sums are F64
 * whatever the inputs are. A metric is used by one thread at a time; several processes each gather their own and
 * {@linkplain dev.levin.metrics.Metric#mergeState merge} their states.
 */
package dev.levin.metrics;
