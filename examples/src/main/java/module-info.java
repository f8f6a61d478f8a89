/** The levin command, its jobs, conformance runs and benchmarks. */
module dev.levin.examples {
    requires dev.levin.trainer;
    requires dev.levin.callbacks;
    requires dev.levin.loggers;
    requires info.picocli;
    requires java.management;
    requires jdk.management;
    requires static jdk.incubator.vector;
    requires org.slf4j;
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;

    opens dev.levin.examples.bench to info.picocli;
    opens dev.levin.examples.cli to info.picocli;

    provides ch.qos.logback.classic.spi.Configurator with dev.levin.examples.cli.ConsoleLog;
}
