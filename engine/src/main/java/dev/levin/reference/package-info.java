/**
 * The interpreter that defines what every {@link dev.levin.graph.Op} means: plain loops over heap arrays, one
 * instruction at a time.
 *
 * <p>{@link dev.levin.reference.ReferenceBackend} runs whole programs; {@link dev.levin.reference.Evaluator} one
 * instruction, which other devices use for ops too rare to compile; {@link dev.levin.reference.Scalars} the functions
 * of single elements. Floats of every width are computed in double and rounded once per instruction, sums accumulate in
 * double, integers are exact and wrap around at the width of their type. Every instruction materialises; no array is
 * written after the instruction that made it. Nothing here keeps state, so everything is thread-safe.
 */
package dev.levin.reference;
