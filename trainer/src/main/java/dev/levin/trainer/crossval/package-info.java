/**
 * Cross-validation: one training run per fold, and a report over all of them. Built on the Trainer's public face alone.
 */
package dev.levin.trainer.crossval;
