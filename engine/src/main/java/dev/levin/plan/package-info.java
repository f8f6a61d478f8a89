/**
 * From canonical programs to plans: passes, fusion, memory planning and the cache that reuses plans. Knows no device
 * but the {@link dev.levin.device.Backend} it hands programs to.
 */
package dev.levin.plan;
