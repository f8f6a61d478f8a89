/**
 * Parts of a step by JMH: products, convolutions, rows, updates, the description of a step, the loader. Tensors stay on the device; a
 * call does the same thing to {@value dev.levin.jmh.Parts#MANY} operands, so that describing a step weighs little beside what it does,
 * and runs follow each other without waiting for results, as in training. Times are of one operation.
 */
package dev.levin.jmh;
