/** Profilers: what a run spends its time on, by action. */
package dev.levin.trainer.profiler;
