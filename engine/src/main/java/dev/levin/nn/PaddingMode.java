package dev.levin.nn;

/** What stands beyond the border: zeros (a constant), the inside mirrored, the border repeated, or the other side. */
public enum PaddingMode { ZEROS, REFLECT, REPLICATE, CIRCULAR }
