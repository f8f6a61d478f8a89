/** What {@code levin fit NAME} trains: a model, its data and the settings that suit them. */
package dev.levin.examples.jobs;
