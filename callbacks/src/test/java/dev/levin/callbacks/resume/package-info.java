/** Runs that are killed and resumed, in all the ways a run can be set up. */
package dev.levin.callbacks.resume;
