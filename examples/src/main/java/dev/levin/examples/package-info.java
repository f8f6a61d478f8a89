/**
 * Programs a user would copy: each is one file, runs by one command, and shows one thing.
 */
package dev.levin.examples;
