package dev.levin.nn;

import java.util.List;

/** Keys that a state dict did not have, and keys of it that the module did not know. */
public record LoadReport(List<String> missing, List<String> unexpected) {
    public boolean isExact() {
        return missing.isEmpty() && unexpected.isEmpty();
    }
}
