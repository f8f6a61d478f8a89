/**
 * Runners that compare Levin with reference results in folders of a fixed format: one line a case, passed or failed,
 * with the first difference of each failure. The command line offers them as {@code levin conformance KIND DIR}.
 */
package dev.levin.examples.conformance;
