/**
 * Reverse-mode differentiation from nodes to nodes.
 *
 * <p>{@link dev.levin.autodiff.GradientRules} is a table: one rule per op, written in the same primitives, so that
 * gradients of gradients need nothing more. {@link dev.levin.autodiff.Autodiff} is the one walk over it. Nothing here
 * computes; nothing here knows devices.
 */
package dev.levin.autodiff;
