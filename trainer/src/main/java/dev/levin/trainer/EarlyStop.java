package dev.levin.trainer;

/** A callback that may end training because of what a metric does. */
public interface EarlyStop extends Callback {
    @Override
    default Order order() {
        return Order.MONITOR;
    }

    /** Why training was stopped; empty if it was not. */
    String stoppingReason();
}
