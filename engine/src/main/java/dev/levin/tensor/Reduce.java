package dev.levin.tensor;

/** How {@link Tensor#scatterReduce} combines what meets at one position. */
public enum Reduce { SUM, PROD, MEAN, AMAX, AMIN }
