/** What every device does with a plan on the host: the numbers that kernels read, and errors told in the user's terms. */
package dev.levin.device.run;
