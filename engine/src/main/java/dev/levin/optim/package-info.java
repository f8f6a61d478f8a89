/**
 * Optimizers and learning-rate schedulers with PyTorch's names, defaults and update formulas.
 *
 * <p>An optimizer records its update like any other computation; inside a step it becomes part of the step's program.
 * Numbers that change from step to step (learning rate, weight decay, momentum) are run-time scalars, so a schedule
 * never makes a new plan. Step counters live on the device, so that a skipped update (an overflow under loss scaling)
 * does not count. Not thread-safe.
 */
package dev.levin.optim;
