/** Loggers: TensorBoard, CSV, JSON lines, MLflow. */
module dev.levin.loggers {
    requires transitive dev.levin.trainer;
    requires transitive com.google.protobuf;
    requires java.net.http;
    requires org.slf4j;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;

    exports dev.levin.loggers;
    exports dev.levin.loggers.tensorboard;

    provides dev.levin.trainer.spi.DefaultLoggerProvider with dev.levin.loggers.TensorBoardProvider;
}
