/** The Trainer: modules, data, loops, hooks, logging rules, checkpoints, Fabric, cross-validation; contracts for callbacks and loggers. */
module dev.levin.trainer {
    requires transitive dev.levin.engine;
    requires transitive dev.levin.precision;
    requires transitive dev.levin.strategies;
    requires jdk.jfr;
    requires org.slf4j;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;

    exports dev.levin.trainer;
    exports dev.levin.trainer.config;
    exports dev.levin.trainer.crossval;
    exports dev.levin.trainer.demo;
    exports dev.levin.trainer.fabric;
    exports dev.levin.trainer.profiler;
    exports dev.levin.trainer.spi;
    exports dev.levin.trainer.tuner;

    uses dev.levin.trainer.spi.DefaultCallbackProvider;
    uses dev.levin.trainer.spi.DefaultLoggerProvider;
}
