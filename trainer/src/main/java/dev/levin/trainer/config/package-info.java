/** Trainer flags from text: YAML and JSON files, environment variables, command lines. */
package dev.levin.trainer.config;
