/**
 * Callbacks that come with Levin, one class a file: saving, stopping, showing, averaging, finding.
 *
 * <p>Each is told what happens by the Trainer and acts through its public methods only; what you see here, your own
 * callback can do too.
 */
package dev.levin.callbacks;
