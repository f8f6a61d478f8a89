/**
 * The intermediate representation: what a program computes, never how or where.
 *
 * <p>A {@link dev.levin.graph.Node} is one application of a primitive {@link dev.levin.graph.Op} to other nodes; all
 * nodes are made by {@link dev.levin.graph.Nodes}, which checks shapes and dtypes in the line that asked for them.
 * Broadcasting and dtype promotion are explicit (EXPAND and CAST nodes), so every later reader sees operands of equal
 * shape and type. {@link dev.levin.graph.Variable} is named state; {@link dev.levin.graph.Trace} collects what one
 * step assigns and keeps; {@link dev.levin.graph.Canonicalizer} turns roots into a {@link dev.levin.graph.Program},
 * the value that plans are cached by.
 *
 * <p>Steps mostly record what they recorded before. A {@code Follower} walks along while a trace records, through the tree
 * of {@code Event}s of earlier steps of the same name and thread; at the end of a known path stands the step's
 * {@link dev.levin.graph.Known} program. {@link dev.levin.graph.Trace#repeat} marks parts that are functions of what came
 * before them: a {@code Passage} steps over such a part, whose nodes are made only if somebody asks for them.
 *
 * <p>Invariants: the graph is acyclic; a node's id is larger than those of its inputs; nothing here imports a device.
 * Nodes are immutable but for being <em>realised</em> (their value is known and their inputs forgotten) or
 * <em>stale</em> (their step is over and nobody kept them). Traces are confined to one thread.
 */
package dev.levin.graph;
