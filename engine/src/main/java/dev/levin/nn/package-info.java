/**
 * Layers, losses, initialisation, and the tree of state they hang in.
 *
 * <p>{@link dev.levin.nn.Module} is a node of that tree: its fields of type {@code Parameter}, {@code State} and
 * {@code Module} (and lists, maps and arrays of those) are found by themselves, and their names are the keys of the
 * state dict. {@link dev.levin.nn.Layer} is a module that turns one tensor into one tensor. The function forms live in
 * {@link dev.levin.nn.Functional} and {@link dev.levin.nn.Losses}; layers are these functions with state.
 *
 * <p>Names, argument order and defaults are PyTorch's in Java spelling; the keys of built-in layers are PyTorch's own,
 * so that its checkpoints load. Everything is composed of the primitives of {@code dev.levin.graph}. Modules are not
 * synchronised: train one from one thread.
 */
package dev.levin.nn;
