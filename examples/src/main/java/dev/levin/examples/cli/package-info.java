/** The {@code levin} command. Each subcommand is a class; what the user got wrong is one line, never a stack trace. */
package dev.levin.examples.cli;
