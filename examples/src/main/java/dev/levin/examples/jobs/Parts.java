package dev.levin.examples.jobs;

import dev.levin.data.KFold;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Rows of a table in three parts: three fifths to train on, a fifth to choose a checkpoint by, a fifth to test with. */
record Parts(int[] train, int[] val, int[] test) {
    /** @param folds five */
    static Parts of(List<KFold.Fold> folds) {
        int[] test = folds.get(0).validation();
        int[] val = folds.get(1).validation();
        Set<Integer> tested = Arrays.stream(test).boxed().collect(Collectors.toSet());
        return new Parts(Arrays.stream(folds.get(1).train()).filter(i -> !tested.contains(i)).toArray(), val, test);
    }
}
