/** Where and how a step runs: accelerators, devices, strategies. */
module dev.levin.strategies {
    requires transitive dev.levin.engine;
    requires org.slf4j;

    exports dev.levin.strategies;
}
