/**
 * TensorBoard's log format: {@link dev.levin.loggers.tensorboard.SummaryWriter} writes event files,
 * {@link dev.levin.loggers.tensorboard.EventFileReader} and {@link dev.levin.loggers.tensorboard.ScalarSeries} read them.
 *
 * <p>An event file is a sequence of framed, checksummed {@code Event} messages; the messages are in
 * {@code dev.levin.loggers.tensorboard.proto}, generated at build time. Writing happens on one thread per writer: the
 * training thread only copies its arguments into a bounded queue. Nothing here depends on the Trainer but for the
 * description of a graph and the exception type.
 */
package dev.levin.loggers.tensorboard;
