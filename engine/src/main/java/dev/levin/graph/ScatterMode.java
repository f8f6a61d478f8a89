package dev.levin.graph;

/** How {@link Op#SCATTER} combines a written element with what is there. */
public enum ScatterMode { SET, ADD, MUL, MAX, MIN }
