/**
 * A run described by text: YAML and JSON files, environment variables, command lines. {@link dev.levin.trainer.config.Settings} reads
 * them (files, then the environment, then options; what comes later wins, name by name), {@link dev.levin.trainer.config.TrainerFlags} is
 * the table of flags, {@link dev.levin.trainer.config.RunConfig} makes the objects. A text can name classes of allowed packages only.
 */
package dev.levin.trainer.config;
