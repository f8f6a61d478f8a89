/** Tensors, automatic differentiation, compiled steps, devices; layers, optimizers, data, metrics and file formats on top of them. */
module dev.levin.engine {
    requires transitive java.desktop;
    requires java.net.http;
    requires jdk.jfr;
    requires static jdk.incubator.vector;
    requires org.slf4j;
    requires com.fasterxml.jackson.databind;
    requires com.google.protobuf;
    requires ejml.core;
    requires ejml.ddense;
    requires org.apache.commons.numbers.gamma;
    requires org.bytedeco.javacpp;
    requires static org.bytedeco.cuda;

    exports dev.levin.type;
    exports dev.levin.tensor;
    exports dev.levin.nn;
    exports dev.levin.nn.models;
    exports dev.levin.optim;
    exports dev.levin.data;
    exports dev.levin.data.text;
    exports dev.levin.data.vision;
    exports dev.levin.metrics;
    exports dev.levin.io;
    exports dev.levin.graph;
    exports dev.levin.device;
    exports dev.levin.plan;
    exports dev.levin.check;
    exports dev.levin.device.cpu to dev.levin.trainer, dev.levin.examples;
    exports dev.levin.device.cuda to dev.levin.trainer, dev.levin.callbacks, dev.levin.examples;
    exports dev.levin.reference to dev.levin.examples;

    uses dev.levin.device.BackendProvider;

    provides dev.levin.device.BackendProvider with
            dev.levin.device.cpu.CpuProvider,
            dev.levin.device.cuda.CudaProvider,
            dev.levin.reference.ReferenceProvider;
}
