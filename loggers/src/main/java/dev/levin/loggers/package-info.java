/**
 * Where a run's metrics can go: TensorBoard, CSV, JSON lines, an MLflow server. Each class implements
 * {@link dev.levin.trainer.Logger}; several may be used at once.
 *
 * <p>Loggers that write files put them in {@code saveDir/name/version}; see {@link dev.levin.loggers.FolderLogger}.
 * {@link dev.levin.loggers.TensorBoardLogger} is what the Trainer uses when no logger was named.
 */
package dev.levin.loggers;
