/**
 * What every device does with a plan on the host: the numbers that kernels read, errors told in the user's terms, and
 * events for the JDK's Flight Recorder.
 */
package dev.levin.device.run;
