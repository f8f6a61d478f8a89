/** The benchmark in djl. */
package dev.levin.peers.djl;
