/** The benchmark in libtorch. */
package dev.levin.peers.libtorch;
