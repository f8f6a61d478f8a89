package dev.levin.examples.conformance;

import java.util.List;

/**
 * How one case went.
 *
 * @param message the first difference of a failure, why a case is not supported, or how a tagged case was judged
 * @param tags the case's tags: {@code tie}, {@code version-dependent}
 */
record Verdict(String id, String group, Outcome outcome, String message, List<String> tags) {
    enum Outcome { PASSED, FAILED, NOT_SUPPORTED }
}
