/**
 * What "bf16-mixed" or "64-true" means: the dtype of parameters and inputs, the casts inside a step, and loss scaling.
 *
 * <p>A {@link dev.levin.precision.Precision} wraps the step, it does not fork it: everything it does becomes nodes of the
 * step's own program, the decision to skip an overflowed update included. Names and meanings are Lightning's.
 */
package dev.levin.precision;
