/**
 * Profilers: what a run spends its time on. {@link dev.levin.trainer.profiler.SimpleProfiler} adds up actions,
 * {@link dev.levin.trainer.profiler.AdvancedProfiler} records them with the JDK's Flight Recorder,
 * {@link dev.levin.trainer.profiler.ChromeTraceProfiler} writes them as a trace for a browser.
 */
package dev.levin.trainer.profiler;
