/**
 * Whole-model benchmarks: the workloads of docs/benchmarks.md, one process per measurement, so that a peer can be measured in
 * turn on the same machine. {@code examples/bench.sh} runs both and prints ratios.
 */
package dev.levin.examples.bench;
