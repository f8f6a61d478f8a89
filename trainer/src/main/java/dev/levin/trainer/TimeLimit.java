package dev.levin.trainer;

/** A callback that ends training when time is up; the Trainer's {@code maxTime} adds one if the user did not. */
public interface TimeLimit extends Callback {}
