/**
 * Finds settings by trial: a learning rate, a batch size. Trials run on Trainers of their own, and put weights, random
 * numbers and loader positions back as they were.
 */
package dev.levin.trainer.tuner;
