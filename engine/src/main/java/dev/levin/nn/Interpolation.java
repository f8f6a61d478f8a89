package dev.levin.nn;

/** How values between the samples of a signal are found. The linear kinds and the cubic one name their number of axes. */
public enum Interpolation { NEAREST, NEAREST_EXACT, LINEAR, BILINEAR, BICUBIC, TRILINEAR, AREA }
