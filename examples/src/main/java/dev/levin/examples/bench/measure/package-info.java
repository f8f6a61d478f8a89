/**
 * What every implementation of the benchmark on the JVM shares, Levin's and its peers': the generated data, the clock and the line
 * that is printed. Nothing here needs a library.
 */
package dev.levin.examples.bench.measure;
