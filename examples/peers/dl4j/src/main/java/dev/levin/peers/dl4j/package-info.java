/** The benchmark in dl4j. */
package dev.levin.peers.dl4j;
