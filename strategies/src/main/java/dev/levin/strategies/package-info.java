/**
 * Where a step runs: which devices a run gets ({@link dev.levin.strategies.Accelerators}) and what several of them do
 * together ({@link dev.levin.strategies.Strategy}).
 */
package dev.levin.strategies;
