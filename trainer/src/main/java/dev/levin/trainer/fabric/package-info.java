/**
 * Keep your own loop: {@link dev.levin.trainer.fabric.Fabric} places models, optimizers and data on devices, and brings
 * precision, strategies, logging and checkpoints to it, without a Trainer.
 *
 * <p>Objects are set up once and belong to the thread that launched; the Fabric is closed at the end.
 */
package dev.levin.trainer.fabric;
