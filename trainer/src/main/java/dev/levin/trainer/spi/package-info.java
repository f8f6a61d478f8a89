/**
 * What other modules provide to the Trainer by {@link java.util.ServiceLoader}: its defaults. On the path they are used;
 * off the path the Trainer runs without them.
 */
package dev.levin.trainer.spi;
