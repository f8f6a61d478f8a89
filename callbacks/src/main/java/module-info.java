/** Callbacks: checkpoints, early stopping, progress, summaries, averaging, finders. */
module dev.levin.callbacks {
    requires transitive dev.levin.trainer;
    requires java.management;
    requires jdk.management;
    requires org.slf4j;
    requires org.jline;
    requires static org.knowm.xchart;

    exports dev.levin.callbacks;

    provides dev.levin.trainer.spi.DefaultCallbackProvider with dev.levin.callbacks.CallbacksProvider;
}
