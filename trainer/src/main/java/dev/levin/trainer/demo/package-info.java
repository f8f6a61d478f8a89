/** Toy models and data: the smallest things a Trainer runs, for tests, bug reports and documentation. */
package dev.levin.trainer.demo;
