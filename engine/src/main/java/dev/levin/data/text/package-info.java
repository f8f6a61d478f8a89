/**
 * Text as numbers: vocabularies and tokenisers, windows of token sequences in memory or in mapped files, and streams of lines.
 */
package dev.levin.data.text;
